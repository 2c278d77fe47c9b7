package rdb

import (
	"testing"
	"time"

	"waybill/store"
)

// TestRestoringStopsAnywhere kills the node that puts things back at each of its round trips, before and
// after it. Another start puts back the rest, and the shop is what it was.
func TestRestoringStopsAnywhere(t *testing.T) {
	t.Parallel()
	f := newForgetful(t, 1)
	s, ctx := f.nodes[0], t.Context()
	early := mustPlace(t, s, line("prod1", 1), line("prod6", 1))
	f.remember()
	_, err := s.SendTransfer(ctx, clerk, early.Transfers[0].ID)
	must(t, err)
	_, _, err = s.Receive(ctx, clerk, store.Receipt{Warehouse: "warehouse1", Reference: "note", Lines: []store.Line{line("prod1", 50)}, Reason: "came", Caller: "test", Key: "1"})
	must(t, err)
	o := mustPlace(t, s, line("prod1", 45))
	packAll(t, s, o.Number)
	must(t, s.Ready(ctx, clerk, o.Number))
	must(t, s.PickUp(ctx, courier, o.Number))
	must(t, s.Cancel(ctx, shopper, mustPlace(t, s, line("prod4", 1)).Number, ""))
	before := f.forget()

	points := 0
	for at := 1; !t.Failed(); at++ {
		through := false
		for _, after := range []bool{false, true} {
			f.server.SetBack(f.past)
			d := &death{at: at, after: after}
			client := f.server.NewClient()
			dying := newStore(client)
			dying.kept.by = f.kept[0]
			_, err := dying.Directory(ctx)
			must(t, err)
			client.AddHook(d)
			f.nodes[0] = dying
			_, _, _ = f.putRight(0) // it dies, unless it is through before
			through = !d.dead
			must(t, client.Close())

			f.nodes[0] = f.node(0)
			_, _, err = f.putRight(0)
			must(t, err)
			f.nodes[0].now = func() time.Time { return time.Now().Add(time.Minute) }
			f.same(before)
			if t.Failed() {
				t.Fatalf("dead at round trip %d, after: %v", at, after)
			}
		}
		if points++; through {
			break
		}
	}
	t.Logf("%d crash points, before and after each", points)
}
