package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"waybill/store"
)

func open(t *testing.T, path string) *Journal {
	t.Helper()
	j, err := Open(Options{Path: path, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func fresh(t *testing.T) *Journal {
	t.Helper()
	j := open(t, filepath.Join(t.TempDir(), "journal.db"))
	t.Cleanup(func() { _ = j.Close() })
	return j
}

func order(n store.Number) store.Acceptance {
	return store.Acceptance{UID: "wish" + n.String(), At: time.Now().UTC(), Placement: store.Placement{
		Caller: "shop", Key: n.String(), Number: n, Token: "token" + n.String(), Draft: store.Draft{Lines: []store.Line{{Product: "prod1", Quantity: 2}}},
	}}
}

func mustAccept(t *testing.T, j *Journal, a store.Acceptance) Entry {
	t.Helper()
	accepted, isNew, err := j.Accept(t.Context(), a)
	if err != nil || !isNew {
		t.Fatalf("accept: %v, fresh %v", err, isNew)
	}
	return accepted
}

func mustRefuse(t *testing.T, j *Journal, n store.Number) {
	t.Helper()
	if done, err := j.Refuse(t.Context(), n); err != nil || !done {
		t.Fatalf("refuse: %v, %v", done, err)
	}
}

// TestPromisesOutliveTheNode accepts, finishes and cancels, and reads the file anew.
func TestPromisesOutliveTheNode(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	j := open(t, path)
	if err := j.AddBlock(t.Context(), Block{First: 100, Last: 104}); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		n, ok := j.Number()
		if !ok {
			t.Fatal("no number")
		}
		mustAccept(t, j, order(n))
	}
	j.Finish(100, 0, false, nil)
	if _, ok, err := j.Cancel(t.Context(), 102, store.Cancellation{Why: "changed my mind"}); err != nil || !ok {
		t.Fatal("cannot cancel", err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	j = open(t, path)
	defer func() { _ = j.Close() }()
	pending := j.Pending(0, 10)
	if len(pending) != 2 || pending[0].Number != 101 || pending[1].Cancelled.Why != "changed my mind" {
		t.Fatalf("pending: %+v", pending)
	}
	if e, ok := j.Wish("wish100"); !ok || e.State != Finished || e.Placement.Draft.Lines[0].Quantity != 2 {
		t.Errorf("the finished one: %+v", e)
	}
	if n, _ := j.Number(); n != 103 {
		t.Errorf("the next number is %s, want 103", n)
	}
	if _, ok, _ := j.Cancel(t.Context(), 100, store.Cancellation{}); ok {
		t.Error("a finished order was cancelled in the journal")
	}
}

// TestSameWish sends one wish from many at once: one number is promised.
func TestSameWish(t *testing.T) {
	j := fresh(t)
	var mu sync.Mutex
	numbers, made := map[store.Number]bool{}, 0
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			e := order(store.Number(200 + i))
			e.UID = "the same"
			got, isNew, err := j.Accept(context.Background(), e)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			if numbers[got.Number] = true; isNew {
				made++
			}
		})
	}
	all.Wait()
	if len(numbers) != 1 || made != 1 {
		t.Fatalf("%d numbers, %d made", len(numbers), made)
	}
}

// TestRefusedWish may be made again, and what is made stays when the refusal is swept.
func TestRefusedWish(t *testing.T) {
	j := fresh(t)
	mustAccept(t, j, order(1))
	mustRefuse(t, j, 1)
	again := order(1)
	mustAccept(t, j, again)
	if _, err := j.Sweep(t.Context(), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if e, ok := j.Wish("wish1"); !ok || e.State != Pending {
		t.Fatalf("swept with its refusal: %+v %v", e, ok)
	}
	other := order(1)
	other.UID = "somebody else's"
	if _, _, err := j.Accept(t.Context(), other); !errors.Is(err, ErrNumberUsed) {
		t.Fatalf("a number was promised twice: %v", err)
	}
}

// TestSweep forgets finished entries and old changes, and never what is pending.
func TestSweep(t *testing.T) {
	j := fresh(t)
	for n := range store.Number(1200) {
		mustAcceptQuick(t, j, order(n+1))
	}
	for n := range store.Number(1199) {
		j.Finish(n+1, 0, false, nil)
	}
	old := time.Now().Add(-time.Hour)
	if err := j.Keep(t.Context(), Change{Key: "order/1", Version: 1, At: old}, Change{Key: "order/2", Version: 1, At: time.Now().Add(2 * time.Hour)}); err != nil {
		t.Fatal(err)
	}
	if count, err := j.Sweep(t.Context(), time.Now().Add(time.Hour)); err != nil || count != 1200 {
		t.Fatalf("swept %d: %v", count, err)
	}
	if stats := j.Stats(); stats.Pending != 1 {
		t.Errorf("%d pending", stats.Pending)
	}
	if _, ok := j.Change("order/1"); ok {
		t.Error("an old change is still there")
	}
	if _, ok := j.Change("order/2"); !ok {
		t.Error("a new change is gone")
	}
	if _, ok := j.Wish("wish7"); ok {
		t.Error("a swept wish is still there")
	}
}

// mustAcceptQuick accepts without waiting for the disk, for tests that need many.
func mustAcceptQuick(t *testing.T, j *Journal, a store.Acceptance) {
	t.Helper()
	e := Entry{Seq: uint64(a.Number), Acceptance: a, State: Pending}
	j.writer.later(func(tx *bbolt.Tx) error {
		return errors.Join(
			tx.Bucket(bucketWishes).Put([]byte(e.UID), numberKey(e.Number)),
			tx.Bucket(bucketPending).Put(seqKey(e.Seq), numberKey(e.Number)), put(tx, e))
	}, nil)
}

// TestCancelledWhileFinished: who cancels is heard, also when the order is finished at that moment.
func TestCancelledWhileFinished(t *testing.T) {
	j := fresh(t)
	mustAccept(t, j, order(1))
	if _, ok, err := j.Cancel(t.Context(), 1, store.Cancellation{Why: "no"}); !ok || err != nil {
		t.Fatal(ok, err)
	}
	j.Finish(1, 0, false, nil) // by somebody who had read the entry before
	if err := j.Probe(t.Context()); err != nil {
		t.Fatal(err)
	}
	if e, _ := j.Entry(1); e.State != Pending {
		t.Fatalf("it is %s, and nobody will cancel it", e.State)
	}
	j.Finish(1, 7, true, nil)
	if err := j.Probe(t.Context()); err != nil {
		t.Fatal(err)
	}
	if e, _ := j.Entry(1); e.State != Finished || e.Alias != 7 {
		t.Fatalf("%+v", e)
	}
}

// TestNumbers of dropped blocks, of rests and of what was spent are never given again.
func TestNumbers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	j := open(t, path)
	for _, b := range []Block{{First: 100, Last: 109}, {First: 200, Last: 209}} {
		if err := j.AddBlock(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	first, _ := j.Number()
	a := order(first)
	a.Rest.Number, _ = j.Number()
	mustAccept(t, j, a)
	spent, _ := j.Number()
	if err := j.Spend(t.Context(), spent); err != nil {
		t.Fatal(err)
	}
	again := func(want store.Number) {
		t.Helper()
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		j = open(t, path)
		if n, _ := j.Number(); n != want {
			t.Errorf("after a restart the next number is %s, want %s", n, want)
		}
	}
	again(103)
	if dropped, err := j.DropBlock(t.Context(), 101); !dropped || err != nil {
		t.Fatal(dropped, err)
	}
	if dropped, _ := j.DropBlock(t.Context(), 101); dropped {
		t.Error("dropped twice")
	}
	again(200)
	if highest := j.Highest(); highest != 209 {
		t.Errorf("the highest is %s", highest)
	}
	_ = j.Close()
}

// TestHighestVersionStays keeps versions in a shuffled order, and walks from the newest on.
func TestHighestVersionStays(t *testing.T) {
	j := fresh(t)
	at := time.Now().UTC()
	for _, version := range []int{2, 5, 1, 4, 3} {
		c := Change{Key: "order/7", Version: version, At: at.Add(time.Duration(version) * time.Second), Data: fmt.Appendf(nil, "v%d", version)}
		if err := j.Keep(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	for n := range 20 {
		if err := j.Keep(t.Context(), Change{Key: fmt.Sprintf("order/%d", 100+n), Version: 1, At: at.Add(time.Duration(n) * time.Minute)}); err != nil {
			t.Fatal(err)
		}
	}
	if c, _ := j.Change("order/7"); c.Version != 5 || string(c.Data) != "v5" {
		t.Errorf("kept %+v", c)
	}
	var seen []string
	var last time.Time
	for changes, mark := j.Newest(nil, 6); len(changes) > 0; changes, mark = j.Newest(mark, 6) {
		for _, c := range changes {
			if !last.IsZero() && c.At.After(last) {
				t.Errorf("%s comes after an older one", c.Key)
			}
			last, seen = c.At, append(seen, c.Key)
		}
	}
	if len(seen) != 21 {
		t.Errorf("walked over %d of 21: %v", len(seen), seen)
	}
}

// TestOtherShop and a file that is no journal are refused; a second opener is told apart from both.
func TestOtherShop(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	j := open(t, path)
	if err := j.Belong(t.Context(), "mine"); err != nil {
		t.Fatal(err)
	}
	if err := j.Belong(t.Context(), "another"); !errors.Is(err, ErrOtherShop) || j.Shop() != "mine" {
		t.Errorf("tied to %q: %v", j.Shop(), err)
	}
	if _, err := Open(Options{Path: path, Now: time.Now}); !errors.Is(err, bbolt.ErrTimeout) {
		t.Errorf("opened twice: %v", err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, make([]byte, 64<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Options{Path: path, Now: time.Now}); err == nil {
		t.Error("zeros were opened as a journal")
	}
}

// TestDamagedFile is told plainly, wherever the damage is: the process does not fall over it.
func TestDamagedFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "journal.db")
	j := open(t, path)
	for n := range store.Number(200) {
		mustAcceptQuick(t, j, order(n+1))
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	whole := copyOf(t, path)
	page, tries := os.Getpagesize(), 0
	try := func(name string, file []byte) bool {
		t.Helper()
		tries++
		damaged := filepath.Join(dir, fmt.Sprintf("damaged%d.db", tries)) // a panic within bbolt leaves the file open
		if err := os.WriteFile(damaged, file, 0o600); err != nil {
			t.Fatal(err)
		}
		j, err := Open(Options{Path: damaged, Now: time.Now})
		if err == nil {
			_ = j.Close()
			return false
		}
		if !strings.Contains(err.Error(), "promised") {
			t.Errorf("%s: does not say what to do: %v", name, err)
		}
		return true
	}
	if !try("cut short", whole[:3*page]) || !try("cut within a page", whole[:len(whole)/4+100]) {
		t.Error("a file that was cut short was opened")
	}
	told := 0
	for at := 2 * page; at+page <= len(whole); at += page {
		if try("overwritten", slices.Concat(whole[:at], bytes.Repeat([]byte{0xff}, page), whole[at+page:])) {
			told++
		}
	}
	if told < 5 {
		t.Errorf("of the pages overwritten, %d were noticed", told)
	}
}

// TestManyShareOneFsync counts transactions: while one waits for the disk, others gather.
func TestManyShareOneFsync(t *testing.T) {
	j := fresh(t)
	before := transactions(j)
	var all sync.WaitGroup
	for i := range 400 {
		all.Go(func() {
			if _, _, err := j.Accept(context.Background(), order(store.Number(i+1))); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if pending := len(j.Pending(0, 1000)); pending != 400 {
		t.Errorf("%d of 400 pending", pending)
	}
	if count := transactions(j) - before; count > 200 {
		t.Errorf("400 orders at once took %d transactions", count)
	}
}

func transactions(j *Journal) (id int) {
	_ = j.db.View(func(tx *bbolt.Tx) error {
		id = tx.ID()
		return nil
	})
	return id
}
