package rdb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// applyTransfer brings stock and order up to date with a transfer: the effect of each version that
// has not been applied, in order. Each effect bears the transfer's id and version at the warehouse,
// so that applying twice moves nothing twice.
//
// Keys: transfer:<id> (field settled), <warehouse>:stock…, <warehouse>:step:<id>.<version>, the order
// boundary, unsettled.transfer. Says "sent" and "delivered" on the warehouses' channels.
func (s *Store) applyTransfer(ctx context.Context, id string) error {
	fields, err := s.client.HGetAll(ctx, s.keyTransfer(id)).Result()
	if err != nil {
		return wrap("apply transfer", err)
	}
	if len(fields) == 0 {
		return store.Errorf(store.NotFound, "There is no transfer %s.", id)
	}
	transfer := decodeTransfer(id, fields)
	entries, err := s.client.LRange(ctx, s.keyTransferHistory(id), int64(appliedUpTo(transfer, fields)), -1).Result()
	if err != nil {
		return wrap("apply transfer", err)
	}
	again, err := s.applyAgain(ctx, transfer, fields)
	if err != nil {
		return err
	}
	steps, err := readSteps(id, entries)
	if err != nil {
		return err
	}
	refused := refusedSteps(steps)
	for _, step := range steps {
		switch {
		case step.Void || refused[step.Version]: // nothing moved by it
			err = nil
		case again != nil:
			err = s.redoStep(ctx, transfer, step, again)
		default:
			err = s.applyStep(ctx, transfer, step)
		}
		if errors.Is(err, errRefused) {
			return errors.Join(err, s.abandon(ctx, transfer, step, err))
		} else if err != nil {
			return err
		}
		if err := s.reached(ctx, s.keyTransfer(id), "settled", step.Version); err != nil {
			return wrap("apply transfer", err)
		}
	}
	if again != nil {
		if err := s.client.HDel(ctx, s.keyTransfer(id), restoredField).Err(); err != nil {
			return wrap("apply transfer", err)
		}
	}
	if !transfer.Fills() {
		if err := s.closeUnwanted(ctx, transfer); err != nil {
			return err
		}
	}
	return s.settled(ctx, keyUnsettledMove(s.partOfTransfer(id)), id, transfer.Version)
}

// readSteps reads entries of a transfer's history, all of which must be legible: what one of them moved
// must not be left out.
func readSteps(id string, entries []string) ([]transferStep, error) {
	steps := make([]transferStep, len(entries))
	for i, entry := range entries {
		if err := json.Unmarshal([]byte(entry), &steps[i]); err != nil {
			return nil, fmt.Errorf("history of transfer %s: %w", id, err)
		}
	}
	return steps, nil
}

// refusedSteps are the versions of steps that stock or order refused when they were taken, as later ones
// say: they stay refused, whoever looks at them again.
func refusedSteps(steps []transferStep) map[int]bool {
	refused := map[int]bool{}
	for _, step := range steps {
		refused[step.Settles] = true
	}
	return refused
}

// errRefused marks the Conflicts by which stock or order refuse what a step of a transfer asks for. It
// will not be done later either.
var errRefused = errors.New("refused for good")

// refusedForGood is a Conflict that ends a step of a transfer.
func refusedForGood(format string, args ...any) *store.Error {
	e := store.Errorf(store.Conflict, format, args...)
	e.Err = errRefused
	return e
}

// abandon puts a transfer right after a step that stock or order refused. One whose units nobody holds
// for it any more is closed, and what should have been sent is missing from its order. A receipt whose
// units are in use stands.
func (s *Store) abandon(ctx context.Context, t store.Transfer, step transferStep, why error) error {
	edit := func(t *store.Transfer, _ int) (transferStep, error) {
		righting, to := transferStep{Void: true, Settles: step.Version}, store.TransferClosed
		if step.From == store.TransferDelivered {
			to = store.TransferDelivered
		}
		switch {
		case t.Version != step.Version:
			return transferStep{}, errNothingToDo // another node has done it
		case !store.MayMove(t.State, to) && t.State != store.TransferRefused: // a refusal too means units that are not held any more
			return transferStep{}, fmt.Errorf("transfer %s is %s and cannot become %s", t.ID, t.State, to)
		case step.From == store.TransferDelivered:
			t.State = store.TransferDelivered
			return righting, nil
		}
		t.State, t.Why = store.TransferClosed, store.MessageOf(why)
		if t.Fills() {
			return righting, nil
		}
		t.Missing, t.Cause = store.Add(t.Missing, t.Lines), store.CauseKept
		return transferStep{Missing: store.Add(t.Lines, step.Missing), Cause: store.CauseKept, Settles: step.Version}, nil
	}
	for range txTries {
		_, err := s.editOnce(ctx, store.Itself, t.ID, edit)
		switch {
		case err == nil:
			return s.applyTransfer(ctx, t.ID)
		case errors.Is(err, errNothingToDo):
			return nil
		case !errors.Is(err, redis.TxFailedErr):
			return wrap("abandon transfer", err)
		}
	}
	return nil // the sweeper comes this way again
}

// applyStep does what one step of a transfer means: units move at one warehouse, the warehouses say
// so, and the order's history tells it.
func (s *Store) applyStep(ctx context.Context, t store.Transfer, step transferStep) error {
	if step.Lines == nil && step.short() == nil {
		step.Lines = t.Lines // an entry from before steps named their lines
	}
	event := eventOf(step)
	if event == store.EventTransferUndone && !t.Fills() { // the order gives the units up first: it may have packed them
		if err := s.tellOrder(ctx, step.Who, t, step, event); err != nil {
			return err
		}
		event = ""
	}
	if err := s.moveUnits(ctx, t, step, movesOf(t, step)); err != nil {
		return err
	}
	switch step.To {
	case store.TransferSent:
		if step.From == store.TransferRequested {
			s.sayLines(ctx, t, step.Lines, store.SentTo, t.From)
		}
	case store.TransferDelivered:
		s.sayLines(ctx, t, step.Lines, store.DeliveredTo, t.To)
		if t.Fills() {
			s.releaseSoon(ctx)
		}
	}
	if step.Cause == store.CauseGone {
		s.sayLines(ctx, t, step.Missing, store.None, t.From)
	}
	if event != "" && !t.Fills() {
		return s.tellOrder(ctx, step.Who, t, step, event)
	}
	return nil
}

// sayLines says something of every line: that it was sent or delivered to the transfer's destination,
// or that the source has none.
func (s *Store) sayLines(ctx context.Context, t store.Transfer, lines []store.Line, kind store.MessageKind, at string) {
	sentences := make([]said, len(lines))
	for i, line := range lines {
		about := t.To
		if kind == store.None {
			about = at
		}
		sentences[i] = said{store.Message{Kind: kind, Product: line.Product, Warehouse: about}, at}
	}
	s.say(ctx, t, sentences...)
}
