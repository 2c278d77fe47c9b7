package rdb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

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
	transfer, err := s.transfer(ctx, id)
	if err != nil {
		return err
	}
	applied, err := s.client.HGet(ctx, keyTransfer(id), "settled").Int()
	if err != nil && !errors.Is(err, redis.Nil) {
		return wrap("apply transfer", err)
	}
	entries, err := s.client.LRange(ctx, keyTransferHistory(id), int64(max(applied, 1)), -1).Result()
	if err != nil {
		return wrap("apply transfer", err)
	}
	for _, entry := range entries {
		var step transferStep
		if err := json.Unmarshal([]byte(entry), &step); err != nil {
			return fmt.Errorf("apply transfer %s: %w", id, err)
		}
		if err := s.applyStep(ctx, transfer, step); store.KindOf(err) == store.Conflict {
			return errors.Join(err, s.abandon(ctx, transfer, step, err))
		} else if err != nil {
			return err
		}
		if err := s.client.HSet(ctx, keyTransfer(id), "settled", step.Version).Err(); err != nil {
			return wrap("apply transfer", err)
		}
	}
	if err := s.closeUnwanted(ctx, transfer); err != nil {
		return err
	}
	return s.settled(ctx, keyUnsettledMove, id, transfer.Version)
}

// abandon closes a transfer whose units its order does not hold any more.
func (s *Store) abandon(ctx context.Context, t store.Transfer, step transferStep, why error) error {
	if err := s.client.HSet(ctx, keyTransfer(t.ID), "settled", step.Version).Err(); err != nil {
		return wrap("abandon transfer", err)
	}
	_, err := s.changeTransfer(ctx, store.Itself, t.ID, func(store.Transfer) (store.TransferState, string, error) {
		return store.TransferClosed, store.MessageOf(why), nil
	})
	return err
}

func (s *Store) applyStep(ctx context.Context, t store.Transfer, step transferStep) error {
	switch {
	case step.To == store.TransferSent && step.From == store.TransferRequested:
		if err := s.moveUnits(ctx, t, step, t.From, -1, store.MoveSent); err != nil {
			return err
		}
		s.sayLines(ctx, t, store.SentTo, t.From)
		return s.noteOnOrder(ctx, step.Who, t, step.Version, store.EventTransferSent)
	case step.To == store.TransferRequested && step.From == store.TransferSent:
		if err := s.moveUnits(ctx, t, step, t.From, 1, store.MoveUnsent); err != nil {
			return err
		}
		return s.noteOnOrder(ctx, step.Who, t, step.Version, store.EventTransferUnsent)
	case step.To == store.TransferDelivered:
		if err := s.moveUnits(ctx, t, step, t.To, 1, store.MoveDelivered); err != nil {
			return err
		}
		s.sayLines(ctx, t, store.DeliveredTo, t.To)
		return s.noteOnOrder(ctx, step.Who, t, step.Version, store.EventTransferDelivered)
	case step.To == store.TransferSent && step.From == store.TransferDelivered:
		return s.moveUnits(ctx, t, step, t.To, -1, store.MoveUnreceived)
	}
	return nil // closing moves nothing: the order's own settling does
}

// moveUnits changes one warehouse's stock by a step of a transfer, once.
func (s *Store) moveUnits(ctx context.Context, t store.Transfer, step transferStep, warehouse string, sign int, kind store.MovementKind) error {
	results, err := s.move(ctx, movement{
		script: scriptTransfer, warehouse: warehouse, holder: t.Order.String(), step: fmt.Sprintf("%s.%d", t.ID, step.Version),
		kind: kind, reference: keyTransfer(t.ID), who: ledgerName(step.Who),
		args: append([]any{keyOrder(t.Order), strconv.Itoa(sign), flag(t.Unclaimed)}, lineArgs(t.Lines)...),
	})
	if err != nil {
		return wrap("move units of transfer "+t.ID, err)
	}
	if word, _ := answer(results[0]); word == "short" {
		return store.Errorf(store.Conflict, "These units are no longer held for order %s at %s.", t.Order, warehouse)
	}
	return nil
}

// sayLines says of every line that it was sent, or delivered, to the transfer's destination.
func (s *Store) sayLines(ctx context.Context, t store.Transfer, kind store.MessageKind, at string) {
	sentences := make([]said, len(t.Lines))
	for i, line := range t.Lines {
		sentences[i] = said{store.Message{Kind: kind, Product: line.Product, Warehouse: t.To}, at}
	}
	s.say(ctx, sentences...)
}

// noteOnOrder writes into the order's history how far a transfer has come, and keeps what is still
// travelling. It notes each version once.
//
// Keys: order:N:transfers and the order boundary.
func (s *Store) noteOnOrder(ctx context.Context, who store.Actor, t store.Transfer, version int, event store.EventType) error {
	_, err := s.change(ctx, who, t.Order, func(o store.Order) (change, error) {
		moving := slices.Contains(o.Moving, t.ID)
		arriving := event == store.EventTransferDelivered
		switch {
		case arriving && !moving,
			event == store.EventTransferUndone && moving,
			!arriving && event != store.EventTransferUndone && o.Noted[t.ID] >= version:
			return change{}, errNothingToDo
		case event == store.EventTransferUndone:
			if err := mayUnreceive(o, t); err != nil {
				return change{}, err
			}
		}
		return change{
			to: o.Status, event: event,
			set:  map[string]any{noted + t.ID: version},
			data: map[string]string{"transfer": t.ID, "from": t.From, "to": t.To},
			also: func(p redis.Pipeliner) { trackMoving(ctx, p, o, t.ID, event) },
		}, nil
	})
	return err
}

// trackMoving keeps the set of transfers that have not arrived. An undone receipt leaves the order
// unsettled: if the node dies before the transfer follows, the sweeper finds it.
func trackMoving(ctx context.Context, p redis.Pipeliner, o store.Order, id string, event store.EventType) {
	switch event {
	case store.EventTransferDelivered:
		p.SRem(ctx, keyMoving(o.Number), id)
	case store.EventTransferUndone:
		p.SAdd(ctx, keyMoving(o.Number), id)
		p.ZAdd(ctx, keyUnsettled, redis.Z{Score: float64(o.Version + 1), Member: keyOrder(o.Number)})
	}
}

// mayUnreceive refuses to take units away that are already in the box.
func mayUnreceive(o store.Order, t store.Transfer) error {
	if o.Status != store.Placed {
		return store.Errorf(store.Conflict, "Order %s is %s by now, so the receipt stands.", o.Number, o.Status.Words())
	}
	for _, line := range t.Lines {
		if o.Packed[line.Product] > o.Here(line.Product)-line.Quantity {
			return store.Errorf(store.Conflict, "%s is already packed for order %s. Take it out of the box first.", line.Product, o.Number)
		}
	}
	return nil
}
