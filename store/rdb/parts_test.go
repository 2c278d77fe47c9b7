package rdb

import (
	"context"
	"sync/atomic"
	"testing"

	"waybill/store"
)

// inParts is a wish to have sent now what is there, and the rest later.
func inParts(lines ...store.Line) store.Placement {
	p := placement(lines...)
	p.Draft.Backorder, p.Draft.Parts = true, true
	return p
}

// An order in parts is two orders that know each other: the one goes now, the other when the rest is there.
func TestOrderInParts(t *testing.T) {
	t.Parallel()
	s := demoShop(t)
	ctx := t.Context()
	setTerms(t, s, "prod6", store.Terms{Kind: store.TermsBackorder, Cap: 20})
	wish := inParts(line("prod1", 2), line("prod6", 40))
	first, created, err := s.Place(ctx, wish)
	must(t, err)
	if again, twice, err := s.Place(ctx, wish); !created || twice || err != nil || again.Number != first.Number {
		t.Errorf("asked again: %s, %v, %v", again.Number, twice, err)
	}
	rest := mustOrder(t, s, first.Child.Number)
	if first.Status != store.Placed || store.Quantity(first.Lines, "prod6") != 23 || rest.Status != store.Backordered || store.Quantity(rest.Lines, "prod6") != 17 || len(rest.Lines) != 1 {
		t.Errorf("sent now: %s %v; later: %s %v", first.Status, first.Lines, rest.Status, rest.Lines)
	}
	byLink, err := s.OrderByToken(ctx, first.Child.Token)
	must(t, err)
	if byLink.Number != rest.Number || rest.Parent.Number != first.Number || rest.Parent.Token != first.Token || rest.Recipient != first.Recipient {
		t.Errorf("the parts do not lead to each other: %+v and %+v", first.Child, rest.Parent)
	}
	check(t, s)
	if _, _, err := s.Place(ctx, inParts(line("prod1", 1), line("prod6", 4))); store.KindOf(err) != store.Conflict {
		t.Errorf("more wait than may: %v", err)
	}
	check(t, s)
	_, err = s.SetStock(ctx, clerk, "warehouse2", "prod6", 60, "delivery")
	must(t, err)
	wantStatuses(t, s, []store.Order{first, rest}, store.Placed, store.Placed)
	check(t, s)
}

// Many take parts of the last units at once: the units go once, and each order's parts add up.
func TestPartsOfTheLastUnits(t *testing.T) {
	s := demoShop(t)
	ctx := t.Context()
	var sent, later atomic.Int64
	together(20, func(int) {
		o, _, err := s.Place(ctx, inParts(line("prod6", 3), line("prod1", 1)))
		if err != nil {
			if store.KindOf(err) != store.Conflict {
				t.Error(err)
			}
			return
		}
		sent.Add(int64(store.Quantity(o.Lines, "prod6")))
		later.Add(int64(store.Quantity(o.Rest, "prod6") + store.Quantity(o.Waits, "prod6")))
		if store.Quantity(o.Lines, "prod6")+store.Quantity(o.Rest, "prod6") != 3 {
			t.Errorf("order %s: now %v, later %v", o.Number, o.Lines, o.Rest)
		}
	})
	if sent.Load() != 23 {
		t.Errorf("%d sent now, %d later", sent.Load(), later.Load())
	}
	check(t, s)
}

// A person moves an order in the queue, with a reason that stays.
func TestPrioritize(t *testing.T) {
	t.Parallel()
	s := demoShop(t)
	ctx := t.Context()
	owner := store.Actor{Role: store.Owner, ID: "olga", Name: "Olga"}
	first, second, third := waits(t, s, line("prod6", 40)), waits(t, s, line("prod6", 5)), waits(t, s, line("prod6", 5))
	if err := s.Prioritize(ctx, owner, third.Number, store.MoveFirst, " "); store.KindOf(err) != store.Invalid {
		t.Errorf("without a reason: %v", err)
	}
	must(t, s.Prioritize(ctx, owner, third.Number, store.MoveFirst, "a hospital"))
	wantStatuses(t, s, []store.Order{first, second, third}, store.Backordered, store.Backordered, store.Placed)
	if o := mustOrder(t, s, third.Number); o.History[1].Type != store.EventPrioritized || o.History[1].Why != "a hospital" || o.History[1].Who.ID != "olga" {
		t.Errorf("the history is %s", asJSON(o.History))
	}
	must(t, s.Prioritize(ctx, owner, first.Number, store.MoveDown, "agreed by phone"))
	wantStatuses(t, s, []store.Order{first, second}, store.Backordered, store.Placed)
	if err := s.Prioritize(ctx, owner, second.Number, store.MoveUp, "too late"); store.KindOf(err) != store.Conflict {
		t.Errorf("moved an order that does not wait: %v", err)
	}
	q, err := s.Queue(ctx, "prod6", 27)
	must(t, err)
	if len(q.Shares) != 1 || !q.Shares[0].Goes || q.Shares[0].Gets != 40 {
		t.Errorf("the preview is %+v", q.Shares)
	}
	check(t, s)
}

// Many people move many orders at once, while units arrive.
func TestManyMovesInTheQueue(t *testing.T) {
	s := demoShop(t)
	ctx := t.Context()
	var queue []store.Order
	for range 8 {
		queue = append(queue, waits(t, s, line("prod6", 20), line("prod2", 40)))
	}
	moves := []store.QueueMove{store.MoveUp, store.MoveDown, store.MoveFirst}
	together(12, func(i int) {
		if i == 0 {
			for units := 40; units < 200; units += 40 {
				for _, product := range []string{"prod6", "prod2"} {
					if _, err := s.SetStock(ctx, clerk, "warehouse1", product, onHand(t, s, "warehouse1", product)+40, "delivery"); err != nil {
						t.Error(err)
					}
				}
			}
			return
		}
		for j := range 6 {
			err := s.Prioritize(ctx, clerk, queue[(i+j)%8].Number, moves[(i*j)%3], "test")
			if err != nil && store.KindOf(err) != store.Conflict {
				t.Error(err)
			}
		}
	})
	sweep(t, s, "many moved the queue")
}

// partSagas are the flows of this file, for crash_test.go.
func partSagas() []saga {
	wish := inParts(line("prod1", 1), line("prod6", 30), line("prod2", 50))
	return []saga{
		{"place in parts", func(t testing.TB, s *Store) store.Order {
			setTerms(t, s, "prod6", store.Terms{Kind: store.TermsBackorder, Cap: 6})
			return store.Order{}
		}, func(ctx context.Context, s *Store, _ store.Order) error {
			_, _, err := s.Place(ctx, wish)
			return err
		}, func(o store.Order) bool { return o.Status == store.Placed && store.Quantity(o.Rest, "prod6") == 6 }},
		{"prioritize", func(t testing.TB, s *Store) store.Order {
			waits(t, s, line("prod6", 30))
			return waits(t, s, line("prod6", 2))
		}, func(ctx context.Context, s *Store, o store.Order) error {
			return s.Prioritize(ctx, clerk, o.Number, store.MoveFirst, "test")
		}, func(o store.Order) bool { return o.Status == store.Placed && o.Priority == 1 }},
	}
}
