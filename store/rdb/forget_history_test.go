package rdb

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"waybill/store"
)

// errands is a random history of a shop with several nodes: whatever people do with orders, transfers and
// stock, each act on one of the nodes. What is not possible any more is refused, and that is fine.
type errands struct {
	*rapid.T
	f      *forgetful
	orders []store.Number
	tries  int
	done   []string // for whoever reads a failure
}

func (e *errands) log(format string, args ...any) {
	e.done = append(e.done, fmt.Sprintf(format, args...))
}

func (e *errands) node() *Store {
	return e.f.nodes[rapid.IntRange(0, len(e.f.nodes)-1).Draw(e.T, "node")]
}

func (e *errands) order(s *Store) store.Order {
	o, err := s.Order(e.f.t.Context(), rapid.SampledFrom(e.orders).Draw(e.T, "order"))
	must(e.f.t, err)
	return o
}

// fine takes a refusal for what it is.
func (e *errands) fine(err error) {
	if e.log("   %v", err); err == nil {
		return
	}
	if kind := store.KindOf(err); kind != store.Conflict && kind != store.Invalid && kind != store.Forbidden {
		e.Fatalf("%v", err)
	}
}

func (e *errands) act() {
	s, ctx := e.node(), e.f.t.Context()
	defer func() { e.log("   by node %d", slices.Index(e.f.nodes, s)) }()
	acts := []string{"place", "place", "receive", "count", "damage"}
	if len(e.orders) > 0 {
		acts = append(acts, "pack", "ready", "pick up", "deliver", "cancel", "transfer", "transfer", "edit", "return", "refuse", "unready", "prioritize")
	}
	product := rapid.SampledFrom([]string{"prod1", "prod2", "prod6"}).Draw(e.T, "product")
	site := rapid.SampledFrom(modelWarehouses).Draw(e.T, "warehouse")
	units := rapid.IntRange(1, 14).Draw(e.T, "units")
	e.tries++
	act := rapid.SampledFrom(acts).Draw(e.T, "act")
	e.log("%s %s %s %d", act, site, product, units)
	switch act {
	case "place":
		p := placement(line(product, units), line("prod5", 1))
		p.Draft.Backorder, p.Draft.Parts = true, rapid.Bool().Draw(e.T, "parts")
		o, _, err := s.Place(ctx, p)
		if e.fine(err); err == nil {
			e.orders = append(e.orders, o.Number)
		}
	case "receive":
		_, _, err := s.Receive(ctx, clerk, store.Receipt{Warehouse: site, Reference: "note", Lines: []store.Line{line(product, units)}, Reason: "came", Caller: "test", Key: fmt.Sprint(e.tries)})
		e.fine(err)
	case "count":
		_, err := s.SetStock(ctx, clerk, site, product, units, "counted")
		e.fine(err)
	case "damage":
		_, err := s.Adjust(ctx, clerk, store.Adjustment{Warehouse: site, Product: product, Kind: store.MoveDamaged, Change: -1, Reason: "fell", Key: fmt.Sprint(e.tries)})
		e.fine(err)
	default:
		e.follow(s, act, units)
	}
}

// follow takes a step of an order that is there.
func (e *errands) follow(s *Store, act string, units int) {
	ctx, o := e.f.t.Context(), e.order(s)
	n := o.Number
	e.log("   %s: %s %d", n, o.Status, o.Version)
	switch act {
	case "pack":
		for _, l := range o.Lines {
			e.fine(s.Pack(ctx, clerk, n, l.Product, min(l.Quantity, o.Here(l.Product))))
		}
	case "ready":
		e.fine(s.Ready(ctx, clerk, n))
	case "unready":
		e.fine(s.Unready(ctx, clerk, n))
	case "pick up":
		e.fine(s.PickUp(ctx, courier, n))
	case "deliver":
		e.fine(s.Deliver(ctx, courier, n, store.Proof{ReceivedBy: "Anna"}))
	case "cancel":
		e.fine(s.Cancel(ctx, shopper, n, "changed my mind"))
	case "edit":
		e.fine(editTo(ctx, s, o, line("prod1", units), line("prod5", 1)))
	case "prioritize":
		e.fine(s.Prioritize(ctx, helper, n, store.MoveUp, "asked nicely"))
	case "return":
		e.fine(s.Return(ctx, helper, n, "warehouse3", "did not fit"))
		var found []store.Inspected
		for _, l := range o.Lines {
			found = append(found, store.Inspected{Product: l.Product, Sellable: l.Quantity})
		}
		e.fine(s.Inspect(ctx, clerk, n, found))
	case "transfer", "refuse":
		for _, t := range o.Transfers {
			switch {
			case act == "refuse" && t.State == store.TransferRequested:
				_, err := s.RefuseTransfer(ctx, clerk, t.ID, store.Shortfall{Cause: store.CauseKept})
				e.fine(err)
			case t.State == store.TransferRequested:
				_, err := s.SendTransfer(ctx, clerk, t.ID)
				e.fine(err)
			case t.State == store.TransferSent:
				_, err := s.ReceiveTransfer(ctx, clerk, t.ID)
				e.fine(err)
			}
		}
	}
}

// TestForgottenHistories lets random things happen on two nodes, whose clocks may be an hour apart, sets Redis
// back to somewhere in the middle, and has both put back what they know, in any order, three times: the shop is
// what it was.
func TestForgottenHistories(t *testing.T) {
	t.Parallel()
	histories := 0
	rapid.Check(t, func(rt *rapid.T) {
		if histories++; histories > 12 && !t.Failed() {
			return // each of them kills a server
		}
		f := newForgetful(t, 2)
		if rapid.Bool().Draw(rt, "wrong clocks") {
			f.wrongClocks(time.Hour)
		}
		e := &errands{T: rt, f: f}
		for range rapid.IntRange(0, 12).Draw(rt, "before") {
			e.act()
		}
		f.remember()
		for range rapid.IntRange(1, 14).Draw(rt, "lost") {
			e.act()
		}
		before := f.forget()
		e.log("forgets")
		first := rapid.IntRange(0, 1).Draw(rt, "first")
		for round := range 3 {
			for _, node := range []int{first, 1 - first} {
				done, left, err := f.putRight(node)
				must(t, err)
				if done.Merged > 0 || round == 2 && (done.Sum() > 0 || len(left) > 0) {
					rt.Errorf("round %d, node %d: %+v, left %v", round, node, done, left)
				}
			}
		}
		if f.same(before); t.Failed() {
			rt.Fatalf("not the same, node %d first, after\n%s", first, strings.Join(e.done, "\n"))
		}
	})
}
