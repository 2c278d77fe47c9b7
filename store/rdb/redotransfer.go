package rdb

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"strconv"

	"waybill/store"
)

// redoing is what applying the steps of a transfer that was put back must know beside the transfer.
type redoing struct {
	restored store.Restored
	order    store.Order // that it serves, as Redis has it now; zero when there is none
}

// applyAgain tells what to mind with a transfer that was put back, nil for any other. errNotYet when its
// order is not as far yet as the transfer shows that it was.
func (s *Store) applyAgain(ctx context.Context, t store.Transfer, fields map[string]string) (*redoing, error) {
	if fields[restoredField] == "" {
		return nil, nil
	}
	r := &redoing{}
	_ = json.Unmarshal([]byte(fields[restoredField]), &r.restored) // if somebody has spoilt it, there is nothing to wait for
	if t.Fills() {
		return r, nil
	}
	var err error
	if r.order, err = s.outsiders(ctx, t.Order); err != nil {
		return nil, err
	}
	if t.State == store.TransferRequested && !wanted(r.order, t.ID) && s.patient(r.restored) {
		return nil, errNotYet
	}
	return r, nil
}

// redoStep does what one step of a transfer that was put back means, as far as it is not done: each move
// bears its mark at the warehouse, and the order's history tells what it has been told. Nothing is said on
// the warehouses' channels again.
func (s *Store) redoStep(ctx context.Context, t store.Transfer, step transferStep, r *redoing) error {
	if step.Lines == nil && step.short() == nil {
		step.Lines = t.Lines
	}
	event := eventOf(step)
	untold := event != "" && !t.Fills() && r.order.Noted[t.ID] < step.Version
	if untold && s.patient(r.restored) {
		return errNotYet
	}
	for i, m := range movesOf(t, step) {
		if err := s.redoMove(ctx, t, step, i, m, r.restored); err != nil {
			return err
		}
	}
	if untold {
		return s.tellOrder(ctx, step.Who, t, step, event)
	}
	return nil
}

// redoMove does one move of such a step, if its mark is not there. Units that have left, have left: when
// others hold them by now, those give way. Units that were only asked for give way themselves.
func (s *Store) redoMove(ctx context.Context, t store.Transfer, step transferStep, i int, m stockMove, since store.Restored) error {
	once := movement{
		script: scriptRedo, warehouse: m.warehouse, holder: m.holder, step: moveStep(t.ID, step.Version, i),
		kind: m.kind, reference: transferName(t.ID), who: ledgerName(step.Who), why: cmp.Or(m.why, step.Why),
		args: append([]any{m.holder, strconv.Itoa(m.onHand), strconv.Itoa(m.reserved)}, lineArgs(m.lines)...),
	}
	short := func() ([]store.Line, error) {
		results, err := s.move(ctx, once)
		if err != nil {
			return nil, wrap("move units of transfer "+t.ID, err)
		}
		if word, details := answer(results[0]); word == "short" {
			return lacking(m.lines, details), nil
		}
		return nil, nil
	}
	lacks, err := short()
	switch {
	case err != nil || len(lacks) == 0:
		return err
	case m.onHand == 0 && step.Version < t.Version: // a later step tells what became of them
		return nil
	case s.patient(since):
		return errNotYet
	case m.onHand == 0:
		return notHeld(t, m, []store.Shortage{{Product: lacks[0].Product, Left: store.Quantity(m.lines, lacks[0].Product) - lacks[0].Quantity}})
	}
	left, err := s.makeRoom(ctx, m.warehouse, lacks, t.Order)
	if err != nil {
		return err
	}
	if len(left) > 0 {
		s.tellBooks(ctx, t.Order, m.warehouse, left)
		return s.client.SetNX(ctx, s.keyStep(m.warehouse, once.step), "0", surelyDone).Err() // it is seen to
	}
	if lacks, err = short(); err == nil && len(lacks) > 0 { // somebody was faster: the next look makes room again
		err = errNotYet
	}
	return err
}

// quietly makes of a failure to settle something yet no failure at all: it stays unsettled.
func quietly(err error) error {
	if errors.Is(err, errNotYet) {
		return nil
	}
	return err
}
