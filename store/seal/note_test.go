package seal

import (
	"strings"
	"testing"
	"unicode/utf8"

	"waybill/store"
)

// TestAnyNodeReadsANote: what one node has put behind a token another one reads, for this token and no other.
func TestAnyNodeReadsANote(t *testing.T) {
	here, there := New([]byte("the shop's key")), New([]byte("the shop's key"))
	token := here.Token(NewTicket(100123, "wish", noon, []store.Line{{Product: "prod1", Quantity: 2}}))
	for _, n := range []Note{
		{Cancellation: store.Cancellation{Who: store.Actor{Role: store.Customer}, Why: "ordered twice", At: noon}},
		{Cancellation: store.Cancellation{Who: store.Actor{Role: store.Partner, ID: "till-7"}, At: noon}, Done: true},
	} {
		reference := here.Noted(token, n)
		if got, ok := there.Note(reference); !ok || got != n {
			t.Errorf("%v %+v, want %+v", ok, got, n)
		}
		if part, _ := store.SplitReference(reference); part != token || !store.ValidReference(reference) {
			t.Errorf("%q is not %q with a note", reference, token)
		}
		if ticket, ok := there.Open(token); !ok || ticket.Number != 100123 {
			t.Error("the token does not lead to the order any more")
		}
		if _, ok := New([]byte("another shop's key")).Note(reference); ok {
			t.Error("another shop read it")
		}
		_, text := store.SplitReference(reference)
		for _, other := range []string{here.Token(NewTicket(100123, "wish", noon, nil)), "NO2YBLWQRTU6B3OQJMLHJ6WCBA", ""} {
			if _, ok := here.Note(store.JoinReference(other, text)); ok {
				t.Errorf("it was read behind %q", other)
			}
		}
	}
	if _, ok := here.Note(token); ok {
		t.Error("a token without a note has one")
	}
	if _, ok := here.Note(store.JoinReference(token, token[1:])); ok {
		t.Error("a ticket is taken for a note")
	}
}

// TestADamagedNoteSaysNothing changes, cuts and lengthens a note at every place.
func TestADamagedNoteSaysNothing(t *testing.T) {
	s := New([]byte("key"))
	token := s.Token(NewTicket(7, "wish", noon, nil))
	_, note := store.SplitReference(s.Noted(token, Note{Cancellation: store.Cancellation{Who: store.Actor{Role: store.Customer}, At: noon}}))
	for i := range note {
		for _, c := range []string{"A", "b", "-", "=", "", "AA", ".", "\x00"} {
			if damaged := note[:i] + c + note[i+1:]; damaged != note {
				if _, ok := s.Note(token + "." + damaged); ok {
					t.Fatalf("read %q, made of %q", damaged, note)
				}
			}
		}
	}
	for _, other := range []string{"", ".", note + "A", note + "\n", strings.Repeat("A", 5000)} {
		if _, ok := s.Note(token + "." + other); ok {
			t.Errorf("read %q", other)
		}
	}
}

// TestANoteFitsBehindEveryLink: of a long reason as much is kept as there is room for.
func TestANoteFitsBehindEveryLink(t *testing.T) {
	s := New([]byte("key"))
	var lines []store.Line
	for range 10 {
		lines = append(lines, store.Line{Product: strings.Repeat("p", 17), Quantity: 999})
	}
	token := s.Token(NewTicket(1<<61, "wish", noon.AddDate(200, 0, 0), lines))
	for _, id := range []string{"", strings.Repeat("k", 64)} {
		for n := range 201 {
			why := strings.Repeat("ż", n)
			reference := s.Noted(token, Note{Cancellation: store.Cancellation{Who: store.Actor{Role: store.Customer, ID: id}, Why: why, At: noon}})
			got, ok := s.Note(reference)
			if !ok || got.Who.ID != id || !store.ValidReference(reference) || !utf8.ValidString(got.Why) {
				t.Fatalf("%d characters: %v %+v, %d bytes", n, ok, got, len(reference))
			}
			if kept, cut := strings.CutSuffix(got.Why, "…"); got.Why != why && (!cut || !strings.HasPrefix(why, kept)) {
				t.Fatalf("%d characters became %q", n, got.Why)
			}
		}
	}
}
