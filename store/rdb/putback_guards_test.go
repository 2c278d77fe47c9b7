package rdb

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"waybill/store"
	"waybill/store/journal"
)

// putBackGuards are the checks of the steps that put back what Redis had forgotten, beside those of
// restore_test.go and sold_test.go.
func putBackGuards() map[string]guard {
	return map[string]guard{
		"beside another order of the number": besideAnother, "an older story": olderStory, "sent meanwhile": sentMeanwhile, "after it was put back": afterPutBack,
		"opened again": openedAgain, "reserved where a door was closed": arrivesBehindDoor, "below what is promised, by hand": belowByHand,
		"a receipt sent again": receiptAgain, "nothing forgotten": nothingForgotten, "another entry of that name": anotherEntry,
		"two corrections": twoCorrections, "a file goes on": fileGoesOn, "a file at one warehouse": fileAtOneWarehouse, "a number used anew": numberUsedAnew,
	}
}

// forgets loses one of the things of restore_test.go and puts it back.
func forgets(name string, hooks ...redis.Hook) guard {
	all := losses()
	i := slices.IndexFunc(all, func(c loss) bool { return c.name == name })
	if i < 0 {
		panic("nothing is lost that is called " + name)
	}
	return func(t testing.TB, l *lab) { putsBack(t, l, all[i], hooks...) }
}

// sells promises units to others while Redis has forgotten who has them, in one of the ways of sold_test.go.
func sells(name string) guard {
	all := sales()
	i := slices.IndexFunc(all, func(c sale) bool { return c.name == name })
	if i < 0 {
		panic("nothing is sold that is called " + name)
	}
	return func(t testing.TB, l *lab) { sellsMeanwhile(t, l, all[i]) }
}

// besideAnother puts an order back while somebody reserves for another one under its number: that one's
// reservation is not taken over, and the order holds what is its own once that one has given up.
func besideAnother(t testing.TB, l *lab) {
	f := forgetfulIn(t, l, 1)
	f.remember()
	o := mustPlace(t, f.nodes[0], line("prod1", 2))
	before := f.forget()
	other := store.Order{Number: o.Number, UID: "other"}
	short, err := f.stranger().reserve(t.Context(), other, o.Attempt, o.Plan, shopper)
	if must(t, err); len(short) > 0 {
		t.Fatalf("short of %v", short)
	}
	f.restore(0)
	s := f.nodes[0]
	if owner := s.client.HGet(t.Context(), s.keyReservation("warehouse1", o.Number.String()), "#owner").Val(); owner != other.UID {
		t.Errorf("%s has what the other order reserved", owner)
	}
	s.now = func() time.Time { return time.Now().Add(time.Minute) }
	f.same(before)
}

// olderStory has somebody who read an order before it was changed make it hold what it held then.
func olderStory(t testing.TB, l *lab) {
	s := l.shop(t)
	old := mustPlace(t, s, line("prod1", 2))
	must(t, editTo(t.Context(), s, old, line("prod1", 1)))
	if err := s.holdAgain(t.Context(), old); !errors.Is(err, errNotYet) {
		t.Errorf("by the older story: %v", err)
	}
	check(t, s)
}

// sentMeanwhile has a transfer leave just before its order, which was put back and read before that, is made to
// hold what it held: in the end it holds what is there.
func sentMeanwhile(t testing.TB, l *lab) {
	f := forgetfulIn(t, l, 1)
	o := mustPlace(t, f.nodes[0], line("prod1", 1), line("prod6", 1))
	f.remember()
	must(t, f.nodes[0].Pack(t.Context(), clerk, o.Number, "prod6", 1))
	f.forget()
	sent := false
	f.nodes[0].client.AddHook(between(func(cmds []redis.Cmder, next func([]redis.Cmder) error) error {
		for _, cmd := range cmds {
			if args := cmd.Args(); !sent && len(args) > 1 && args[1] == scriptHold.Hash() {
				sent = true
				_, err := f.stranger().SendTransfer(t.Context(), clerk, o.Transfers[0].ID)
				must(t, err)
			}
		}
		return next(cmds)
	}))
	f.restore(0)
	sweep(t, f.nodes[0], "sent meanwhile")
	if !sent {
		t.Error("it was not made to hold anything")
	}
}

// afterPutBack has others come late for what an order holds that was put back: one of the same number, and an
// attempt of its own.
func afterPutBack(t testing.TB, l *lab) {
	f := forgetfulIn(t, l, 1)
	f.remember()
	o := mustPlace(t, f.nodes[0], line("prod1", 2))
	before := f.forget()
	f.restore(0)
	if _, err := f.nodes[0].reserve(t.Context(), store.Order{Number: o.Number, UID: "other"}, 9001, o.Plan, shopper); !errors.Is(err, errNumberTaken) {
		t.Errorf("another order of the number reserved: %v", err)
	}
	plan := store.Plan{Assembly: "warehouse1", Sources: []store.Source{{Warehouse: "warehouse1", Lines: []store.Line{line("prod1", 1)}}}}
	if _, err := f.nodes[0].reserve(t.Context(), o, o.Attempt, plan, shopper); err != nil {
		t.Error(err)
	}
	f.same(before)
}

// openedAgain puts an order back where its first attempt had been refused: what it holds there does not
// expire with the mark of that.
func openedAgain(t testing.TB, l *lab) {
	f := forgetfulIn(t, l, 1)
	s, ctx := f.nodes[0], t.Context()
	o := store.Order{Number: 300103, UID: "again", Token: "again", Lines: []store.Line{line("prod1", 2)}, Speed: store.Standard, Status: store.Placed, PlacedAt: s.now(), Recipient: draft().Recipient}
	must(t, s.release(ctx, o, 1, []string{"warehouse1"}, "the plan no longer held"))
	f.remember()
	var err error
	o.Plan, o.Attempt, err = s.routeAndReserve(ctx, o, 2, shopper, mustStock(t, s, o.Lines))
	must(t, err)
	o.Warehouse, o.PromisedAt, o.FirstDate = o.Plan.Assembly, o.Plan.PromisedAt, o.Plan.PromisedAt
	_, err = s.create(ctx, shopper, o, "body")
	must(t, err)
	f.forget()
	f.restore(0)
	sweep(t, f.nodes[0], "opened again")
}

// arrivesBehindDoor moves units anew to where an earlier attempt had been refused, for an order that is not put
// back itself: they do not expire either. Where the door is closed for good they are free, and it stays closed.
func arrivesBehindDoor(t testing.TB, l *lab) {
	s, ctx := l.shop(t), t.Context()
	o := mustPlace(t, s, line("prod1", 2))
	must(t, s.release(ctx, o, o.Attempt, []string{"warehouse3"}, "the plan no longer held"))
	must(t, s.release(ctx, o, everyAttempt, []string{"warehouse2"}, "the order was cancelled"))
	for i, w := range []string{"warehouse3", "warehouse2"} {
		key, m := s.keyReservation(w, o.Number.String()), stockMove{warehouse: w, kind: store.MoveDelivered, onHand: 1, reserved: 1, lines: []store.Line{line("prod1", 1)}, holder: o.Number.String()}
		must(t, s.redoMove(ctx, store.Transfer{ID: "300103-1-warehouse1", Order: o.Number}, transferStep{Version: 3}, 0, m, store.Restored{}))
		held, expires, closed := decodeUnits(s.client.HGetAll(ctx, key).Val())["prod1"], s.client.TTL(ctx, key).Val() > 0, i == 1
		if held != 1-i || expires != closed {
			t.Errorf("%s: %d are held, expires: %v", w, held, expires)
		}
	}
	checkStock(t, s)
}

// belowByHand puts back what came to a shelf of which somebody has written that less than nothing is there.
func belowByHand(t testing.TB, l *lab) {
	f := forgetfulIn(t, l, 1)
	ctx := t.Context()
	o := mustPlace(t, f.nodes[0], line("prod1", 1), line("prod6", 1))
	_, err := f.nodes[0].SendTransfer(ctx, clerk, o.Transfers[0].ID)
	must(t, err)
	f.remember()
	_, err = f.nodes[0].ReceiveTransfer(ctx, clerk, o.Transfers[0].ID)
	must(t, err)
	_, _, err = f.nodes[0].Receive(ctx, clerk, store.Receipt{Warehouse: "warehouse2", Reference: "note", Lines: []store.Line{line("prod1", 4)}, Reason: "came", Caller: "test", Key: "1"})
	must(t, err)
	before := f.forget()
	s := f.nodes[0]
	must(t, s.client.HSet(ctx, s.keyStock("warehouse2"), "prod1", -9).Err())
	f.restore(0)
	if level, err := s.level(ctx, "warehouse2", "prod1"); err != nil || level != (store.Level{OnHand: -4, Reserved: 1}) {
		t.Errorf("%+v, %v", level, err)
	}
	f.same(before)
}

// receiptAgain has a receipt sent once more after Redis has forgotten it, before and after it is put back.
func receiptAgain(t testing.TB, l *lab) {
	for _, before := range []bool{true, false} {
		f := forgetfulIn(t, l, 1)
		send := func() {
			_, _, err := f.nodes[0].Receive(t.Context(), clerk, store.Receipt{Warehouse: "warehouse1", Reference: "note", Lines: []store.Line{line("prod1", 7)}, Reason: "came", Caller: "test", Key: "1"})
			must(t, err)
		}
		f.remember()
		send()
		f.setBack()
		if before {
			send()
		}
		f.restore(0)
		send()
		if level, err := f.nodes[0].level(t.Context(), "warehouse1", "prod1"); err != nil || level.OnHand != 127 {
			t.Errorf("sent again before it was put back: %v; on hand %d, %v", before, level.OnHand, err)
		}
		sweep(t, f.nodes[0], "a receipt sent again")
	}
}

// bookings are the kept changes that were made by hand.
func (f *forgetful) bookings() []journal.Change {
	changes, _ := f.kept[0].Newest(nil, 1000)
	return slices.DeleteFunc(changes, func(c journal.Change) bool { kind, _ := aboutWhat(c.Key); return kind != aboutStock })
}

// nothingForgotten puts back bookings that are there.
func nothingForgotten(t testing.TB, l *lab) {
	f := forgetfulIn(t, l, 1)
	_, err := f.nodes[0].SetStock(t.Context(), clerk, "warehouse1", "prod1", 130, "counted")
	must(t, err)
	before := f.dump()
	for _, c := range f.bookings() {
		if outcome, err := f.nodes[0].Restore(t.Context(), c); err != nil || outcome != StillThere {
			t.Errorf("%s: %s, %v", c.Key, outcome, err)
		}
	}
	f.same(before)
}

// anotherEntry puts back a count whose entry in the ledger bears the name of something else by now.
func anotherEntry(t testing.TB, l *lab) {
	for _, other := range []store.Line{line("prod4", 10), line("prod1", 11)} {
		f := forgetfulIn(t, l, 1)
		f.remember()
		_, err := f.nodes[0].SetStock(t.Context(), clerk, "warehouse1", "prod1", 130, "counted")
		must(t, err)
		f.setBack()
		s := f.nodes[0]
		lost, err := decodeBooking(f.bookings()[0])
		must(t, err)
		must(t, s.client.XAdd(t.Context(), &redis.XAddArgs{Stream: s.keyMovements("warehouse1"), ID: lost.First, Values: []any{
			"kind", "counted", "product", other.Product, "on_hand", other.Quantity, "reserved", 0, "reference", "counted", "who", "clerk:gosia", "why", "x", "at", s.now().UnixMilli(),
		}}).Err())
		must(t, s.client.HIncrBy(t.Context(), s.keyStock("warehouse1"), other.Product, int64(other.Quantity)).Err())
		then, err := s.level(t.Context(), "warehouse1", "prod1")
		must(t, err)
		f.restore(0)
		if now, err := s.level(t.Context(), "warehouse1", "prod1"); err != nil || now.OnHand != then.OnHand+10 {
			t.Errorf("beside %v: on hand %d, then %d, %v", other, then.OnHand, now.OnHand, err)
		}
		sweep(t, s, "another entry of that name")
	}
}

// twoCorrections puts back a count for which an order gives way, while another one of the same product is under
// way on a node that has died: both are brought to their end.
func twoCorrections(t testing.TB, l *lab) {
	ctx := t.Context()
	begin := func(s *Store, id string, n store.Number) {
		under := &correction{ID: id, Warehouse: "warehouse1", Kind: store.MoveCounted, Why: "gone", Who: clerk, Yields: []store.Yield{{Order: n, Product: "prod1", Units: 1}}}
		word, _, err := s.book(ctx, clerk, booking{warehouse: "warehouse1", kind: store.MoveCounted, reference: "counted", why: "gone", step: id, lines: []bookingLine{{"prod1", -10, unseen}}, begins: under})
		if must(t, err); word != "ok" {
			t.Fatalf("the correction is %s", word)
		}
	}
	for _, since := range []time.Time{time.Now(), time.Now().Add(-time.Minute)} { // long ago: nothing is waited for any more
		f := forgetfulIn(t, l, 1)
		first, second := mustPlace(t, f.nodes[0], line("prod1", 2)), mustPlace(t, f.nodes[0], line("prod1", 2))
		f.remember()
		begin(f.nodes[0], "lost", first.Number)
		f.setBack()
		begin(f.stranger(), "since", second.Number)
		for range 2 {
			lost, err := f.nodes[0].Lost(ctx, f.bookings())
			must(t, err)
			_, left, err := f.nodes[0].PutRight(ctx, lost, since)
			if must(t, err); len(left) > 0 && time.Since(since) > restorePatience {
				t.Errorf("left: %v", left)
			}
			sweep(t, f.nodes[0], "two corrections")
		}
		for _, o := range []store.Order{first, second} {
			if given := mustOrder(t, f.nodes[0], o.Number).Given; len(given) != 1 {
				t.Errorf("order %s gave %s", o.Number, asJSON(given))
			}
		}
		if level, err := f.nodes[0].level(ctx, "warehouse1", "prod1"); err != nil || level.OnHand != 98 {
			t.Errorf("on hand %d, %v", level.OnHand, err)
		}
	}
}

// numberUsedAnew puts back a transfer of an order whose number another order has by now: that one's own
// transfer of the same name, and what it holds, stay as they are.
func numberUsedAnew(t testing.TB, l *lab) {
	for _, since := range [][]store.Line{{line("prod1", 3), line("prod6", 1)}, {line("prod1", 3)}} {
		f := forgetfulIn(t, l, 1)
		f.remember()
		lost := mustPlace(t, f.nodes[0], line("prod1", 1), line("prod6", 1))
		bringAll(t, f.nodes[0], lost.Number)
		f.forget()
		other := f.stranger()
		other.numbers.next = lost.Number
		if o := mustPlace(t, other, since...); o.Number != lost.Number {
			t.Fatalf("it has number %s", o.Number)
		}
		now := f.dump()
		f.nodes[0].now = func() time.Time { return time.Now().Add(time.Minute) }
		for range 2 {
			if done, _, err := f.putRight(0); err != nil || done.Taken != 2 || done.Sum() != 0 {
				t.Errorf("put back: %+v, %v", done, err)
			}
			f.same(now)
		}
	}
}

// blindTo hides a field of hashes from whoever asks for it alone.
func blindTo(field string) redis.Hook {
	return between(func(cmds []redis.Cmder, next func([]redis.Cmder) error) error {
		err := next(cmds)
		for _, cmd := range cmds {
			if asked, ok := cmd.(*redis.StringCmd); ok && cmd.Name() == "hget" && cmd.Args()[2] == field {
				asked.SetVal("")
			}
		}
		return err
	})
}
