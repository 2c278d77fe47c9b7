package rdb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"waybill/store"
)

// redoing is what applying the steps of a transfer that was put back must know beside the transfer.
type redoing struct {
	restored store.Restored
	order    store.Order  // that it serves, as Redis has it now; zero when there is none
	refused  map[int]bool // versions of the steps that were refused when they were taken
}

// applyAgain tells what to mind with a transfer that was put back, nil for any other. errNotYet when its
// order is not as far yet as the transfer shows that it was.
func (s *Store) applyAgain(ctx context.Context, t store.Transfer, fields map[string]string) (*redoing, error) {
	if fields[restoredField] == "" {
		return nil, nil
	}
	r := &redoing{refused: map[int]bool{}}
	_ = json.Unmarshal([]byte(fields[restoredField]), &r.restored) // if somebody has spoilt it, there is nothing to wait for
	history, err := s.client.LRange(ctx, s.keyTransferHistory(t.ID), 0, -1).Result()
	if err != nil {
		return nil, wrap("apply transfer", err)
	}
	for _, step := range decodeSteps(history) {
		r.refused[step.Settles] = true
	}
	if t.Fills() {
		return r, nil
	}
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
	if step.Void || r.refused[step.Version] {
		return nil
	}
	if step.Lines == nil && step.short() == nil {
		step.Lines = t.Lines
	}
	event := eventOf(step)
	untold := event != "" && !t.Fills() && r.order.Noted[t.ID] < step.Version
	if untold && s.patient(r.restored) {
		return errNotYet
	}
	for i, m := range movesOf(t, step) {
		results, err := s.move(ctx, movement{
			script: scriptRedo, warehouse: m.warehouse, holder: m.holder, step: fmt.Sprintf("%s.%d.%d", t.ID, step.Version, i),
			kind: m.kind, reference: transferName(t.ID), who: ledgerName(step.Who), why: step.Why,
			args: append([]any{m.holder, strconv.Itoa(m.onHand), strconv.Itoa(m.reserved)}, lineArgs(m.lines)...),
		})
		if err != nil {
			return wrap("move units of transfer "+t.ID, err)
		}
		if word, _ := answer(results[0]); word == "short" {
			return errNotYet
		}
	}
	if untold {
		return s.tellOrder(ctx, step.Who, t, step, event)
	}
	return nil
}

// quietly makes of a failure to settle something yet no failure at all: it stays unsettled.
func quietly(err error) error {
	if errors.Is(err, errNotYet) {
		return nil
	}
	return err
}
