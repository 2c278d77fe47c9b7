package rdb

import (
	"context"
	"errors"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// A transfer moves by its own boundary first (WATCH / MULTI / EXEC on transfer:<id>); what the move
// means for stock and order is an effect of that version, which may run twice and is finished by
// the sweeper if the node dies.

// SendTransfer says that the units have left the source: they are in transit. Conflict unless the
// transfer is requested. Repeating it changes nothing. Emits transfer_sent on the order.
func (s *Store) SendTransfer(ctx context.Context, who store.Actor, id string) (store.Transfer, error) {
	return s.moveTransfer(ctx, who, id, store.TransferRequested, store.TransferSent)
}

// UnsendTransfer takes a sending back: the undo of SendTransfer, as long as nobody has received it.
func (s *Store) UnsendTransfer(ctx context.Context, who store.Actor, id string) (store.Transfer, error) {
	return s.moveTransfer(ctx, who, id, store.TransferSent, store.TransferRequested)
}

// ReceiveTransfer says that the units have arrived: they join the destination's stock, reserved for
// their order. Conflict unless the transfer is in transit. Emits transfer_delivered on the order.
func (s *Store) ReceiveTransfer(ctx context.Context, who store.Actor, id string) (store.Transfer, error) {
	return s.moveTransfer(ctx, who, id, store.TransferSent, store.TransferDelivered)
}

// UnreceiveTransfer takes a receipt back: the undo of ReceiveTransfer, as long as the units have not
// been packed.
func (s *Store) UnreceiveTransfer(ctx context.Context, who store.Actor, id string) (store.Transfer, error) {
	transfer, err := s.transfer(ctx, id)
	if err != nil {
		return transfer, err
	}
	if transfer.State == store.TransferDelivered { // the order gives the units up first: it may have packed them
		if err := s.noteOnOrder(ctx, who, transfer, transfer.Version+1, store.EventTransferUndone); err != nil {
			return transfer, err
		}
	}
	return s.moveTransfer(ctx, who, id, store.TransferDelivered, store.TransferSent)
}

// transfer reads one transfer. NotFound when there is none.
func (s *Store) transfer(ctx context.Context, id string) (store.Transfer, error) {
	missing := store.Errorf(store.NotFound, "There is no transfer %s.", id)
	if !store.ValidID(id) {
		return store.Transfer{}, missing
	}
	found, err := s.transfers(ctx, []string{id})
	if err != nil {
		return store.Transfer{}, wrap("transfer", err)
	}
	if t, ok := found[id]; ok {
		return t, nil
	}
	return store.Transfer{}, missing
}

// moveTransfer takes a transfer from one state to another, then lets stock and order follow.
//
// Keys: transfer:<id>, transfer:<id>:history, <warehouse>:to_send, :to_receive and :in_transit,
// unsettled.transfer; then those of applyTransfer.
func (s *Store) moveTransfer(ctx context.Context, who store.Actor, id string, from, to store.TransferState) (store.Transfer, error) {
	transfer, err := s.changeTransfer(ctx, who, id, func(t store.Transfer) (store.TransferState, string, error) {
		switch {
		case t.State == to:
			return "", "", errNothingToDo
		case t.State != from || !store.MayMove(from, to):
			return "", "", store.Errorf(store.Conflict, "This transfer is %s by now, so it was left as it is.", t.State)
		}
		return to, "", nil
	})
	if err != nil {
		return transfer, err
	}
	if err := s.applyTransfer(context.WithoutCancel(ctx), id); err != nil {
		if store.KindOf(err) == store.Conflict {
			return transfer, err
		}
		s.log.Warn("left to the sweeper", "transfer", id, "error", err)
	}
	return transfer, nil
}

// changeTransfer writes one change of a transfer in one atomic step; decide says to which state, and
// why.
func (s *Store) changeTransfer(ctx context.Context, who store.Actor, id string, decide func(store.Transfer) (store.TransferState, string, error)) (store.Transfer, error) {
	if !store.ValidID(id) {
		return store.Transfer{}, store.Errorf(store.NotFound, "There is no transfer %s.", id)
	}
	for range txTries {
		var t store.Transfer
		var reading *redis.MapStringStringCmd
		ask := func(p redis.Pipeliner) { reading = p.HGetAll(ctx, keyTransfer(id)) }
		err := s.watch(ctx, []string{keyTransfer(id)}, ask, func(tx *redis.Tx) error {
			fields := reading.Val()
			if len(fields) == 0 {
				return store.Errorf(store.NotFound, "There is no transfer %s.", id)
			}
			t = decodeTransfer(id, fields)
			from := t.State
			to, why, err := decide(t)
			if err != nil {
				return err
			}
			t.State, t.Version, t.At, t.Why = to, t.Version+1, s.now().UTC(), why
			_, err = tx.TxPipelined(ctx, func(p redis.Pipeliner) error {
				s.writeTransfer(ctx, p, who, from, t)
				return nil
			})
			return err
		})
		switch {
		case errors.Is(err, errNothingToDo):
			return t, nil
		case !errors.Is(err, redis.TxFailedErr):
			return t, wrap("change transfer "+id, err)
		}
	}
	return store.Transfer{}, store.Errorf(store.Conflict, "This transfer is being changed by others at this moment. Please try again.")
}

// transferStep is one entry of a transfer's history. Its version keys the effects.
type transferStep struct {
	Version int                 `json:"version"`
	From    store.TransferState `json:"from,omitempty"`
	To      store.TransferState `json:"to"`
	At      string              `json:"at"`
	Who     store.Actor         `json:"who"`
	Why     string              `json:"why,omitempty"`
}

// writeTransfer writes a transfer as it now is, with the entry of its history and the work lists of
// both warehouses.
func (s *Store) writeTransfer(ctx context.Context, p redis.Pipeliner, who store.Actor, from store.TransferState, t store.Transfer) {
	due := redis.Z{Score: float64(t.DueAt.Unix()), Member: t.ID}
	p.HSet(ctx, keyTransfer(t.ID), transferFields(t))
	p.RPush(ctx, keyTransferHistory(t.ID), encode(transferStep{Version: t.Version, From: from, To: t.State, At: stamp(t.At), Who: who, Why: t.Why}))
	p.ZRem(ctx, keyToSend(t.From), t.ID)
	p.ZRem(ctx, keyToReceive(t.To), t.ID)
	p.ZRem(ctx, keyInTransit(t.From), t.ID)
	p.ZRem(ctx, keyInTransit(t.To), t.ID)
	switch t.State {
	case store.TransferRequested:
		p.ZAdd(ctx, keyToSend(t.From), due)
		p.ZAdd(ctx, keyToReceive(t.To), due)
	case store.TransferSent:
		p.ZAdd(ctx, keyToReceive(t.To), due)
		p.ZAdd(ctx, keyInTransit(t.From), due)
		p.ZAdd(ctx, keyInTransit(t.To), due)
	}
	if from != "" {
		p.ZAdd(ctx, keyUnsettledMove, redis.Z{Score: float64(t.Version), Member: t.ID})
	}
	s.hint(ctx, p, liveWarehouse(t.From))
	s.hint(ctx, p, liveWarehouse(t.To))
	p.Publish(ctx, liveTalk(liveOrder(t.Order)), "transfer")
}

// closeTransfers ends the transfers of an order that are not through, with the reason. Units that
// had not left stay where they are; the order's settling frees or ships them.
func (s *Store) closeTransfers(ctx context.Context, o store.Order, why string) error {
	for _, t := range o.Transfers {
		if t.State != store.TransferRequested && t.State != store.TransferSent {
			continue
		}
		_, err := s.changeTransfer(ctx, store.Itself, t.ID, func(t store.Transfer) (store.TransferState, string, error) {
			if !store.MayMove(t.State, store.TransferClosed) {
				return "", "", errNothingToDo
			}
			return store.TransferClosed, why, nil
		})
		if err != nil {
			return err
		}
		if err := s.applyTransfer(ctx, t.ID); err != nil {
			return err
		}
	}
	return nil
}
