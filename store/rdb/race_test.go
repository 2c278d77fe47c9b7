package rdb

import (
	"crypto/rand"
	"sync"
	"sync/atomic"
	"testing"

	"waybill/store"
)

// together runs n goroutines that start at one moment.
func together(n int, do func(i int)) {
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		ready.Add(1)
		done.Go(func() {
			ready.Done()
			<-start
			do(i)
		})
	}
	ready.Wait()
	close(start)
	done.Wait()
}

// Many customers for few units that lie in two warehouses: as many get one as there are.
func TestTheLastUnits(t *testing.T) {
	s := demoShop(t)
	ctx := t.Context()
	_, err := s.SetStock(ctx, clerk, "warehouse1", "prod7", 10, "test")
	must(t, err)
	_, err = s.SetStock(ctx, clerk, "warehouse3", "prod7", 15, "test")
	must(t, err)
	var placed, refused atomic.Int64
	together(80, func(int) {
		_, _, err := s.Place(ctx, placement(line("prod7", 1)))
		switch {
		case err == nil:
			placed.Add(1)
		case store.KindOf(err) == store.Conflict:
			refused.Add(1)
		default:
			t.Error(err)
		}
	})
	if placed.Load() != 25 || refused.Load() != 55 {
		t.Errorf("%d placed, %d refused, of 25 units", placed.Load(), refused.Load())
	}
	check(t, s)
}

// 300 customers at once, on two nodes, for 100 units that lie in two warehouses: exactly 100 get one and 200
// are told what is left. Where the product may be waited for and they agree, the 200 wait.
func TestThreeHundredCustomers(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	for _, mayWait := range []bool{false, true} {
		s := l.shop(t)
		if mayWait {
			setTerms(t, s, "prod7", store.Terms{Kind: store.TermsBackorder})
		}
		for w, units := range map[string]int{"warehouse1": 60, "warehouse3": 40} {
			_, err := s.SetStock(t.Context(), clerk, w, "prod7", units, "test")
			must(t, err)
		}
		nodes := []*Store{s, newStore(l.newClient())}
		var placed, waiting, refused atomic.Int64
		together(300, func(i int) {
			p := placement(line("prod7", 1))
			p.Draft.Backorder = mayWait
			order, _, err := nodes[i%2].Place(t.Context(), p)
			short, told := shortOf(err)
			switch {
			case err == nil && order.Status == store.Placed:
				placed.Add(1)
			case err == nil && order.Status == store.Backordered:
				waiting.Add(1)
			case told && len(short) == 1 && short[0].Product == "prod7" && short[0].Left == 0:
				refused.Add(1)
			default:
				t.Errorf("order %s is %s: %v", order.Number, order.Status, err)
			}
		})
		if wait := waiting.Load(); placed.Load() != 100 || wait+refused.Load() != 200 || mayWait != (wait == 200) {
			t.Errorf("may wait: %v; %d placed, %d wait, %d refused, of 100 units", mayWait, placed.Load(), wait, refused.Load())
		}
		check(t, s)
		sweep(t, l.later(), "300 customers")
	}
}

// Orders of several products over all warehouses, placed at once: no unit is promised twice, and what a
// failed plan had reserved is free again.
func TestManyOrdersAtOnce(t *testing.T) {
	s := demoShop(t)
	products := []string{"prod1", "prod2", "prod3", "prod5", "prod6", "prod8"}
	together(60, func(i int) {
		lines := []store.Line{line(products[i%6], 1+i%4), line(products[(i+1)%6], 1), line(products[(i+3)%6], 2)}
		if _, _, err := s.Place(t.Context(), placement(lines...)); err != nil && store.KindOf(err) != store.Conflict {
			t.Error(err)
		}
	})
	check(t, s)
}

// One wish, asked for many times at once, is one order.
func TestOneWishIsOneOrder(t *testing.T) {
	s := demoShop(t)
	wish := placement(line("prod1", 1))
	numbers := make([]store.Number, 20)
	var created atomic.Int64
	together(len(numbers), func(i int) {
		order, made, err := s.Place(t.Context(), wish)
		if err != nil {
			t.Error(err)
		}
		if made {
			created.Add(1)
		}
		numbers[i] = order.Number
	})
	for _, n := range numbers {
		if n != numbers[0] {
			t.Errorf("order numbers %v", numbers)
			break
		}
	}
	if created.Load() != 1 {
		t.Errorf("created %d times", created.Load())
	}
	other := wish
	other.Draft = draft(line("prod1", 2))
	if order, _, err := s.Place(t.Context(), other); store.KindOf(err) != store.Invalid || order.Number != numbers[0] {
		t.Errorf("the same key for another order: %v, %v", order.Number, err)
	}
	check(t, s)
}

// Of many couriers who pick up one parcel at once, one gets it, and the others are told who has it.
func TestOneParcelManyCouriers(t *testing.T) {
	s := demoShop(t)
	ctx := t.Context()
	o := mustPlace(t, s, line("prod2", 1))
	packAll(t, s, o.Number)
	must(t, s.Ready(ctx, clerk, o.Number))
	var got atomic.Int64
	together(20, func(i int) {
		who := store.Actor{Role: store.Courier, ID: rand.Text(), Name: "Courier"}
		switch err := s.PickUp(ctx, who, o.Number); {
		case err == nil:
			got.Add(1)
		case store.MessageOf(err) != "Courier has already picked up order "+o.Number.String()+".":
			t.Error(err)
		}
	})
	if got.Load() != 1 {
		t.Errorf("%d couriers have the parcel", got.Load())
	}
	if err := s.Deliver(ctx, store.Actor{Role: store.Courier, ID: "else", Name: "Else"}, o.Number, store.Proof{}); store.KindOf(err) != store.Conflict {
		t.Errorf("another courier delivered it: %v", err)
	}
	check(t, s)
}

// Many clerks press all buttons of the same transfers and orders at once: stock and order end up as if
// one had.
func TestManyClerks(t *testing.T) {
	s := demoShop(t)
	ctx := t.Context()
	o := mustPlace(t, s, line("prod1", 3), line("prod6", 2), line("prod5", 1))
	together(24, func(i int) {
		for _, transfer := range o.Transfers {
			var err error
			switch i % 4 {
			case 0, 1:
				_, err = s.SendTransfer(ctx, clerk, transfer.ID)
			case 2:
				_, err = s.ReceiveTransfer(ctx, clerk, transfer.ID)
			case 3:
				_, err = s.UnsendTransfer(ctx, clerk, transfer.ID)
			}
			if err != nil && store.KindOf(err) != store.Conflict {
				t.Error(err)
			}
		}
	})
	check(t, s)
	for _, transfer := range mustOrder(t, s, o.Number).Transfers {
		if transfer.State == store.TransferRequested {
			_, err := s.SendTransfer(ctx, clerk, transfer.ID)
			must(t, err)
		}
		_, err := s.ReceiveTransfer(ctx, clerk, transfer.ID)
		must(t, err)
	}
	together(12, func(i int) {
		for _, l := range o.Lines {
			if err := s.Pack(ctx, clerk, o.Number, l.Product, l.Quantity); err != nil && store.KindOf(err) != store.Conflict {
				t.Error(err)
			}
		}
		if err := s.Ready(ctx, clerk, o.Number); err != nil && store.KindOf(err) != store.Conflict {
			t.Error(err)
		}
	})
	if got := mustOrder(t, s, o.Number); got.Status != store.Ready {
		t.Errorf("the order is %s, packed %v", got.Status, got.Packed)
	}
	check(t, s)
}
