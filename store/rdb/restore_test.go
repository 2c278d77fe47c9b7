package rdb

import (
	"slices"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// loss is something that is done before the moment to which Redis is set back, and something after it.
type loss struct {
	name         string
	before, lost func(t testing.TB, s *Store, o *store.Order)
}

// losses are all kinds of things that Redis may forget.
func losses() []loss {
	near := []store.Line{line("prod1", 2)}
	far := []store.Line{line("prod1", 1), line("prod6", 1)}
	ready := func(t testing.TB, s *Store, lines []store.Line) store.Order {
		o := mustPlace(t, s, lines...)
		bringAll(t, s, o.Number)
		packAll(t, s, o.Number)
		must(t, s.Ready(t.Context(), clerk, o.Number))
		return o
	}
	return []loss{
		{"placed", nil, func(t testing.TB, s *Store, _ *store.Order) { mustPlace(t, s, near...); mustPlace(t, s, far...) }},
		{"cancelled", func(t testing.TB, s *Store, o *store.Order) { *o = mustPlace(t, s, far...) }, func(t testing.TB, s *Store, o *store.Order) {
			must(t, s.Cancel(t.Context(), shopper, o.Number, "changed my mind"))
		}},
		{"ready", func(t testing.TB, s *Store, o *store.Order) { *o = mustPlace(t, s, near...) }, func(t testing.TB, s *Store, o *store.Order) {
			packAll(t, s, o.Number)
			must(t, s.Ready(t.Context(), clerk, o.Number))
		}},
		{"sent", func(t testing.TB, s *Store, o *store.Order) { *o = ready(t, s, far) }, func(t testing.TB, s *Store, o *store.Order) {
			must(t, s.PickUp(t.Context(), courier, o.Number))
		}},
		{"delivered", func(t testing.TB, s *Store, o *store.Order) {
			*o = ready(t, s, near)
			must(t, s.PickUp(t.Context(), courier, o.Number))
		}, func(t testing.TB, s *Store, o *store.Order) {
			must(t, s.Deliver(t.Context(), courier, o.Number, store.Proof{ReceivedBy: "Anna"}))
		}},
		{"from the basket to the door", nil, func(t testing.TB, s *Store, o *store.Order) {
			*o = ready(t, s, far)
			must(t, s.PickUp(t.Context(), courier, o.Number))
			must(t, s.Deliver(t.Context(), courier, o.Number, store.Proof{}))
		}},
		{"transfer sent", func(t testing.TB, s *Store, o *store.Order) { *o = mustPlace(t, s, far...) }, func(t testing.TB, s *Store, o *store.Order) {
			_, err := s.SendTransfer(t.Context(), clerk, o.Transfers[0].ID)
			must(t, err)
		}},
		{"transfer received", func(t testing.TB, s *Store, o *store.Order) {
			*o = mustPlace(t, s, far...)
			_, err := s.SendTransfer(t.Context(), clerk, o.Transfers[0].ID)
			must(t, err)
		}, func(t testing.TB, s *Store, o *store.Order) {
			_, err := s.ReceiveTransfer(t.Context(), clerk, o.Transfers[0].ID)
			must(t, err)
		}},
		{"transfer short and damaged", func(t testing.TB, s *Store, o *store.Order) { *o = mustPlace(t, s, far...) }, func(t testing.TB, s *Store, o *store.Order) {
			_, err := s.SendTransfer(t.Context(), clerk, o.Transfers[0].ID)
			must(t, err)
			_, err = s.ReceivePart(t.Context(), clerk, o.Transfers[0].ID, nil, o.Transfers[0].Lines, "wet")
			must(t, err)
		}},
		{"lost on the way", func(t testing.TB, s *Store, o *store.Order) {
			*o = mustPlace(t, s, far...)
			_, err := s.SendTransfer(t.Context(), clerk, o.Transfers[0].ID)
			must(t, err)
		}, func(t testing.TB, s *Store, o *store.Order) {
			_, err := s.ReceivePart(t.Context(), clerk, o.Transfers[0].ID, nil, nil, "fell off")
			must(t, err)
		}},
		{"unsent after cancelling", func(t testing.TB, s *Store, o *store.Order) {
			*o = mustPlace(t, s, far...)
			_, err := s.SendTransfer(t.Context(), clerk, o.Transfers[0].ID)
			must(t, err)
			must(t, cancelIt(t.Context(), s, *o))
		}, func(t testing.TB, s *Store, o *store.Order) {
			_, err := s.UnsendTransfer(t.Context(), clerk, o.Transfers[0].ID)
			must(t, err)
		}},
		{"transfer refused", func(t testing.TB, s *Store, o *store.Order) { *o = mustPlace(t, s, far...) }, func(t testing.TB, s *Store, o *store.Order) {
			_, err := s.RefuseTransfer(t.Context(), clerk, o.Transfers[0].ID, store.Shortfall{Cause: store.CauseGone})
			must(t, err)
		}},
		{"asked, sent and taken in for a shelf", nil, func(t testing.TB, s *Store, _ *store.Order) {
			ask, _, err := s.AskTransfer(t.Context(), clerk, store.Ask{To: "warehouse3", From: "warehouse1", Product: "prod1", Units: 2, Key: "once"})
			must(t, err)
			_, err = s.SendTransfer(t.Context(), clerk, ask.ID)
			must(t, err)
			_, err = s.ReceiveTransfer(t.Context(), clerk, ask.ID)
			must(t, err)
		}},
		{"counted, received, damaged", nil, func(t testing.TB, s *Store, _ *store.Order) {
			_, err := s.SetStock(t.Context(), clerk, "warehouse1", "prod1", 3, "counted")
			must(t, err)
			_, _, err = s.Receive(t.Context(), clerk, store.Receipt{Warehouse: "warehouse1", Reference: "note 1", Lines: []store.Line{line("prod1", 40), line("prod4", 2)}, Reason: "came", Caller: "test", Key: "1"})
			must(t, err)
			_, err = s.Adjust(t.Context(), clerk, store.Adjustment{Warehouse: "warehouse1", Product: "prod1", Kind: store.MoveDamaged, Change: -2, Reason: "fell", Key: "2"})
			must(t, err)
			mustPlace(t, s, line("prod1", 30)) // out of what has just come
		}},
		{"counted twice", nil, func(t testing.TB, s *Store, _ *store.Order) {
			for _, product := range []string{"prod1", "prod4"} {
				_, err := s.SetStock(t.Context(), clerk, "warehouse1", product, 3, "counted")
				must(t, err)
			}
		}},
		{"counted by a file", nil, func(t testing.TB, s *Store, _ *store.Order) {
			im, err := s.BookFile(t.Context(), clerk, "counts.csv", countsFile(), func(store.Import) {})
			if must(t, err); im.State != store.ImportDone {
				t.Fatalf("the file is %s: %v", im.State, im.Faults)
			}
			mustPlace(t, s, line("prod4", 70)) // out of what has just come
		}},
		{"a count for which an order gave way", func(t testing.TB, s *Store, o *store.Order) { *o = mustPlace(t, s, near...) }, func(t testing.TB, s *Store, o *store.Order) {
			at := mustOrder(t, s, o.Number).Warehouse
			level, err := s.level(t.Context(), at, "prod1")
			must(t, err)
			_, err = s.Correct(t.Context(), clerk, store.Correction{
				Warehouse: at, Kind: store.MoveCounted, Reason: "gone", Key: "3", Lines: []store.CorrectionLine{{Product: "prod1", Change: -level.OnHand, Seen: level.OnHand}},
				Yields: []store.Yield{{Order: o.Number, Product: "prod1", Units: 2}},
			})
			must(t, err)
		}},
		{"announced and received", nil, func(t testing.TB, s *Store, _ *store.Order) {
			d, _, err := s.Announce(t.Context(), clerk, store.Delivery{Warehouse: "warehouse2", Supplier: "Acme", Reference: "7", Due: time.Now().Add(48 * time.Hour), Lines: []store.DeliveryLine{{Product: "prod6", Announced: 9}}})
			must(t, err)
			_, err = s.ReceiveDelivery(t.Context(), clerk, d.ID, d.Version, store.DeliveryReceipt{Lines: []store.Line{line("prod6", 4)}})
			must(t, err)
		}},
		{"waiting, and served", func(t testing.TB, s *Store, o *store.Order) {
			p := placement(line("prod6", 30), line("prod1", 1))
			p.Draft.Backorder = true
			var err error
			*o, _, err = s.Place(t.Context(), p)
			must(t, err)
		}, func(t testing.TB, s *Store, o *store.Order) {
			p := placement(line("prod6", 5))
			p.Draft.Backorder = true
			_, _, err := s.Place(t.Context(), p)
			must(t, err)
			_, err = s.SetStock(t.Context(), clerk, "warehouse2", "prod6", 30, "came")
			must(t, err)
		}},
		{"edited", func(t testing.TB, s *Store, o *store.Order) { *o = mustPlace(t, s, far...) }, func(t testing.TB, s *Store, o *store.Order) {
			must(t, editTo(t.Context(), s, *o, line("prod1", 3), line("prod5", 1)))
		}},
		{"in parts", nil, func(t testing.TB, s *Store, _ *store.Order) {
			p := placement(line("prod6", 30), line("prod1", 1))
			p.Draft.Backorder, p.Draft.Parts = true, true
			_, _, err := s.Place(t.Context(), p)
			must(t, err)
		}},
		{"returned and looked into", func(t testing.TB, s *Store, o *store.Order) {
			*o = ready(t, s, near)
			must(t, s.PickUp(t.Context(), courier, o.Number))
		}, func(t testing.TB, s *Store, o *store.Order) {
			must(t, s.Return(t.Context(), helper, o.Number, "warehouse3", "lost"))
			must(t, s.Inspect(t.Context(), clerk, o.Number, []store.Inspected{{Product: "prod1", Sellable: 1, Damaged: 1}}))
		}},
	}
}

// TestRedisForgets does something, sets Redis back to before it, and puts back what was kept: the shop is
// what it was.
func TestRedisForgets(t *testing.T) {
	t.Parallel()
	for _, c := range losses() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			putsBack(t, newLab(t), c)
		})
	}
}

// putsBack loses one of the things and looks whether all is as it was once it is put back. The hooks stand
// before the node that puts it back.
func putsBack(t testing.TB, l *lab, c loss, hooks ...redis.Hook) {
	t.Helper()
	f := forgetfulIn(t, l, 1)
	var o store.Order
	if c.before != nil {
		c.before(t, f.nodes[0], &o)
	}
	f.remember()
	c.lost(t, f.nodes[0], &o)
	before := f.forget()
	for _, hook := range hooks {
		f.nodes[0].client.AddHook(hook)
	}
	if f.restore(0).Sum() == 0 {
		t.Error("nothing was put back")
	}
	checkStock(t, f.nodes[0]) // before the sweeper, who would hide it
	f.same(before)
	for range 2 {
		if again := f.restore(0); again != (Restored{}) {
			t.Errorf("put back once more: %+v", again)
		}
	}
	f.same(before)
}

// TestForked sets Redis back, takes other steps before the forgotten ones are put back, and looks which
// story holds.
func TestForked(t *testing.T) {
	t.Parallel()
	cancel := func(t *testing.T, s *Store, n store.Number) { must(t, s.Cancel(t.Context(), shopper, n, "")) }
	pack := func(t *testing.T, s *Store, n store.Number) { packAll(t, s, n) }
	ready := func(t *testing.T, s *Store, n store.Number) {
		packAll(t, s, n)
		must(t, s.Ready(t.Context(), clerk, n))
	}
	pickUp := func(t *testing.T, s *Store, n store.Number) {
		ready(t, s, n)
		must(t, s.PickUp(t.Context(), courier, n))
	}
	for _, c := range []struct {
		name        string
		lost, since func(*testing.T, *Store, store.Number)
		ends        store.Status
	}{
		{"what was cancelled stays cancelled", cancel, ready, store.Cancelled},
		{"cancelled since", ready, cancel, store.Cancelled},
		{"what has left has left", pickUp, cancel, store.Sent},
		{"left since", cancel, pickUp, store.Sent},
		{"the longer story", ready, func(t *testing.T, s *Store, n store.Number) { must(t, s.Pack(t.Context(), clerk, n, "prod1", 1)) }, store.Ready},
		{"the same again", pack, pack, store.Placed},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := newForgetful(t, 2)
			n := mustPlace(t, f.nodes[0], line("prod1", 1), line("prod4", 1)).Number
			f.remember()
			c.lost(t, f.nodes[0], n)
			f.forget()
			c.since(t, f.nodes[1], n)
			sweep(t, f.nodes[1], "meanwhile")
			for range 3 {
				f.restore(0)
				f.restore(1)
			}
			sweep(t, f.nodes[0], "after both")
			o := mustOrder(t, f.nodes[0], n)
			told := slices.ContainsFunc(o.History, func(e store.Event) bool { return e.Type == store.EventMerged })
			if o.Status != c.ends || !told {
				t.Errorf("it is %s, told: %v", o.Status, told)
			}
			all := f.dump()
			for range 2 {
				f.restore(1)
				f.restore(0)
			}
			f.same(all)
		})
	}
}
