package rdb

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"waybill/store"
	"waybill/store/journal"
)

// surelyDone is the age from which a step of a transfer or a delivery is not looked at again: Redis cannot
// have forgotten it, or nobody's journal knows of it any more. Younger ones have their marks at the
// warehouses still (see keyStep), if Redis has not forgotten those too.
const surelyDone = 3 * 24 * time.Hour

// restoreTransfer is Restore for a transfer, which is not put back when its order's number leads to another order
// by now. What its steps mean for stock and order is due after it: the marks at the warehouses tell which of them
// have been done.
func (s *Store) restoreTransfer(ctx context.Context, id string, c journal.Change) (Outcome, error) {
	kept, err := decodeImage(c)
	if err != nil || !store.ValidID(id) {
		return StillThere, err
	}
	if taken, err := s.anothersNow(ctx, decodeTransfer(id, kept.Hash)); err != nil || taken {
		return WasTaken, err
	}
	outcome := StillThere
	err = again(ctx, func() error {
		now := s.transferPicture(id, c.At)
		ask := func(p redis.Pipeliner) { now.ask(ctx, p) }
		return s.watch(ctx, []string{now.hashKey, now.historyKey}, ask, func(tx *redis.Tx) error {
			have := now.image()
			var result image
			if result, outcome = mergeTransfers(id, have, kept); outcome == StillThere {
				return errThere
			}
			return s.exec(ctx, tx, s.transferPicture(id, s.now().UTC()), func(p redis.Pipeliner) { s.rewriteTransfer(ctx, p, id, have, result) })
		})
	})
	return outcome, err
}

// anothersNow tells whether the number of the order that a transfer serves leads to another order by now. Its
// units must not join what that one holds: as with the order itself, a person has to see to it.
func (s *Store) anothersNow(ctx context.Context, t store.Transfer) (bool, error) {
	if t.UID == "" {
		return false, nil
	}
	uid, err := s.client.HGet(ctx, s.keyOrder(t.Order), "uid").Result()
	if err = read(err); err != nil || uid == "" || uid == t.UID {
		return false, err
	}
	s.log.Error("a transfer cannot be put back: its order's number is another's", "transfer", t.ID, "state", t.State, "from", t.From, "to", t.To, "lines", t.Lines)
	return true, nil
}

func (s *Store) rewriteTransfer(ctx context.Context, p redis.Pipeliner, id string, have, want image) {
	t := decodeTransfer(id, want.Hash)
	p.Del(ctx, s.keyTransfer(id), s.keyTransferHistory(id))
	p.HSet(ctx, s.keyTransfer(id), want.Hash)
	p.HSet(ctx, s.keyTransfer(id), "settled", settledBefore(want, s.now().Add(-surelyDone)), restoredField, encode(store.Restored{At: s.now().UTC()}))
	if have.Hash[unclaimed] != "" {
		p.HSet(ctx, s.keyTransfer(id), unclaimed, have.Hash[unclaimed])
	}
	p.RPush(ctx, s.keyTransferHistory(id), anys(want.History)...)
	s.listTransfer(ctx, p, t)
}

// settledBefore is the last version of a transfer or a delivery that is older than a time.
func settledBefore(i image, before time.Time) int {
	version := 0
	for _, entry := range i.History {
		var step struct {
			Version int       `json:"version"`
			At      time.Time `json:"at"`
		}
		if json.Unmarshal([]byte(entry), &step) != nil || step.At.After(before) {
			break
		}
		version = step.Version
	}
	return version
}

// mergeTransfers decides what a transfer is, of which Redis has one image and a journal another. When there
// are two stories, those steps of the journal's are added that lead on from where Redis's own ends: units
// that have left, or arrived, have done so. The last entry names the other story's steps, so that they are
// looked at once.
func mergeTransfers(id string, have, kept image) (image, Outcome) {
	common := commonBeginning(have.History, kept.History)
	switch {
	case common == len(kept.History):
		return have, StillThere
	case common == len(have.History):
		return kept, WasLost
	}
	steps := decodeSteps(have.History)
	state, end := decodeTransfer(id, have.Hash).State, decodeTransfer(id, kept.Hash).State
	var marks []string
	for i, step := range decodeSteps(kept.History[common:]) {
		name := mark(kept.History[common+i])
		if slices.ContainsFunc(steps, func(s transferStep) bool { return slices.Contains(s.Told, name) }) {
			continue
		}
		marks = append(marks, name)
		if step.From == state && !step.Void && store.MayMove(state, step.To) && !undoes(state, step.To) {
			state = step.To
			steps = append(steps, step)
		}
	}
	if len(marks) == 0 {
		return have, StillThere
	}
	result := have.clone()
	if state == end {
		result.Hash = maps.Clone(kept.Hash)
	} else { // it does not lead there
		steps = steps[:len(have.History)]
	}
	if len(steps) == len(have.History) {
		state = decodeTransfer(id, have.Hash).State
		steps = append(steps, transferStep{From: state, To: state, At: steps[len(steps)-1].At, Who: store.Itself, Void: true})
	}
	for i := len(have.History); i < len(steps); i++ {
		steps[i].Version = i + 1
		if i == len(steps)-1 {
			steps[i].Told = marks
		}
		result.History = append(result.History, encode(steps[i]))
	}
	result.Hash["version"] = strconv.Itoa(len(result.History))
	return result, WasForked
}

func decodeSteps(entries []string) []transferStep {
	steps := make([]transferStep, len(entries))
	for i, entry := range entries {
		_ = json.Unmarshal([]byte(entry), &steps[i]) // what cannot be read is a step that leads nowhere
	}
	return steps
}

// undoes tells whether a move takes an earlier one back.
func undoes(from, to store.TransferState) bool {
	return from == store.TransferSent && to == store.TransferRequested || from == store.TransferDelivered && to == store.TransferSent
}

// restoreDelivery is Restore for a delivery.
func (s *Store) restoreDelivery(ctx context.Context, id string, c journal.Change) (Outcome, error) {
	kept, err := decodeImage(c)
	if err != nil || !store.ValidID(id) {
		return StillThere, err
	}
	outcome := StillThere
	err = again(ctx, func() error {
		now := s.deliveryPicture(id, c.At)
		ask := func(p redis.Pipeliner) { now.ask(ctx, p) }
		return s.watch(ctx, []string{now.hashKey, now.historyKey}, ask, func(tx *redis.Tx) error {
			have := now.image()
			var result image
			if result, outcome = mergeDeliveries(id, have, kept); outcome == StillThere {
				return errThere
			}
			return s.exec(ctx, tx, s.deliveryPicture(id, s.now().UTC()), func(p redis.Pipeliner) {
				p.Del(ctx, s.keyDelivery(id), s.keyDeliveryHistory(id), s.keyCounted(id))
				p.HSet(ctx, s.keyDelivery(id), result.Hash)
				p.HSet(ctx, s.keyDelivery(id), "settled", settledBefore(result, s.now().Add(-surelyDone)))
				p.RPush(ctx, s.keyDeliveryHistory(id), anys(result.History)...)
				s.listDelivery(ctx, p, decodeDelivery(id, result.Hash), lastAt(result, c.At))
				p.ZAdd(ctx, keyUnsettledDelivery(s.partOf(id)), redis.Z{Score: float64(len(result.History)), Member: id})
			})
		})
	})
	return outcome, err
}

// lastAt is when an image's last step was taken.
func lastAt(i image, otherwise time.Time) time.Time {
	var step store.DeliveryStep
	if len(i.History) == 0 || json.Unmarshal([]byte(i.History[len(i.History)-1]), &step) != nil {
		return otherwise
	}
	return step.At
}

// mergeDeliveries decides what a delivery is, of which Redis has one image and a journal another. When there
// are two stories, the receipts of both are booked: goods that have come have come.
func mergeDeliveries(id string, have, kept image) (image, Outcome) {
	common := commonBeginning(have.History, kept.History)
	switch {
	case common == len(kept.History):
		return have, StillThere
	case common == len(have.History):
		return kept, WasLost
	}
	d := decodeDelivery(id, have.Hash)
	told := map[string]bool{}
	for _, entry := range have.History[common:] {
		told[bookedAs(entry)] = true
	}
	result := have.clone()
	for _, entry := range kept.History[common:] {
		var step store.DeliveryStep
		if json.Unmarshal([]byte(entry), &step) != nil || len(step.Lines) == 0 || told[bookedAs(entry)] {
			continue
		}
		d.State = store.DeliveryAnnounced
		if after, err := d.Receive(store.DeliveryReceipt{Lines: step.Lines, Why: "booked before our records were set back"}); err == nil {
			d = after
			step.Version = len(result.History) + 1
			result.History = append(result.History, encode(step))
		}
	}
	if len(result.History) == len(have.History) {
		return have, StillThere
	}
	result.Hash["lines"], result.Hash["version"] = encode(d.Lines), strconv.Itoa(len(result.History))
	if d.Coming() == 0 || have.Hash["state"] == string(store.DeliveryReceived) || kept.Hash["state"] == string(store.DeliveryReceived) {
		result.Hash["state"] = string(store.DeliveryReceived)
	}
	return result, WasForked
}

// bookedAs names a step of a delivery apart from its version: who booked what, and when.
func bookedAs(entry string) string {
	var step store.DeliveryStep
	_ = json.Unmarshal([]byte(entry), &step) // what cannot be read is like nothing else
	step.Version = 0
	return encode(step)
}
