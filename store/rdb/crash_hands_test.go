package rdb

import (
	"context"
	"slices"
	"testing"
	"time"

	"waybill/store"
)

// handSagas are further flows for crash_test.go: what people do at a shelf and with a box, and what an
// outside program writes.
func handSagas() []saga {
	return slices.Concat(shelfSagas(), deliverySagas(), boxSagas(), outsideSagas())
}

// shelfSagas book on the shelf of 120 units of prod1 in warehouse1. What is on hand in the end says whether
// each has happened once.
func shelfSagas() []saga {
	var shop *Store
	flow := func(name string, onHand int, act func(ctx context.Context, s *Store) error) saga {
		return saga{name, func(t testing.TB, s *Store) store.Order {
			shop = s
			return mustPlace(t, s, line("prod1", 1))
		}, func(ctx context.Context, s *Store, _ store.Order) error { return act(ctx, s) },
			func(store.Order) bool {
				level, err := shop.level(context.Background(), "warehouse1", "prod1")
				return err == nil && level == store.Level{OnHand: onHand, Reserved: 1}
			}}
	}
	return []saga{
		flow("count", 130, func(ctx context.Context, s *Store) error {
			_, err := s.SetStock(ctx, clerk, "warehouse1", "prod1", 130, "counted")
			return err
		}),
		flow("book a count sheet", 117, func(ctx context.Context, s *Store) error {
			_, err := s.BookSheet(ctx, clerk, "warehouse1", []store.Counted{{Product: "prod1", Units: 117, Seen: 120}, {Product: "prod4", Units: 81, Seen: 80}}, "counted")
			return err
		}),
		flow("receive goods", 127, func(ctx context.Context, s *Store) error {
			_, _, err := s.Receive(ctx, clerk, store.Receipt{Warehouse: "warehouse1", Reference: "note", Lines: []store.Line{line("prod1", 7)}, Reason: "came", Caller: "test", Key: "once"})
			return err
		}),
		flow("adjust", 125, func(ctx context.Context, s *Store) error {
			_, err := s.Adjust(ctx, clerk, store.Adjustment{Warehouse: "warehouse1", Product: "prod1", Kind: store.MoveAdjusted, Change: 5, Reason: "found", Key: "once"})
			return err
		}),
		flow("write off", 116, func(ctx context.Context, s *Store) error {
			_, err := s.Adjust(ctx, clerk, store.Adjustment{Warehouse: "warehouse1", Product: "prod1", Kind: store.MoveDamaged, Change: -4, Reason: "wet", Key: "once"})
			return err
		}),
	}
}

// deliverySagas take down what a supplier will bring, and when it comes instead.
func deliverySagas() []saga {
	var shop *Store
	due := time.Now().Add(72 * time.Hour).UTC().Truncate(time.Hour)
	coming := store.Delivery{Warehouse: "warehouse2", Supplier: "Młyny", Reference: "WZ/1", Due: due, Lines: []store.DeliveryLine{{Product: "prod6", Announced: 9}}}
	waiting := func(t testing.TB, s *Store) store.Order {
		shop = s
		return waits(t, s, line("prod6", 30))
	}
	comes := func(version int, at time.Time) func(store.Order) bool {
		return func(o store.Order) bool {
			open, _, err := shop.Deliveries(context.Background(), "warehouse2")
			return err == nil && len(open) == 1 && open[0].Version == version && open[0].Due.Equal(at)
		}
	}
	return []saga{
		{"announce a delivery", waiting, func(ctx context.Context, s *Store, _ store.Order) error {
			_, _, err := s.Announce(ctx, clerk, coming)
			return err
		}, comes(1, due)},
		{"move a delivery", func(t testing.TB, s *Store) store.Order {
			o := waiting(t, s)
			_, _, err := s.Announce(t.Context(), clerk, coming)
			must(t, err)
			return o
		}, func(ctx context.Context, s *Store, _ store.Order) error {
			moved := coming
			moved.ID, moved.Due = deliveryID(coming), due.Add(24*time.Hour)
			_, err := s.MoveDelivery(ctx, clerk, moved, "rain")
			return err
		}, comes(2, due.Add(24*time.Hour))},
	}
}

// boxSagas are the steps of an order from its box to the door and to its end.
func boxSagas() []saga {
	place := func(t testing.TB, s *Store) store.Order { return mustPlace(t, s, line("prod1", 5)) }
	packed := func(t testing.TB, s *Store) store.Order {
		o := place(t, s)
		packAll(t, s, o.Number)
		return o
	}
	ready := func(t testing.TB, s *Store) store.Order {
		o := packed(t, s)
		must(t, s.Ready(t.Context(), clerk, o.Number))
		return o
	}
	gone := func(t testing.TB, s *Store) store.Order {
		o := ready(t, s)
		must(t, s.PickUp(t.Context(), courier, o.Number))
		return o
	}
	return []saga{
		{"pack", place, func(ctx context.Context, s *Store, o store.Order) error {
			return s.Pack(ctx, clerk, o.Number, "prod1", 3)
		}, func(o store.Order) bool { return o.Packed["prod1"] == 3 && len(o.History) == 2 }},
		{"ready", packed, func(ctx context.Context, s *Store, o store.Order) error { return s.Ready(ctx, clerk, o.Number) },
			func(o store.Order) bool { return o.Status == store.Ready && len(o.History) == 3 }},
		{"unready", ready, func(ctx context.Context, s *Store, o store.Order) error { return s.Unready(ctx, clerk, o.Number) },
			func(o store.Order) bool { return o.Status == store.Placed && len(o.History) == 4 }},
		{"stand at the door in vain", gone, func(ctx context.Context, s *Store, o store.Order) error {
			return s.CouldNotDeliver(ctx, courier, o.Number, store.Failure{Attempt: 1, Problem: store.ProblemNobody})
		}, func(o store.Order) bool { return o.Status == store.Sent && o.Failures == 1 && len(o.History) == 5 }},
		{"edit to fewer", place, func(ctx context.Context, s *Store, o store.Order) error {
			return editTo(ctx, s, o, line("prod1", 2))
		}, func(o store.Order) bool { return store.SameUnits(o.Lines, []store.Line{line("prod1", 2)}) }},
		{"edit what was given again", func(t testing.TB, s *Store) store.Order {
			o := place(t, s)
			_, err := s.Correct(t.Context(), clerk, store.Correction{
				Warehouse: "warehouse1", Kind: store.MoveDamaged, Reason: "wet", Key: "once",
				Lines: []store.CorrectionLine{{Product: "prod1", Change: -2, Seen: store.AnyLevel}}, Yields: []store.Yield{{Order: o.Number, Product: "prod1", Units: 2}},
			})
			must(t, err)
			return mustOrder(t, s, o.Number)
		}, func(ctx context.Context, s *Store, o store.Order) error {
			return editTo(ctx, s, o, line("prod1", 4), line("prod9", 1))
		}, func(o store.Order) bool {
			return store.SameUnits(o.Lines, []store.Line{line("prod1", 4), line("prod9", 1)})
		}},
		{"find elsewhere what was refused", func(t testing.TB, s *Store) store.Order {
			o := mustPlace(t, s, line("prod1", 2), line("prod6", 1))
			_, err := s.SetStock(t.Context(), clerk, "warehouse3", "prod1", 9, "came")
			must(t, err)
			return o
		}, func(ctx context.Context, s *Store, o store.Order) error {
			_, err := s.RefuseTransfer(ctx, clerk, o.Transfers[0].ID, store.Shortfall{Cause: store.CauseKept})
			return err
		}, func(o store.Order) bool { return len(o.Transfers) == 2 && o.Transfers[1].From == "warehouse3" }},
		{"receive for a cancelled order", func(t testing.TB, s *Store) store.Order {
			o := mustPlace(t, s, line("prod1", 1), line("prod6", 1))
			_, err := s.SendTransfer(t.Context(), clerk, o.Transfers[0].ID)
			must(t, err)
			must(t, cancelIt(t.Context(), s, o))
			return o
		}, func(ctx context.Context, s *Store, o store.Order) error {
			_, err := s.ReceiveTransfer(ctx, clerk, o.Transfers[0].ID)
			return err
		}, func(o store.Order) bool {
			return o.Transfers[0].State == store.TransferDelivered && o.Status == store.Cancelled
		}},
	}
}

// outsideSagas are what follows from what an outside program has written.
func outsideSagas() []saga {
	set := func(status string) func(t testing.TB, s *Store) store.Order {
		return func(t testing.TB, s *Store) store.Order {
			o := mustPlace(t, s, line("prod1", 2), line("prod6", 1))
			must(t, s.client.Set(t.Context(), s.keyStatus(o.Number), status, 0).Err())
			return o
		}
	}
	heed := func(ctx context.Context, s *Store, o store.Order) error { return s.heed(ctx, o.Number) }
	is := func(status store.Status) func(store.Order) bool {
		return func(o store.Order) bool { return o.Status == status && len(o.History) == 2 }
	}
	return []saga{
		{"taken over as cancelled", set("cancelled"), heed, is(store.Cancelled)},
		{"taken over as delivered", set("delivered"), heed, is(store.Delivered)},
		{"put a status back", set("received"), heed, is(store.Placed)},
		{"adopt an order that waits", func(t testing.TB, s *Store) store.Order {
			s.client.HSet(t.Context(), s.keyOrder(130), "recipient", "Kot", "status", "placed")
			s.client.RPush(t.Context(), s.keyLines(130), slices.Repeat([]any{"prod6"}, 30)...)
			push(t.Context(), s, store.Placed, "order:130")
			return store.Order{Number: 130}
		}, func(ctx context.Context, s *Store, _ store.Order) error { return s.adopt(ctx, 130, store.Placed) },
			func(o store.Order) bool { return o.Status == store.Backordered && o.Version > 0 }},
	}
}
