package rdb

import (
	"sync/atomic"
	"testing"

	"waybill/store"
	"waybill/store/storetest"
)

func asking(units int, key string) store.Ask {
	return store.Ask{To: "a", From: "b", Product: "p", Units: units, Key: key}
}

func levels(t *testing.T, s *Store, warehouse string, want store.Level) {
	t.Helper()
	if got, err := s.level(t.Context(), warehouse, "p"); err != nil || got != want {
		t.Errorf("%s has %+v, want %+v (%v)", warehouse, got, want, err)
	}
}

func TestAShelfIsFilled(t *testing.T) {
	t.Parallel()
	s := newStore(storetest.Redis(t).Client())
	laneShop(t, s, 0, 10, 0)
	ctx := t.Context()
	asked, raised, err := s.AskTransfer(ctx, clerk, asking(6, "k"))
	must(t, err)
	again, twice, err := s.AskTransfer(ctx, clerk, asking(6, "k"))
	must(t, err)
	if !raised || twice || again.ID != asked.ID || asked.DueAt.IsZero() {
		t.Errorf("%+v (%t) and %+v (%t)", asked, raised, again, twice)
	}
	check(t, s)
	levels(t, s, "b", store.Level{OnHand: 10, Reserved: 6})
	if _, _, err := s.AskTransfer(ctx, clerk, asking(5, "k2")); store.KindOf(err) != store.Conflict || store.MessageOf(err) != "B has only 4 of P free by now, so nothing was asked." {
		t.Errorf("asked for more than there is: %v", err)
	}
	check(t, s)

	_, err = s.SendTransfer(ctx, clerk, asked.ID)
	must(t, err)
	_, err = s.UnsendTransfer(ctx, clerk, asked.ID)
	must(t, err)
	check(t, s)
	bring(t, s, asked.ID)
	levels(t, s, "a", store.Level{OnHand: 6})
	_, err = s.UnreceiveTransfer(ctx, clerk, asked.ID)
	must(t, err)
	levels(t, s, "a", store.Level{})
	_, err = s.ReceivePart(ctx, clerk, asked.ID, []store.Line{line("p", 4)}, []store.Line{line("p", 1)}, "one lost, one wet")
	must(t, err)
	levels(t, s, "a", store.Level{OnHand: 4})
	levels(t, s, "b", store.Level{OnHand: 4})
	check(t, s)
}

// A receipt whose units have been promised meanwhile stands.
func TestAReceiptInUseStands(t *testing.T) {
	t.Parallel()
	s := newStore(storetest.Redis(t).Client())
	laneShop(t, s, 0, 10, 0)
	ctx := t.Context()
	asked, _, err := s.AskTransfer(ctx, clerk, asking(6, "k"))
	must(t, err)
	bring(t, s, asked.ID)
	mustPlace(t, s, line("p", 2), line("q", 1))
	if _, err := s.UnreceiveTransfer(ctx, clerk, asked.ID); store.KindOf(err) != store.Conflict {
		t.Errorf("the receipt was undone: %v", err)
	}
	if got, _ := s.Transfer(ctx, asked.ID); got.State != store.TransferDelivered {
		t.Errorf("the transfer is %s", got.State)
	}
	check(t, s)
	secondPassRepairsNothing(t, s)
}

func TestAnAskIsTakenBackOrRefused(t *testing.T) {
	t.Parallel()
	s := newStore(storetest.Redis(t).Client())
	laneShop(t, s, 0, 10, 0)
	ctx := t.Context()
	asked, _, err := s.AskTransfer(ctx, clerk, asking(6, "k"))
	must(t, err)
	for range 2 {
		_, err = s.CancelAsk(ctx, clerk, asked.ID)
		must(t, err)
	}
	levels(t, s, "b", store.Level{OnHand: 10})
	if _, err := s.SendTransfer(ctx, clerk, asked.ID); store.KindOf(err) != store.Conflict {
		t.Errorf("sent what was taken back: %v", err)
	}
	if _, _, err := s.AskTransfer(ctx, clerk, asking(6, "k")); store.KindOf(err) != store.Conflict {
		t.Errorf("asked again with the same key: %v", err)
	}
	asked, _, err = s.AskTransfer(ctx, clerk, asking(6, "k2"))
	must(t, err)
	_, err = s.RefuseTransfer(ctx, clerk, asked.ID, store.Shortfall{Cause: store.CauseGone})
	must(t, err)
	levels(t, s, "b", store.Level{OnHand: 4})
	asked, _, err = s.AskTransfer(ctx, clerk, asking(4, "k3"))
	must(t, err)
	_, err = s.SendPart(ctx, clerk, asked.ID, []store.Line{line("p", 1)}, store.Shortfall{Cause: store.CauseKept})
	must(t, err)
	levels(t, s, "b", store.Level{OnHand: 3})
	if _, err := s.CancelAsk(ctx, clerk, asked.ID); store.KindOf(err) != store.Conflict {
		t.Errorf("took back what was sent: %v", err)
	}
	check(t, s)
	for _, at := range []struct {
		warehouse string
		open      int
	}{{"a", 1}, {"b", 1}, {"c", 0}} { // what is on its way stands at both of its ends; what was taken back or refused nowhere
		list, err := s.TransfersOf(ctx, at.warehouse)
		if err != nil || len(list) != at.open || at.open > 0 && (list[0].ID != asked.ID || list[0].State != store.TransferSent) {
			t.Errorf("%s has %s, %v", at.warehouse, asJSON(list), err)
		}
	}
	if _, err := s.TransfersOf(ctx, "nowhere"); store.KindOf(err) != store.NotFound {
		t.Errorf("nowhere: %v", err)
	}
	for range 2 { // what was kept is sent after all: the shelf asks for it once more
		_, err = s.UnrefuseTransfer(ctx, clerk, asked.ID)
		must(t, err)
		levels(t, s, "b", store.Level{OnHand: 3, Reserved: 3})
	}
	check(t, s)
}

// A node dies after it has written the ask: the sweeper reserves the units, or closes it when they are
// gone.
func TestAsksLeftHalfDone(t *testing.T) {
	t.Parallel()
	s := newStore(storetest.Redis(t).Client())
	laneShop(t, s, 0, 10, 0)
	ctx := t.Context()
	for id, units := range map[string]int{"ask-1": 7, "ask-2": 70} {
		_, err := s.raise(ctx, clerk, store.Transfer{ID: id, From: "b", To: "a", Lines: []store.Line{line("p", units)}, State: store.TransferRequested, Version: 1})
		must(t, err)
	}
	for range 2 {
		_, err := s.Reconcile(ctx, false)
		must(t, err)
	}
	secondPassRepairsNothing(t, s)
	levels(t, s, "b", store.Level{OnHand: 10, Reserved: 7})
	if got, _ := s.Transfer(ctx, "ask-2"); got.State != store.TransferClosed {
		t.Errorf("an ask for more than there is: %+v", got)
	}
	check(t, s)
}

// Many clerks ask for the last units at once, and take back, refuse and send what they find.
func TestManyClerksAsk(t *testing.T) {
	t.Parallel()
	s := newStore(storetest.Redis(t).Client())
	laneShop(t, s, 0, 20, 0)
	ctx := t.Context()
	var got atomic.Int64
	together(12, func(i int) {
		asked, _, err := s.AskTransfer(ctx, clerk, asking(3, string(rune('a'+i))))
		switch {
		case err == nil:
			got.Add(1)
		case store.KindOf(err) != store.Conflict:
			t.Error(err)
			return
		default:
			return
		}
		for _, act := range []int{i, i + 1, i + 2} {
			switch act % 3 {
			case 0:
				_, err = s.SendTransfer(ctx, clerk, asked.ID)
			case 1:
				_, err = s.CancelAsk(ctx, clerk, asked.ID)
			case 2:
				_, err = s.ReceiveTransfer(ctx, clerk, asked.ID)
			}
			if err != nil && store.KindOf(err) != store.Conflict {
				t.Error(err)
			}
		}
	})
	if got.Load() < 6 {
		t.Errorf("%d asks of 3 of 20 units", got.Load())
	}
	check(t, s)
	later := newStore(s.client)
	later.now = inAMinute
	sweep(t, later, "many asks")
}
