package rdb

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/redis/go-redis/v9"

	"waybill/store"
	"waybill/store/demo"
	"waybill/store/storetest"
)

var helper = store.Actor{Role: store.Service, ID: "ewa", Name: "Ewa"}

// emptyShop is the demo shop before anybody has ordered.
func emptyShop(t testing.TB) *Store {
	t.Helper()
	s := newStore(storetest.Redis(t).Client())
	must(t, demo.Load(t.Context(), withoutOrders{s}))
	return s
}

// free adds up what all warehouses have free of a product.
func free(t testing.TB, s *Store, product string) int {
	t.Helper()
	offers, err := s.Catalogue(t.Context())
	must(t, err)
	for _, o := range offers {
		if o.Product.ID == product {
			return o.Free
		}
	}
	t.Fatalf("no product %s", product)
	return 0
}

// Cancelling frees what the order held, in every status in which it is possible, and leaves nothing of
// it on anybody's list. Afterwards it changes nothing any more.
func TestCancel(t *testing.T) {
	ctx := t.Context()
	for name, prepare := range map[string]func(*Store, store.Order){
		"placed": func(*Store, store.Order) {},
		"brought": func(s *Store, o store.Order) {
			bringAll(t, s, o.Number)
		},
		"packed": func(s *Store, o store.Order) {
			bringAll(t, s, o.Number)
			packAll(t, s, o.Number)
		},
		"ready": func(s *Store, o store.Order) {
			bringAll(t, s, o.Number)
			packAll(t, s, o.Number)
			must(t, s.Ready(ctx, clerk, o.Number))
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := emptyShop(t)
			was := [2]int{free(t, s, "prod1"), free(t, s, "prod6")}
			o := mustPlace(t, s, line("prod1", 2), line("prod6", 1))
			prepare(s, o)
			must(t, s.Cancel(ctx, shopper, o.Number, " changed  my mind "))
			must(t, s.Cancel(ctx, helper, o.Number, "again"))
			check(t, s)
			if now := [2]int{free(t, s, "prod1"), free(t, s, "prod6")}; now != was {
				t.Errorf("free %v, was %v", now, was)
			}
			got := mustOrder(t, s, o.Number)
			if last := got.History[len(got.History)-1]; got.Status != store.Cancelled || last.Why != "changed my mind" {
				t.Errorf("the order is %s, last %+v", got.Status, last)
			}
			board, err := s.Board(ctx, o.Warehouse)
			must(t, err)
			packed := name == "packed" || name == "ready"
			if len(board.ToAssemble)+len(board.Ready) != 0 || len(board.ToReceive) != 0 || packed != (len(board.PutBack) == 1) {
				t.Errorf("the board still has %s", asJSON(board))
			}
			must(t, s.PutBack(ctx, clerk, o.Number))
			must(t, s.PutBack(ctx, clerk, o.Number))
			if board, err = s.Board(ctx, o.Warehouse); err != nil || len(board.PutBack) != 0 {
				t.Errorf("still to put back: %v, %v", board.PutBack, err)
			}
			check(t, s)
		})
	}
}

// A waiting order that is cancelled leaves the queue: what arrives is free.
func TestCancelWhileWaiting(t *testing.T) {
	s := emptyShop(t)
	ctx := t.Context()
	p := placement(line("prod6", 30))
	p.Draft.Backorder = true
	o, _, err := s.Place(ctx, p)
	must(t, err)
	must(t, s.Cancel(ctx, store.Actor{Role: store.Partner, ID: "erp"}, o.Number, ""))
	_, err = s.SetStock(ctx, clerk, "warehouse2", "prod6", 40, "delivery")
	must(t, err)
	if got := mustOrder(t, s, o.Number); got.Status != store.Cancelled {
		t.Errorf("it is %s", got.Status)
	}
	check(t, s)
}

// Once it has left, an order is not cancelled any more; who asks reads what to do instead.
func TestCancelTooLate(t *testing.T) {
	s := emptyShop(t)
	ctx := t.Context()
	o := mustPlace(t, s, line("prod2", 1))
	packAll(t, s, o.Number)
	must(t, s.Ready(ctx, clerk, o.Number))
	if err := s.Cancel(ctx, clerk, o.Number, ""); store.KindOf(err) != store.Forbidden {
		t.Errorf("a clerk cancelled: %v", err)
	}
	must(t, s.PickUp(ctx, courier, o.Number))
	if err := s.Cancel(ctx, shopper, o.Number, ""); store.KindOf(err) != store.Conflict {
		t.Errorf("cancelled on its way: %v", err)
	}
	if err := s.Cancel(ctx, shopper, o.Number, "a\x00b"); store.KindOf(err) != store.Invalid {
		t.Errorf("took a reason that is no text: %v", err)
	}
	check(t, s)
}

// What is on its way when its order is cancelled joins the free stock where it arrives, also after the
// sending was undone, and days later.
func TestCancelInTransit(t *testing.T) {
	s := emptyShop(t)
	ctx := t.Context()
	o := mustPlace(t, s, line("prod1", 2), line("prod6", 1))
	transfer := o.Transfers[0]
	product := transfer.Lines[0].Product
	was := free(t, s, product)
	_, err := s.SendTransfer(ctx, clerk, transfer.ID)
	must(t, err)
	must(t, s.Cancel(ctx, shopper, o.Number, ""))
	check(t, s)
	board, err := s.Board(ctx, transfer.To)
	must(t, err)
	if len(board.ToReceive) != 1 || !board.ToReceive[0].Unclaimed {
		t.Fatalf("to receive: %s", asJSON(board.ToReceive))
	}
	must(t, s.client.Del(ctx, s.keyReservation(transfer.To, o.Number.String())).Err()) // the fence has run out
	_, err = s.ReceiveTransfer(ctx, clerk, transfer.ID)
	must(t, err)
	check(t, s)
	if now := free(t, s, product); now != was+transfer.Lines[0].Quantity {
		t.Errorf("free %d, was %d", now, was)
	}
}

// A sending that is undone after the cancelling puts the units back as free, and asks for nothing.
func TestUnsendAfterCancel(t *testing.T) {
	s := emptyShop(t)
	ctx := t.Context()
	was := free(t, s, "prod6")
	o := mustPlace(t, s, line("prod1", 2), line("prod6", 1))
	_, err := s.SendTransfer(ctx, clerk, o.Transfers[0].ID)
	must(t, err)
	must(t, s.Cancel(ctx, shopper, o.Number, ""))
	_, err = s.UnsendTransfer(ctx, clerk, o.Transfers[0].ID)
	must(t, err)
	if got := mustOrder(t, s, o.Number).Transfers[0]; got.State != store.TransferClosed {
		t.Errorf("the transfer is %s", got.State)
	}
	if now := free(t, s, "prod6"); now != was {
		t.Errorf("free %d, was %d", now, was)
	}
	check(t, s)
}

// The undo of a receipt that the order refuses is refused once: who comes to it again, by whatever way, sees
// that it has been dealt with and goes on.
func TestRefusedStepIsDoneWith(t *testing.T) {
	s := emptyShop(t)
	ctx := t.Context()
	o := mustPlace(t, s, line("prod1", 1), line("prod6", 1))
	id := o.Transfers[0].ID
	_, err := s.SendTransfer(ctx, clerk, id)
	must(t, err)
	_, err = s.ReceiveTransfer(ctx, clerk, id)
	must(t, err)
	must(t, s.Cancel(ctx, shopper, o.Number, ""))
	if _, err = s.UnreceiveTransfer(ctx, clerk, id); store.KindOf(err) != store.Conflict {
		t.Fatalf("undoing the receipt: %v", err)
	}
	key := s.keyTransfer(id)
	must(t, s.client.HSet(ctx, key, "settled", 3).Err())
	must(t, s.client.ZAdd(ctx, keyUnsettledMove(s.partOfTransfer(id)), redis.Z{Score: 5, Member: id}).Err())
	sweep(t, s, "a refused step that is come to again")
	if got := s.client.HGet(ctx, key, "settled").Val(); got != "5" {
		t.Errorf("the transfer's effects have come to %s", got)
	}
}

// Many cancel, one picks up: either the parcel is gone, or all of it is free again.
func TestCancelOrPickUp(t *testing.T) {
	s := emptyShop(t)
	ctx := t.Context()
	for range 6 {
		was := free(t, s, "prod2")
		o := mustPlace(t, s, line("prod2", 1))
		packAll(t, s, o.Number)
		must(t, s.Ready(ctx, clerk, o.Number))
		var cancelled, gone atomic.Int64
		together(8, func(i int) {
			var err error
			if i%2 == 0 {
				if err = s.Cancel(ctx, shopper, o.Number, ""); err == nil {
					cancelled.Add(1)
				}
			} else if err = s.PickUp(ctx, courier, o.Number); err == nil {
				gone.Add(1)
			}
			if err != nil && store.KindOf(err) != store.Conflict {
				t.Error(err)
			}
		})
		if (cancelled.Load() > 0) == (gone.Load() > 0) {
			t.Errorf("%d cancelled and %d picked up", cancelled.Load(), gone.Load())
		}
		now := free(t, s, "prod2")
		if want := was - min(1, int(gone.Load())); now != want {
			t.Errorf("free %d, wanted %d", now, want)
		}
		check(t, s)
	}
}

// Cancelling while clerks send, receive and undo: nothing is lost and nothing is held.
func TestCancelAmongTransfers(t *testing.T) {
	ctx := t.Context()
	for round := range 6 {
		s := emptyShop(t)
		product := "prod1"
		was := free(t, s, product)
		o := mustPlace(t, s, line("prod1", 1), line("prod6", 1))
		if len(o.Transfers) != 1 {
			t.Fatalf("transfers %v", o.Transfers)
		}
		id := o.Transfers[0].ID
		acts := []func(context.Context) error{
			func(ctx context.Context) error { return s.Cancel(ctx, shopper, o.Number, "") },
			func(ctx context.Context) error { _, err := s.SendTransfer(ctx, clerk, id); return err },
			func(ctx context.Context) error { _, err := s.ReceiveTransfer(ctx, clerk, id); return err },
			func(ctx context.Context) error { _, err := s.UnsendTransfer(ctx, clerk, id); return err },
		}
		if round%2 == 1 {
			_, err := s.SendTransfer(ctx, clerk, id)
			must(t, err)
			acts = append(acts, func(ctx context.Context) error { _, err := s.UnreceiveTransfer(ctx, clerk, id); return err })
		}
		together(2*len(acts), func(i int) {
			if err := acts[i%len(acts)](ctx); err != nil && store.KindOf(err) != store.Conflict {
				t.Error(err)
			}
		})
		sweep(t, s, "cancel among transfers")
		got := mustOrder(t, s, o.Number)
		if got.Status != store.Cancelled {
			t.Errorf("the order is %s", got.Status)
		}
		switch got.Transfers[0].State {
		case store.TransferRequested:
			t.Error("a cancelled order still asks for a transfer")
		case store.TransferSent:
			_, err := s.ReceiveTransfer(ctx, clerk, id)
			must(t, err)
		}
		check(t, s)
		if now := free(t, s, product); now != was {
			t.Errorf("free %d, was %d; %s", now, was, asJSON(got.Transfers))
		}
	}
}
