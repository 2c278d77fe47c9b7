package rdb

import (
	"context"
	"testing"

	"waybill/store"
)

// laneSagas are further flows for crash_test.go: transfers that fall short, transfers for a shelf, and the
// ends of an order's life.
func laneSagas() []saga {
	place := func(t testing.TB, s *Store) store.Order { return mustPlace(t, s, line("prod1", 2), line("prod6", 2)) }
	sent := func(t testing.TB, s *Store) store.Order {
		o := place(t, s)
		_, err := s.SendTransfer(t.Context(), clerk, o.Transfers[0].ID)
		must(t, err)
		return o
	}
	gone := func(t testing.TB, s *Store) store.Order {
		o := place(t, s)
		bringAll(t, s, o.Number)
		packAll(t, s, o.Number)
		must(t, s.Ready(t.Context(), clerk, o.Number))
		must(t, s.PickUp(t.Context(), courier, o.Number))
		return o
	}
	one := func(o store.Order) []store.Line { return []store.Line{line(o.Transfers[0].Lines[0].Product, 1)} }
	first := func(state store.TransferState) func(store.Order) bool {
		return func(o store.Order) bool {
			return o.Transfers[0].State == state && store.Units(o.Transfers[0].Lines) == 1 && (len(o.Lacking()) == 0 || o.Status == store.Backordered)
		}
	}
	is := func(status store.Status) func(store.Order) bool {
		return func(o store.Order) bool { return o.Status == status }
	}
	return append(askSagas(), []saga{
		{"send in part", place, func(ctx context.Context, s *Store, o store.Order) error {
			_, err := s.SendPart(ctx, clerk, o.Transfers[0].ID, one(o), store.Shortfall{Cause: store.CauseDamaged})
			return err
		}, first(store.TransferSent)},
		{"lose a part on the way", sent, func(ctx context.Context, s *Store, o store.Order) error {
			_, err := s.ReceivePart(ctx, clerk, o.Transfers[0].ID, one(o), nil, "the box was open")
			return err
		}, first(store.TransferDelivered)},
		{"deliver", gone, func(ctx context.Context, s *Store, o store.Order) error {
			return s.Deliver(ctx, courier, o.Number, store.Proof{ReceivedBy: "Anna"})
		}, is(store.Delivered)},
		{"send back", gone, func(ctx context.Context, s *Store, o store.Order) error {
			return s.Return(ctx, helper, o.Number, "warehouse3", "not wanted")
		}, is(store.Returned)},
		{"edit the address", place, func(ctx context.Context, s *Store, o store.Order) error {
			e := wish(o)
			e.Draft.Recipient.Address.Line1 = "ul. Krótka 2"
			_, err := s.Edit(ctx, shopper, o.Number, e)
			return err
		}, func(o store.Order) bool { return o.Recipient.Address.Line1 == "ul. Krótka 2" }},
		{"taken over as sent", func(t testing.TB, s *Store) store.Order {
			o := sent(t, s)
			must(t, s.client.Set(t.Context(), s.keyStatus(o.Number), "sent", 0).Err())
			return o
		}, func(ctx context.Context, s *Store, o store.Order) error { return s.heed(ctx, o.Number) }, is(store.Sent)},
		{"put back what was packed", func(t testing.TB, s *Store) store.Order {
			o := place(t, s)
			must(t, s.Pack(t.Context(), clerk, o.Number, "prod6", 1))
			must(t, cancelIt(t.Context(), s, o))
			return o
		}, func(ctx context.Context, s *Store, o store.Order) error { return s.PutBack(ctx, clerk, o.Number) },
			func(o store.Order) bool { return units(o.Packed) == 0 }},
	}...)
}

// askSagas are the flows of a transfer that fills a shelf: of warehouse3 with 120 units of prod1 that
// warehouse1 has. What is on hand in the end says whether each has happened once.
func askSagas() []saga {
	var shop *Store
	var id string
	asked := func(t testing.TB, s *Store, steps ...func(*Store, context.Context, store.Actor, string) (store.Transfer, error)) {
		shop = s
		ask, _, err := s.AskTransfer(t.Context(), clerk, store.Ask{To: "warehouse3", From: "warehouse1", Product: "prod1", Units: 10, Key: "once"})
		must(t, err)
		id = ask.ID
		for _, step := range steps {
			_, err := step(s, t.Context(), clerk, id)
			must(t, err)
		}
	}
	flow := func(name string, here, there, reserved int, act func(ctx context.Context, s *Store) error, steps ...func(*Store, context.Context, store.Actor, string) (store.Transfer, error)) saga {
		return saga{name, func(t testing.TB, s *Store) store.Order {
			asked(t, s, steps...)
			return mustPlace(t, s, line("prod4", 1))
		}, func(ctx context.Context, s *Store, _ store.Order) error { return act(ctx, s) },
			func(store.Order) bool {
				ctx := context.Background()
				from, err := shop.level(ctx, "warehouse1", "prod1")
				to, err2 := shop.level(ctx, "warehouse3", "prod1")
				return err == nil && err2 == nil && from == store.Level{OnHand: here, Reserved: reserved} && to == store.Level{OnHand: there}
			}}
	}
	by := func(do func(*Store, context.Context, store.Actor, string) (store.Transfer, error)) func(context.Context, *Store) error {
		return func(ctx context.Context, s *Store) error { _, err := do(s, ctx, clerk, id); return err }
	}
	return []saga{
		flow("take an ask back", 120, 0, 0, by((*Store).CancelAsk)),
		flow("send an ask", 110, 0, 0, by((*Store).SendTransfer)),
		flow("undo the sending of an ask", 120, 0, 10, by((*Store).UnsendTransfer), (*Store).SendTransfer),
		flow("receive an ask", 110, 10, 0, by((*Store).ReceiveTransfer), (*Store).SendTransfer),
		flow("undo the receipt of an ask", 110, 0, 0, by((*Store).UnreceiveTransfer), (*Store).SendTransfer, (*Store).ReceiveTransfer),
		flow("refuse an ask", 110, 0, 0, func(ctx context.Context, s *Store) error {
			_, err := s.RefuseTransfer(ctx, clerk, id, store.Shortfall{Cause: store.CauseGone})
			return err
		}),
		flow("receive an ask short and damaged", 110, 6, 0, func(ctx context.Context, s *Store) error {
			_, err := s.ReceivePart(ctx, clerk, id, []store.Line{line("prod1", 6)}, []store.Line{line("prod1", 3)}, "wet")
			return err
		}, (*Store).SendTransfer),
		flow("an ask gives way", 116, 0, 6, func(ctx context.Context, s *Store) error {
			_, err := s.Correct(ctx, clerk, store.Correction{
				Warehouse: "warehouse1", Kind: store.MoveDamaged, Reason: "wet", Key: "once",
				Lines: []store.CorrectionLine{{Product: "prod1", Change: -4, Seen: store.AnyLevel}}, Yields: []store.Yield{{Transfer: id, Product: "prod1", Units: 4}},
			})
			return err
		}),
	}
}
