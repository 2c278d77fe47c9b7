package rdb

import (
	"context"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// TestRefusedStaysRefused: of two hands at one step of a transfer the first is refused, and before it has put
// the transfer right, what stood in the way is gone. The second is refused too: it is one story, whoever
// tells it.
func TestRefusedStaysRefused(t *testing.T) {
	t.Parallel()
	t.Run("by the order", func(t *testing.T) {
		s, slow := twoHands(t)
		o := mustPlace(t, s, line("prod1", 2), line("prod6", 1))
		bringAll(t, s, o.Number)
		packAll(t, s, o.Number)
		moved := o.Transfers[0].Lines[0].Product
		undoAndMeanwhile(t, s, slow, o.Transfers[0].ID, func(ctx context.Context) error { return s.Pack(ctx, clerk, o.Number, moved, 0) })
		packAll(t, s, o.Number)
		must(t, s.Ready(t.Context(), clerk, o.Number))
	})
	t.Run("by the shelf", func(t *testing.T) {
		s, slow := twoHands(t)
		ctx := t.Context()
		ask, _, err := s.AskTransfer(ctx, clerk, store.Ask{To: "warehouse3", From: "warehouse1", Product: "prod1", Units: 10, Key: "once"})
		must(t, err)
		_, err = s.SendTransfer(ctx, clerk, ask.ID)
		must(t, err)
		_, err = s.ReceiveTransfer(ctx, clerk, ask.ID)
		must(t, err)
		_, err = s.SetStock(ctx, clerk, "warehouse1", "prod1", 0, "counted")
		must(t, err)
		o := mustPlace(t, s, line("prod1", 8))
		undoAndMeanwhile(t, s, slow, ask.ID, func(ctx context.Context) error { return s.Cancel(ctx, shopper, o.Number, "") })
		if level, err := s.level(ctx, "warehouse3", "prod1"); err != nil || level != (store.Level{OnHand: 10}) {
			t.Errorf("warehouse3 has %+v (%v)", level, err)
		}
	})
}

// slowHand is a client that can be held up before it looks at a transfer again.
type slowHand struct {
	*Store
	looks string // the name of the transfer's key
	seen  int    // how often it has looked at it to change it
	again func() // what happens before it does so for the second time
}

func twoHands(t *testing.T) (*Store, *slowHand) {
	t.Helper()
	l := newLab(t)
	s, client := l.shop(t), l.newClient()
	slow := &slowHand{Store: newStore(client)}
	client.AddHook(between(func(cmds []redis.Cmder, next func([]redis.Cmder) error) error {
		if args := cmds[0].Args(); slow.looks != "" && cmds[0].Name() == "watch" && strings.HasPrefix(args[1].(string), slow.looks) {
			if slow.seen++; slow.seen == 2 {
				slow.again()
			}
		}
		return next(cmds)
	}))
	return s, slow
}

// undoAndMeanwhile has the slow hand undo a receipt, which is refused. Before it has put the transfer right, what
// stood in the way goes, and the other hand brings the transfer up to date.
func undoAndMeanwhile(t *testing.T, s *Store, slow *slowHand, id string, goes func(context.Context) error) {
	t.Helper()
	ctx := t.Context()
	slow.looks = s.keyTransfer(id)
	slow.again = func() {
		must(t, goes(ctx))
		if err := s.applyTransfer(ctx, id); store.KindOf(err) != store.Conflict {
			t.Errorf("the second hand: %v", err)
		}
	}
	if _, err := slow.UnreceiveTransfer(ctx, clerk, id); store.KindOf(err) != store.Conflict {
		t.Errorf("the first hand: %v", err)
	}
	if slow.seen < 2 {
		t.Fatalf("the first hand looked %d times", slow.seen)
	}
	got, err := s.transfer(ctx, id)
	must(t, err)
	if got.State != store.TransferDelivered {
		t.Errorf("the transfer is %s", got.State)
	}
	check(t, s)
	sweep(t, s, "a step that was refused")
}
