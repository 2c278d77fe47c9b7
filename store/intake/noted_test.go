package intake

import (
	"context"
	"strings"
	"testing"
	"time"

	"waybill/store"
	"waybill/store/journal"
	"waybill/store/seal"
)

// linked is a shop that is away: of an order it tells what the link does.
type linked struct{ *shop }

func (l linked) OrderByToken(ctx context.Context, token string) (store.Order, error) {
	sealed, _ := l.Seal(ctx)
	ticket, ok := sealed.Open(token)
	if !ok {
		return l.shop.OrderByToken(ctx, token)
	}
	return ticket.Order(token), &store.Error{Kind: store.Unavailable, Err: errOutage}
}

// pair is two nodes without Redis, of which one holds an order.
func pair(t *testing.T) (holder, other *Intake, order store.Order) {
	t.Helper()
	holder, other = open(t, &shop{fails: errOutage}), open(t, &shop{})
	for _, i := range []*Intake{holder, other} {
		i.Pages = linked{&shop{fails: errOutage}}
	}
	holder.Live, holder.Patient = holder.Pages, holder.Pages
	if _, _, err := holder.Journal.Accept(t.Context(), acceptance(t, 7)); err != nil {
		t.Fatal(err)
	}
	e, _ := holder.Journal.Entry(7)
	return holder, other, e.Order()
}

// acceptance is an order as a node writes it down.
func acceptance(t *testing.T, n store.Number) store.Acceptance {
	t.Helper()
	lines := []store.Line{{Product: "prod1", Quantity: 1}}
	a := store.Acceptance{Placement: wish("key", lines...), UID: "wish", At: time.Now().UTC()}
	sealed, _ := (&shop{}).Seal(t.Context())
	a.Number, a.Token = n, sealed.Token(seal.NewTicket(n, a.UID, a.At, lines))
	return a
}

var customer = store.Actor{Role: store.Customer}

func look(t *testing.T, i *Intake, reference string) store.Order {
	t.Helper()
	order, err := i.OrderByToken(t.Context(), reference)
	if err != nil && (store.KindOf(err) != store.Unavailable || order.Number != 7) {
		t.Fatalf("%+v, %v", order, err)
	}
	return order
}

// TestANodeLearnsFromTheCustomer: the wish that one node has written down comes to the one that holds the order
// with its customer, and is done there: once, as it was said. From then on every node knows that it is done.
func TestANodeLearnsFromTheCustomer(t *testing.T) {
	holder, other, order := pair(t)
	noted, done, err := other.CancelByToken(t.Context(), customer, order.Token, "ordered twice")
	if err != nil || done || noted.Unwanted.IsZero() || !strings.HasPrefix(noted.Token, order.Token+".") {
		t.Fatalf("done %v, %v, %+v", done, err, noted)
	}
	if again := look(t, other, noted.Token); again.Token != noted.Token || again.Unwanted.IsZero() {
		t.Errorf("where it was written down: %+v", again)
	}
	if without := look(t, other, order.Token); !strings.HasPrefix(without.Token, order.Token+".") || without.Unwanted.IsZero() {
		t.Errorf("where it was written down, without the note: %+v", without)
	}
	if third := open(t, &shop{}); true {
		third.Pages = other.Pages
		if seen := look(t, third, noted.Token); !seen.Unwanted.Equal(noted.Unwanted.Truncate(time.Second)) || seen.Token != noted.Token {
			t.Errorf("on a node that knows nothing: %+v", seen)
		}
	}
	if seen := look(t, holder, order.Token); seen.Status != store.Received || seen.Token != order.Token || !seen.Unwanted.IsZero() {
		t.Errorf("where nobody has said so: %+v", seen)
	}

	ended := look(t, holder, noted.Token)
	if ended.Status != store.Cancelled || ended.Token == noted.Token || !strings.HasPrefix(ended.Token, order.Token+".") {
		t.Fatalf("on the node that holds it: %+v", ended)
	}
	e, _ := holder.Journal.Entry(7)
	if c := e.Cancelled; c == nil || c.Why != "ordered twice" || c.Who != customer || !c.At.Equal(noted.Unwanted.Truncate(time.Second)) {
		t.Errorf("its journal says %+v", e.Cancelled)
	}
	for _, i := range []*Intake{holder, other} {
		for range 2 {
			if seen := look(t, i, ended.Token); seen.Status != store.Cancelled || seen.Token != ended.Token {
				t.Errorf("once it is done: %+v", seen)
			}
		}
		if again, done, err := i.CancelByToken(t.Context(), customer, ended.Token, "changed my mind"); err != nil || !done || again.Token == order.Token {
			t.Errorf("asked once more: done %v, %v, %+v", done, err, again)
		}
	}
	if now, _ := holder.Journal.Entry(7); *now.Cancelled != *e.Cancelled {
		t.Errorf("asked once more it is %+v", now.Cancelled)
	}
}

// TestWhoHoldsItTellsTheOthers: an order that was cancelled where it is held is cancelled on every node.
func TestWhoHoldsItTellsTheOthers(t *testing.T) {
	holder, other, order := pair(t)
	ended, done, err := holder.CancelByToken(t.Context(), customer, order.Token, "")
	if err != nil || !done {
		t.Fatalf("done %v, %v", done, err)
	}
	byNumber, err := holder.Order(t.Context(), 7)
	if err != nil {
		t.Fatal(err)
	}
	for _, reference := range []string{ended.Token, byNumber.Token, look(t, holder, order.Token).Token} {
		if seen, err := other.OrderByToken(t.Context(), reference); err != nil || seen.Status != store.Cancelled || seen.Token != reference {
			t.Errorf("by %q: %v, %+v", reference, err, seen)
		}
	}
}

// TestANoteThatDoesNotCount: one that is forged, of another order or old, changes nothing and leads to the order.
func TestANoteThatDoesNotCount(t *testing.T) {
	holder, other, order := pair(t)
	sealed, _ := (&shop{}).Seal(t.Context())
	foreign := seal.New([]byte("another key"))
	note := func(at time.Time) seal.Note {
		return seal.Note{Cancellation: store.Cancellation{Who: customer, At: at}}
	}
	_, ofAnother := store.SplitReference(sealed.Noted(acceptance(t, 8).Token, note(time.Now())))
	for name, reference := range map[string]string{
		"forged": order.Token + ".AAAA", "another shop's": foreign.Noted(order.Token, note(time.Now())), "of another order": order.Token + "." + ofAnother,
		"old": sealed.Noted(order.Token, note(time.Now().Add(-unwantedKept))), "old, and done": sealed.Noted(order.Token, seal.Note{Cancellation: note(time.Now().Add(-unwantedKept)).Cancellation, Done: true}),
		"empty": order.Token + ".",
	} {
		for _, i := range []*Intake{holder, other} {
			if seen := look(t, i, reference); seen.Number != 7 || seen.Status != store.Received || !seen.Unwanted.IsZero() || seen.Token != order.Token {
				t.Errorf("%s: %+v", name, seen)
			}
		}
	}
	if e, _ := holder.Journal.Entry(7); e.Cancelled != nil {
		t.Error("it is cancelled")
	}
	fresh := sealed.Noted(order.Token, note(time.Now()))
	if seen := look(t, holder, fresh); seen.Status != store.Cancelled {
		t.Errorf("a good one: %+v", seen)
	}
}

// TestNoNoteIsHandedOutThatDoesNotCount: the page of an order whose cancellation is too old for a note leads to
// itself, not from one note to the next.
func TestNoNoteIsHandedOutThatDoesNotCount(t *testing.T) {
	holder, other, order := pair(t)
	long := store.Cancellation{Who: customer, At: time.Now().Add(-unwantedKept)}
	if _, _, err := holder.Journal.Cancel(t.Context(), 7, long); err != nil {
		t.Fatal(err)
	}
	if err := other.Journal.Unwant(t.Context(), journal.Unwanted{Number: 7, Token: order.Token, Cancellation: long}); err != nil {
		t.Fatal(err)
	}
	for _, i := range []*Intake{holder, other} {
		if seen := look(t, i, order.Token); seen.Token != order.Token {
			t.Errorf("%+v", seen)
		}
	}
}

// TestANoteIsShownWithoutADisk: a node that cannot write it down shows it all the same.
func TestANoteIsShownWithoutADisk(t *testing.T) {
	holder, other, order := pair(t)
	noted, _, err := other.CancelByToken(t.Context(), customer, order.Token, "")
	if err != nil {
		t.Fatal(err)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if err := holder.Journal.Keep(ended, journal.Change{Key: "order/1", Version: 1, At: time.Now()}); err == nil || holder.Journal.Failing() == nil {
		t.Fatal("the disk works")
	}
	if seen := look(t, holder, noted.Token); seen.Status != store.Received || seen.Unwanted.IsZero() || seen.Token != noted.Token {
		t.Errorf("%+v", seen)
	}
	if e, _ := holder.Journal.Entry(7); e.Cancelled != nil || e.State != journal.Pending {
		t.Errorf("%+v", e)
	}
}

// TestRedisKnowsBetter: what Redis has of an order counts, whatever a note says.
func TestRedisKnowsBetter(t *testing.T) {
	holder, other, order := pair(t)
	noted, _, err := other.CancelByToken(t.Context(), customer, order.Token, "")
	if err != nil {
		t.Fatal(err)
	}
	redis := &shop{}
	holder.Pages = redis
	if _, _, err := redis.Fulfil(t.Context(), acceptance(t, 7)); err != nil {
		t.Fatal(err)
	}
	if seen := look(t, holder, noted.Token); seen.Status != store.Placed || !seen.Unwanted.IsZero() {
		t.Errorf("%+v", seen)
	}
	if e, _ := holder.Journal.Entry(7); e.Cancelled != nil {
		t.Errorf("it was cancelled beside Redis: %+v", e.Cancelled)
	}
}
