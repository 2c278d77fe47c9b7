package rdb

import (
	"context"
	"testing"
	"time"

	"waybill/store"
)

// TestCancelledOnAnotherNode: whoever has the link cancels on a node that knows nothing else of the order. It
// is written down there, outlives that node, and is done once the node that has the order has made it.
func TestCancelledOnAnotherNode(t *testing.T) {
	s := demoShop(t)
	ctx := t.Context()
	one, two := openNodeOn(t, away{s}, s, ""), openNode(t, s, "")
	unwanted, kept := one.mustReceive(placement(line("prod1", 2))), one.mustReceive(placement(line("prod1", 1)))
	for range 2 {
		if _, done, err := two.CancelByToken(ctx, shopper, unwanted.Token, "changed my mind"); err != nil || done {
			t.Fatalf("done %v, %v", done, err)
		}
	}
	if _, _, err := two.CancelByToken(ctx, clerk, unwanted.Token, ""); store.KindOf(err) != store.Forbidden {
		t.Errorf("by a clerk: %v", err)
	}
	if _, _, err := two.CancelByToken(ctx, shopper, unwanted.Token+"x", ""); store.KindOf(err) != store.NotFound {
		t.Errorf("by a link that is none: %v", err)
	}
	after := openNode(t, s, two.copyOf())
	ran, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- after.Run(ran) }()
	one.catchUp()
	eventually(t, time.Minute, "the order is cancelled", func() (bool, string) {
		o := mustOrder(t, s, unwanted.Number)
		return o.Status == store.Cancelled && len(after.j.Unwanted(0, 10)) == 0, asJSON(o.History)
	})
	stop()
	must(t, <-done)
	if o := mustOrder(t, s, kept.Number); o.Status != store.Placed {
		t.Errorf("the other order is %s", o.Status)
	}
	if _, done, err := after.CancelByToken(ctx, shopper, kept.Token, ""); err != nil || !done {
		t.Errorf("of an order that Redis has: done %v, %v", done, err)
	}
	sweep(t, s, "after both")
}

// TestAnAliasIsLedToAgain when Redis has forgotten that a promised number and link mean an order that bears
// another one.
func TestAnAliasIsLedToAgain(t *testing.T) {
	s := demoShop(t)
	ctx := t.Context()
	one, two := openNodeOn(t, away{s}, s, ""), openNodeOn(t, away{s}, s, "")
	p := placement(line("prod1", 1))
	first, second := one.mustReceive(p), two.mustReceive(p)
	one.catchUp()
	two.catchUp()
	stranger := openNode(t, s, "") // has promised neither
	leads := func() (byLink, byNumber store.Order) {
		byLink, err := stranger.OrderByToken(ctx, second.Token)
		must(t, err)
		byNumber, _ = stranger.Order(ctx, second.Number)
		return byLink, byNumber
	}
	if link, number := leads(); link.Number != first.Number || number.Number != first.Number {
		t.Fatalf("%s and %s, want %s", link.Number, number.Number, first.Number)
	}
	must(t, s.client.Del(ctx, keyTrack(second.Token)).Err())
	must(t, s.client.Del(ctx, keyAlias(second.Number)).Err())
	if link, number := leads(); link.Version != 0 || number.Number != 0 {
		t.Fatalf("forgotten, and found: %s, %s", asJSON(link), asJSON(number))
	}
	must(t, two.j.Probe(ctx))
	aliases := two.j.Aliases(10, 10)
	if len(aliases) != 1 || aliases[0].Number != second.Number || len(one.j.Aliases(10, 10)) != 0 {
		t.Fatalf("aliases: %+v", aliases)
	}
	must(t, s.LeadAgain(ctx, aliases))
	if link, number := leads(); link.Number != first.Number || number.Number != first.Number {
		t.Errorf("%s and %s, want %s", link.Number, number.Number, first.Number)
	}
}

// TestCancelledTooLate on a node that could not know: the order has left, and goes on.
func TestCancelledTooLate(t *testing.T) {
	s := demoShop(t)
	ctx := t.Context()
	one, two := openNodeOn(t, away{s}, s, ""), openNode(t, s, "")
	order := one.mustReceive(placement(line("prod1", 1)))
	if _, done, err := two.CancelByToken(ctx, shopper, order.Token, ""); err != nil || done {
		t.Fatalf("done %v, %v", done, err)
	}
	one.catchUp()
	packAll(t, s, order.Number)
	must(t, s.Ready(ctx, clerk, order.Number))
	must(t, s.PickUp(ctx, courier, order.Number))
	ran, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- two.Run(ran) }()
	eventually(t, time.Minute, "the note is settled", func() (bool, string) {
		must(t, two.j.Probe(ctx))
		return len(two.j.Unwanted(0, 10)) == 0, ""
	})
	stop()
	must(t, <-done)
	if o := mustOrder(t, s, order.Number); o.Status != store.Sent {
		t.Errorf("it is %s", o.Status)
	}
}
