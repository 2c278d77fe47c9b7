package journal

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"waybill/store"
)

// State is what has become of an accepted order.
type State string

// The states of an Entry. Only pending ones are replayed.
const (
	Pending  State = "pending"  // promised, and not surely in Redis
	Finished State = "finished" // Redis has it; it stays here for a day, for Redis may forget
	Refused  State = "refused"  // it was answered for with a refusal, so there is no such order
)

// Entry is one order as this node has accepted it.
type Entry struct {
	Seq uint64 // the order of acceptance on this node
	store.Acceptance
	State    State
	Alias    store.Number `json:",omitempty"` // the number of the order that came of it, where that is another one
	ClosedAt time.Time    `json:",omitzero"`  // when it stopped being pending, UTC
	Tries    int          `json:",omitempty"` // replays that came to nothing
	Trouble  string       `json:",omitempty"` // why the last of them did
}

// ErrNumberUsed says that this node has accepted another order under the number.
var ErrNumberUsed = errors.New("this number is accepted already")

// Accept writes an order down: durable. The same wish finds its earlier entry, with fresh false.
// Once it was refused, the wish may be made anew under the number that it now bears. Its numbers are
// never handed out again on this node. Unavailable when the disk fails.
func (j *Journal) Accept(ctx context.Context, a store.Acceptance) (accepted Entry, fresh bool, err error) {
	type answer struct {
		entry Entry
		fresh bool
	}
	got, err := ask(ctx, j, "accept order "+a.Number.String(), func(tx *bbolt.Tx) (answer, error) {
		if earlier, ok := wish(tx, a.UID); ok && earlier.State != Refused {
			return answer{earlier, false}, nil
		}
		e, err := accept(tx, Entry{Acceptance: a, State: Pending})
		return answer{e, true}, err
	})
	if failed, ok := errors.AsType[*store.Error](err); ok && failed.Kind == store.Unavailable {
		failed.Message = "We cannot write orders down safely at this moment, so we take none. Please try again in a few minutes."
	}
	return got.entry, got.fresh, err
}

// accept writes a fresh entry.
func accept(tx *bbolt.Tx, e Entry) (Entry, error) {
	n := numberKey(e.Number)
	if earlier, ok := entry(tx, e.Number); ok {
		if earlier.UID != e.UID {
			return Entry{}, fmt.Errorf("accept order %s: %w", e.Number, ErrNumberUsed)
		}
		if err := tx.Bucket(bucketClosed).Delete(stampKey(earlier.ClosedAt, n)); err != nil {
			return Entry{}, err
		}
	}
	var err error
	if e.Seq, err = tx.Bucket(bucketPending).NextSequence(); err != nil {
		return Entry{}, err
	}
	return e, errors.Join(
		tx.Bucket(bucketWishes).Put([]byte(e.UID), n), tx.Bucket(bucketPending).Put(seqKey(e.Seq), n),
		used(tx, max(e.Number, e.Rest.Number)), put(tx, e),
	)
}

// Finish ends an entry's waiting, soon, because Redis has its order: after a power cut it may be pending
// again, and its replay finds what was made. alias is the order's number where it is not the promised one.
// An entry that was cancelled meanwhile stays pending, unless the order was made as cancelled; one that is
// not pending stays as it is. written, if it is there, hears whether it was written down; it must not block.
func (j *Journal) Finish(n, alias store.Number, cancelled bool, written func(error)) {
	at := j.now().UTC()
	j.writer.later(func(tx *bbolt.Tx) error {
		if e, ok := entry(tx, n); ok && e.Cancelled != nil && !cancelled {
			return nil
		}
		_, err := closeEntry(tx, n, Finished, alias, at)
		return err
	}, written)
}

// Refuse ends an entry's waiting because its customer is going to hear that there is no such order: durable.
// It tells whether it did; an entry that is not pending stays as it is.
func (j *Journal) Refuse(ctx context.Context, n store.Number) (done bool, err error) {
	at := j.now().UTC()
	return ask(ctx, j, "refuse order "+n.String(), func(tx *bbolt.Tx) (bool, error) {
		return closeEntry(tx, n, Refused, 0, at)
	})
}

func closeEntry(tx *bbolt.Tx, n store.Number, state State, alias store.Number, at time.Time) (bool, error) {
	e, ok := entry(tx, n)
	if !ok || e.State != Pending {
		return false, nil
	}
	e.State, e.Alias, e.ClosedAt = state, alias, at
	if err := tx.Bucket(bucketPending).Delete(seqKey(e.Seq)); err != nil {
		return false, err
	}
	if err := tx.Bucket(bucketClosed).Put(stampKey(at, numberKey(n)), nil); err != nil {
		return false, err
	}
	return true, put(tx, e)
}

// Cancel notes that the customer wants a pending order no more: durable. It gives the entry as it then
// is, with ok false when the order is not pending here any more (then Redis has it, or never will).
// Cancelling twice keeps the first.
func (j *Journal) Cancel(ctx context.Context, n store.Number, c store.Cancellation) (e Entry, ok bool, err error) {
	e, err = ask(ctx, j, "cancel order "+n.String(), func(tx *bbolt.Tx) (Entry, error) {
		e, ok := entry(tx, n)
		if !ok || e.State != Pending || e.Cancelled != nil {
			return e, nil
		}
		e.Cancelled = &c
		return e, put(tx, e)
	})
	return e, e.State == Pending && e.Cancelled != nil, err
}

// Troubled notes, soon, that a replay came to nothing, and why.
func (j *Journal) Troubled(n store.Number, why string) {
	j.writer.later(func(tx *bbolt.Tx) error {
		e, ok := entry(tx, n)
		if !ok || e.State != Pending {
			return nil
		}
		e.Tries, e.Trouble = e.Tries+1, why
		return put(tx, e)
	}, nil)
}

// Reopen makes finished entries pending again that were accepted since then: durable. It gives how many.
func (j *Journal) Reopen(ctx context.Context, since time.Time) (int, error) {
	return ask(ctx, j, "reopen", func(tx *bbolt.Tx) (int, error) {
		var found []Entry
		err := tx.Bucket(bucketOrders).ForEach(func(_, value []byte) error {
			e, err := decode(value)
			if err == nil && e.State == Finished && !e.At.Before(since) {
				found = append(found, e)
			}
			return err
		})
		for _, e := range found {
			n := numberKey(e.Number)
			err = errors.Join(err, tx.Bucket(bucketClosed).Delete(stampKey(e.ClosedAt, n)), tx.Bucket(bucketPending).Put(seqKey(e.Seq), n))
			e.State, e.ClosedAt = Pending, time.Time{}
			err = errors.Join(err, put(tx, e))
		}
		return len(found), err
	})
}

// forgetFinished deletes all entries but the pending ones.
func forgetFinished(tx *bbolt.Tx) error {
	var old []Entry
	err := tx.Bucket(bucketOrders).ForEach(func(_, value []byte) error {
		e, err := decode(value)
		if err == nil && e.State != Pending {
			old = append(old, e)
		}
		return err
	})
	for _, e := range old {
		err = errors.Join(err, tx.Bucket(bucketOrders).Delete(numberKey(e.Number)), tx.Bucket(bucketWishes).Delete([]byte(e.UID)))
	}
	return err
}

// Closed gives the numbers of finished entries, from the newest to the oldest, at most limit of them, those
// before a mark; the next mark leads on. It begins with a nil mark and ends when no numbers come.
func (j *Journal) Closed(mark []byte, limit int) (numbers []store.Number, next []byte) {
	_ = j.db.View(func(tx *bbolt.Tx) error {
		back(tx.Bucket(bucketClosed).Cursor(), mark, func(key []byte) bool {
			n := store.Number(binary.BigEndian.Uint64(key[8:]))
			if e, ok := entry(tx, n); ok && e.State == Finished && e.Alias == 0 {
				numbers = append(numbers, n)
			}
			next = append(next[:0], key...)
			return len(numbers) < limit
		})
		return nil
	})
	return numbers, next
}

// Aliases gives finished entries whose orders bear another number than the promised one, the newest first, at
// most limit; it looks at so many finished entries at the most.
func (j *Journal) Aliases(limit, among int) []Entry {
	var entries []Entry
	_ = j.db.View(func(tx *bbolt.Tx) error {
		back(tx.Bucket(bucketClosed).Cursor(), nil, func(key []byte) bool {
			if e, ok := entry(tx, store.Number(binary.BigEndian.Uint64(key[8:]))); ok && e.State == Finished && e.Alias != 0 {
				entries = append(entries, e)
			}
			among--
			return len(entries) < limit && among > 0
		})
		return nil
	})
	return entries
}

// ReopenOrders makes finished entries pending again: durable. Redis has forgotten them.
func (j *Journal) ReopenOrders(ctx context.Context, numbers []store.Number) error {
	return j.write(ctx, "reopen orders", func(tx *bbolt.Tx) error {
		for _, n := range numbers {
			e, ok := entry(tx, n)
			if !ok || e.State != Finished {
				continue
			}
			if err := tx.Bucket(bucketClosed).Delete(stampKey(e.ClosedAt, numberKey(n))); err != nil {
				return err
			}
			e.State, e.ClosedAt = Pending, time.Time{}
			if err := tx.Bucket(bucketPending).Put(seqKey(e.Seq), numberKey(n)); err != nil {
				return err
			}
			if err := put(tx, e); err != nil {
				return err
			}
		}
		return nil
	})
}

// back goes through keys from those before a mark to the first, the last first, as long as more are wanted;
// a nil mark is the end.
func back(cursor *bbolt.Cursor, mark []byte, more func(key []byte) bool) {
	var key []byte
	if mark == nil {
		key, _ = cursor.Last()
	} else if key, _ = cursor.Seek(mark); key == nil {
		key, _ = cursor.Last()
	} else {
		key, _ = cursor.Prev()
	}
	for ; key != nil; key, _ = cursor.Prev() {
		if !more(key) {
			return
		}
	}
}

// Entry gives what was accepted under a number. ok is false when this node has accepted no such order,
// or has forgotten it after a day.
func (j *Journal) Entry(n store.Number) (e Entry, ok bool) {
	_ = j.db.View(func(tx *bbolt.Tx) error {
		e, ok = entry(tx, n)
		return nil
	})
	return e, ok
}

// Wish gives what the same wish has led to on this node.
func (j *Journal) Wish(uid string) (e Entry, ok bool) {
	_ = j.db.View(func(tx *bbolt.Tx) error {
		e, ok = wish(tx, uid)
		return nil
	})
	return e, ok
}

// Pending gives pending entries in the order of acceptance, those after a Seq, at most limit. An entry
// that makes no sense is left out; Stats counts it still.
func (j *Journal) Pending(after uint64, limit int) []Entry {
	var entries []Entry
	_ = j.db.View(func(tx *bbolt.Tx) error {
		cursor := tx.Bucket(bucketPending).Cursor()
		for key, n := cursor.Seek(seqKey(after + 1)); key != nil && len(entries) < limit; key, n = cursor.Next() {
			if e, ok := entry(tx, store.Number(binary.BigEndian.Uint64(n))); ok {
				entries = append(entries, e)
			}
		}
		return nil
	})
	return entries
}

func seqKey(seq uint64) []byte { return binary.BigEndian.AppendUint64(nil, seq) }

func decode(value []byte) (Entry, error) {
	var e Entry
	err := json.Unmarshal(value, &e)
	return e, err
}

func entry(tx *bbolt.Tx, n store.Number) (Entry, bool) {
	value := tx.Bucket(bucketOrders).Get(numberKey(n))
	if value == nil {
		return Entry{}, false
	}
	e, err := decode(value)
	return e, err == nil
}

func wish(tx *bbolt.Tx, uid string) (Entry, bool) {
	n := tx.Bucket(bucketWishes).Get([]byte(uid))
	if n == nil {
		return Entry{}, false
	}
	return entry(tx, store.Number(binary.BigEndian.Uint64(n)))
}

func put(tx *bbolt.Tx, e Entry) error {
	return tx.Bucket(bucketOrders).Put(numberKey(e.Number), mustEncode(e))
}
