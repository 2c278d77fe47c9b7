package journal

import (
	"path/filepath"
	"testing"
	"time"

	"waybill/store"
)

// TestUnwanted: what a customer does without is known after a restart, the first word counts, and it is
// forgotten when it is settled.
func TestUnwanted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	open := func() *Journal {
		j, err := Open(Options{Path: path, Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		return j
	}
	j := open()
	for n := store.Number(1); n <= 5; n++ {
		for _, why := range []string{"first", "second"} {
			if err := j.Unwant(t.Context(), Unwanted{Number: n, Token: n.String(), Cancellation: store.Cancellation{Why: why}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := j.Unwant(t.Context(), Unwanted{Number: 3, Token: "another"}); store.KindOf(err) != store.Unavailable {
		t.Errorf("of another order with that number: %v", err)
	}
	j.Settle(2)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	j = open()
	defer func() { _ = j.Close() }()
	var seen []store.Number
	for after := store.Number(0); ; {
		list := j.Unwanted(after, 3)
		if len(list) == 0 {
			break
		}
		for _, u := range list {
			if after = u.Number; u.Why != "first" || u.Token != u.Number.String() {
				t.Errorf("%+v", u)
			}
			seen = append(seen, u.Number)
		}
	}
	if len(seen) != 4 || seen[0] != 1 || seen[1] != 3 || seen[3] != 5 {
		t.Errorf("found %v", seen)
	}
}
