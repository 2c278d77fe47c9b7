package rdb

import (
	"context"
	"errors"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// A transfer moves by its own boundary first (WATCH / MULTI / EXEC on transfer:<id>); what the move
// means for stock and order is an effect of that version, which may run twice and is finished by
// the sweeper if the node dies.

// SendTransfer says that the units have left the source: they are in transit. Conflict unless the
// transfer is requested. Repeating it changes nothing. Emits transfer_sent on the order.
func (s *Store) SendTransfer(ctx context.Context, who store.Actor, id string) (store.Transfer, error) {
	if err := s.claimLeaving(ctx, id); err != nil {
		return store.Transfer{}, err
	}
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
// been packed or promised to others, and none was missing or damaged.
func (s *Store) UnreceiveTransfer(ctx context.Context, who store.Actor, id string) (store.Transfer, error) {
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
			return "", "", movedOn(t)
		case from == store.TransferDelivered && len(t.Lost)+len(t.Damaged) > 0:
			return "", "", store.Errorf(store.Conflict, "Not all of this transfer arrived in good order, and that has been dealt with, so the receipt stands. Book a count if the shelf differs.")
		}
		return to, "", nil
	})
	if err != nil {
		return transfer, err
	}
	s, ctx, cancel := s.onward(ctx)
	defer cancel()
	if err := s.applyTransfer(ctx, id); err != nil {
		if store.KindOf(err) == store.Conflict {
			return transfer, err
		}
		s.log.Warn("left to the sweeper", "transfer", id, "error", err)
	}
	return transfer, nil
}

func movedOn(t store.Transfer) error {
	return store.Errorf(store.Conflict, "This transfer is %s by now, so it was left as it is.", t.State)
}

// changeTransfer writes one change of a transfer's state in one atomic step; decide says to which
// state, and why.
func (s *Store) changeTransfer(ctx context.Context, who store.Actor, id string, decide func(store.Transfer) (store.TransferState, string, error)) (store.Transfer, error) {
	return s.editTransfer(ctx, who, id, func(t *store.Transfer) (transferStep, error) {
		to, why, err := decide(*t)
		t.State, t.Why = to, why
		return transferStep{Lines: t.Lines}, err
	})
}

// errUnapplied says that a transfer's last change has not reached stock and order yet.
var errUnapplied = errors.New("the last change is still under way")

// editTransfer writes one change of a transfer in one atomic step. edit makes the transfer what it is
// to be, and tells which units the step is about. Changes build upon one another only when what the
// earlier ones mean has been done: a change that a dead node has left half done is finished first.
func (s *Store) editTransfer(ctx context.Context, who store.Actor, id string, edit func(*store.Transfer) (transferStep, error)) (store.Transfer, error) {
	for try := range txTries {
		t, err := s.editOnce(ctx, who, id, func(t *store.Transfer, applied int) (transferStep, error) {
			if applied < t.Version {
				return transferStep{}, errUnapplied
			}
			return edit(t)
		})
		switch {
		case errors.Is(err, errNothingToDo):
			return t, s.doneBefore(ctx, aboutTransfer+id)
		case errors.Is(err, errUnapplied):
			if err := s.itself().applyTransfer(ctx, id); err != nil && !errors.Is(err, errRefused) {
				return t, err
			}
		case !errors.Is(err, redis.TxFailedErr):
			return t, wrap("change transfer "+id, err)
		}
		time.Sleep(time.Duration(rand.IntN(1+try*2)) * time.Millisecond)
	}
	return store.Transfer{}, store.Errorf(store.Conflict, "This transfer is being changed by others at this moment. Please try again.")
}

// editOnce tries to write one change; TxFailedErr when somebody was faster. edit also gets the version
// up to which the transfer's changes have been applied.
func (s *Store) editOnce(ctx context.Context, who store.Actor, id string, edit func(t *store.Transfer, applied int) (transferStep, error)) (store.Transfer, error) {
	missing := store.Errorf(store.NotFound, "There is no transfer %s.", id)
	if !store.ValidID(id) {
		return store.Transfer{}, missing
	}
	var t store.Transfer
	var reading *redis.MapStringStringCmd
	ask := func(p redis.Pipeliner) { reading = p.HGetAll(ctx, s.keyTransfer(id)) }
	err := s.watch(ctx, []string{s.keyTransfer(id)}, ask, func(tx *redis.Tx) error {
		fields := reading.Val()
		if len(fields) == 0 {
			return missing
		}
		t = decodeTransfer(id, fields)
		before := t
		step, err := edit(&t, appliedUpTo(before, fields))
		if err != nil {
			t = before
			return err
		}
		t.Version, t.At = before.Version+1, s.now().UTC()
		step.From, step.Who = before.State, who
		return s.exec(ctx, tx, s.transferPicture(id, t.At), func(p redis.Pipeliner) { s.writeTransfer(ctx, p, step, t) })
	})
	return t, err
}

// appliedUpTo is the version up to which a transfer's changes have reached stock and order. The first
// one of a transfer that serves an order means nothing: the order has reserved what it asks for.
func appliedUpTo(t store.Transfer, fields map[string]string) int {
	applied, _ := strconv.Atoi(fields["settled"])
	if !t.Fills() {
		applied = max(applied, 1)
	}
	return applied
}

// transferStep is one entry of a transfer's history. Its version keys the effects; its lines say
// which units it moved, and which it found missing, lost or damaged.
type transferStep struct {
	Version int                 `json:"version"`
	From    store.TransferState `json:"from,omitempty"`
	To      store.TransferState `json:"to"`
	At      string              `json:"at"`
	Who     store.Actor         `json:"who"`
	Why     string              `json:"why,omitempty"`
	Lines   []store.Line        `json:"lines,omitempty"`
	Missing []store.Line        `json:"missing,omitempty"`
	Lost    []store.Line        `json:"lost,omitempty"`
	Damaged []store.Line        `json:"damaged,omitempty"`
	Cause   store.Cause         `json:"reason,omitempty"`
	Void    bool                `json:"void,omitempty"`    // it only puts the state right: nothing moved
	Settles int                 `json:"settles,omitempty"` // the step before, which was refused and is done with; 0 for none
	Told    []string            `json:"told,omitempty"`    // marks of steps that Redis had forgotten and that were looked at when they came back
}

// short lists the units that somebody counts on and that will not come because of this step.
func (step transferStep) short() []store.Line {
	return store.Add(step.Missing, step.Lost, step.Damaged)
}

// writeTransfer writes a transfer as it now is, with the entry of its history and the work lists of
// both warehouses.
func (s *Store) writeTransfer(ctx context.Context, p redis.Pipeliner, step transferStep, t store.Transfer) {
	step.Version, step.To, step.At, step.Why = t.Version, t.State, stamp(t.At), t.Why
	p.HSet(ctx, s.keyTransfer(t.ID), transferFields(t))
	p.RPush(ctx, s.keyTransferHistory(t.ID), encode(step))
	if step.Settles > 0 {
		p.HSet(ctx, s.keyTransfer(t.ID), "settled", step.Settles)
	}
	s.listTransfer(ctx, p, t)
}

// listTransfer puts a transfer where it stands by its state, and tells the pages that show it. Its effects
// are due.
func (s *Store) listTransfer(ctx context.Context, p redis.Pipeliner, t store.Transfer) {
	due, at := redis.Z{Score: float64(t.DueAt.Unix()), Member: t.ID}, s.partOfTransfer(t.ID)
	p.ZRem(ctx, keyToSend(at, t.From), t.ID)
	p.ZRem(ctx, keyToReceive(at, t.To), t.ID)
	p.ZRem(ctx, keyInTransit(at, t.From), t.ID)
	p.ZRem(ctx, keyInTransit(at, t.To), t.ID)
	switch t.State {
	case store.TransferRequested:
		p.ZAdd(ctx, keyToSend(at, t.From), due)
		p.ZAdd(ctx, keyToReceive(at, t.To), due)
	case store.TransferSent:
		p.ZAdd(ctx, keyToReceive(at, t.To), due)
		p.ZAdd(ctx, keyInTransit(at, t.From), due)
		p.ZAdd(ctx, keyInTransit(at, t.To), due)
	}
	p.ZAdd(ctx, keyUnsettledMove(at), redis.Z{Score: float64(t.Version), Member: t.ID})
	s.hint(ctx, p, at, liveWarehouse(t.From))
	s.hint(ctx, p, at, liveWarehouse(t.To))
	if !t.Fills() {
		p.Publish(ctx, liveTalk(liveOrder(t.Order)), "transfer")
	}
}

// closeTransfers ends the transfers of an order that goes on without them, with the reason. Units that had
// not left stay where they are, and the order's settling ships them; those on their way join the free
// stock where they arrive.
func (s *Store) closeTransfers(ctx context.Context, o store.Order, why string) error {
	for _, t := range o.Transfers {
		if t.State != store.TransferRequested && t.State != store.TransferSent {
			continue
		}
		if err := s.unclaim(ctx, t.ID, why); err != nil {
			return err
		}
	}
	return nil
}
