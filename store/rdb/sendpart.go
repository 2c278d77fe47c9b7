package rdb

import (
	"context"
	"slices"

	"waybill/store"
)

// RefuseTransfer says that the source sends nothing of what it was asked for, and why. The order that
// waits for it gets it from elsewhere, or waits. Conflict unless the transfer is requested. Repeating
// it changes nothing. Emits transfer_refused on the order, then what comes of it.
func (s *Store) RefuseTransfer(ctx context.Context, who store.Actor, id string, why store.Shortfall) (store.Transfer, error) {
	return s.SendPart(ctx, who, id, nil, why)
}

// SendPart sends fewer units than were asked for. What is not sent leaves the books or stays on them, as
// the reason says, and its order gets it from elsewhere, or waits. Sending all is SendTransfer, sending
// nothing is a refusal. Invalid by field; Conflict unless the transfer is requested. Repeating it
// changes nothing. Emits transfer_sent or transfer_refused on the order, then what comes of it.
//
// Keys: the transfer boundary, the source's stock, the order boundary (applyTransfer), then settle.
func (s *Store) SendPart(ctx context.Context, who store.Actor, id string, sent []store.Line, why store.Shortfall) (store.Transfer, error) {
	if why.Cause == store.CauseLost {
		return store.Transfer{}, store.Errorf(store.Invalid, "What was not sent cannot be lost on the way.")
	}
	sent = slices.DeleteFunc(slices.Clone(sent), func(l store.Line) bool { return l.Quantity == 0 })
	asked, err := s.transfer(ctx, id)
	if err != nil {
		return asked, err
	}
	if asked.State == store.TransferRequested && sameLines(sent, asked.Lines) {
		return s.SendTransfer(ctx, who, id)
	}
	if err := why.Check(); err != nil {
		return asked, err
	}
	if err := s.claimLeaving(ctx, id); err != nil {
		return asked, err
	}
	return s.edited(ctx, id)(s.editTransfer(ctx, who, id, func(t *store.Transfer) (transferStep, error) {
		to := store.TransferSent
		if len(sent) == 0 {
			to = store.TransferRefused
		}
		switch {
		case t.State == to && (len(sent) == 0 || sameLines(t.Lines, sent)):
			return transferStep{}, errNothingToDo
		case t.State != store.TransferRequested:
			return transferStep{}, movedOn(*t)
		}
		if err := store.CheckPart(sent, t.Lines); err != nil {
			return transferStep{}, err
		}
		missing := store.Less(t.Lines, sent)
		t.State, t.Lines, t.Missing = to, sent, store.Add(t.Missing, missing)
		t.Why, t.Cause = why.String(), why.Cause
		return transferStep{Lines: sent, Missing: missing, Cause: why.Cause}, nil
	}))
}

// ReceivePart says what of a transfer arrived: so many units in good order, so many of no use. The rest
// is lost. The order that waits for it gets the difference from elsewhere, or waits. When all arrived in
// good order it is ReceiveTransfer. Invalid by field, and without a note on why; Conflict unless the
// transfer is in transit. Repeating it changes nothing. Emits transfer_delivered or transfer_lost on
// the order, then what comes of it.
//
// Keys: the transfer boundary, the destination's stock, the order boundary (applyTransfer), then settle.
func (s *Store) ReceivePart(ctx context.Context, who store.Actor, id string, arrived, damaged []store.Line, note string) (store.Transfer, error) {
	none := func(l store.Line) bool { return l.Quantity == 0 }
	arrived, damaged = slices.DeleteFunc(slices.Clone(arrived), none), slices.DeleteFunc(slices.Clone(damaged), none)
	sent, err := s.transfer(ctx, id)
	if err != nil {
		return sent, err
	}
	if sent.State == store.TransferSent && len(damaged) == 0 && sameLines(arrived, sent.Lines) {
		return s.ReceiveTransfer(ctx, who, id)
	}
	why := store.Shortfall{Cause: store.CauseLost, Note: note}
	if err := why.Check(); err != nil {
		return sent, err
	}
	if note == "" {
		return sent, &store.Error{Kind: store.Invalid, Message: "Say in a few words what happened to the rest.", Fields: map[string]string{"note": "Say in a few words what happened to the rest."}}
	}
	return s.edited(ctx, id)(s.editTransfer(ctx, who, id, func(t *store.Transfer) (transferStep, error) {
		to := store.TransferDelivered
		if len(arrived)+len(damaged) == 0 {
			to = store.TransferClosed
		}
		switch {
		case t.State == to && sameLines(t.Lines, arrived) && sameLines(t.Damaged, damaged):
			return transferStep{}, errNothingToDo
		case t.State != store.TransferSent:
			return transferStep{}, movedOn(*t)
		}
		if err := checkReceipt(arrived, damaged, t.Lines); err != nil {
			return transferStep{}, err
		}
		lost := store.Less(t.Lines, store.Add(arrived, damaged))
		if len(lost) == 0 {
			why.Cause = store.CauseDamaged
		}
		t.State, t.Lines, t.Lost, t.Damaged, t.Cause = to, arrived, lost, damaged, why.Cause
		t.Why = why.String()
		return transferStep{Lines: arrived, Lost: lost, Damaged: damaged, Cause: why.Cause}, nil
	}))
}

// checkReceipt refuses a receipt of more than was sent, or of something else; Invalid.
func checkReceipt(arrived, damaged, sent []store.Line) error {
	for _, part := range [][]store.Line{arrived, damaged, store.Add(arrived, damaged)} {
		if err := store.CheckPart(part, sent); err != nil {
			return err
		}
	}
	return nil
}

// edited finishes what an edit of a transfer means for stock and order. What fails after the edit itself
// is the sweeper's to finish.
func (s *Store) edited(ctx context.Context, id string) func(store.Transfer, error) (store.Transfer, error) {
	return func(t store.Transfer, err error) (store.Transfer, error) {
		if err != nil {
			return t, err
		}
		s, ctx, cancel := s.onward(ctx)
		defer cancel()
		if err := s.applyTransfer(ctx, id); err != nil {
			if store.KindOf(err) == store.Conflict {
				return t, err
			}
			s.log.Warn("left to the sweeper", "transfer", id, "error", err)
			return t, nil
		}
		if !t.Fills() {
			s.settleSoon(ctx, t.Order)
		}
		return t, nil
	}
}

// sameLines tells whether two lists hold the same units, in whatever order.
func sameLines(a, b []store.Line) bool {
	return len(store.Less(a, b)) == 0 && len(store.Less(b, a)) == 0
}
