package journal

import (
	"bytes"
	"context"
	"encoding/binary"
	"time"

	"go.etcd.io/bbolt"
)

// Change is something that was changed in Redis and answered for: what an order, a transfer or a
// delivery looked like after it, or an entry of a ledger. Of each key only the highest version is kept.
type Change struct {
	Key     string    // what it is about: "order/100123"
	Version int       // rises with each change of the same thing
	At      time.Time // of the change, UTC
	Data    []byte    // how to put it back; nil says that it was erased, and must not rise again
}

// A Change lies in the file as its version and its time, eight bytes each, then one byte that tells whether
// there are data, then these.
const changeHead = 17

func packChange(c Change) []byte {
	value := make([]byte, 0, changeHead+len(c.Data))
	value = binary.BigEndian.AppendUint64(value, uint64(c.Version))
	value = binary.BigEndian.AppendUint64(value, uint64(c.At.UnixNano()))
	if c.Data == nil {
		return append(value, 0)
	}
	return append(append(value, 1), c.Data...)
}

// unpackChange reads one. The data are a copy: they outlive the transaction.
func unpackChange(key string, value []byte) (Change, bool) {
	if len(value) < changeHead {
		return Change{}, false
	}
	c := Change{Key: key, Version: int(binary.BigEndian.Uint64(value)), At: time.Unix(0, int64(binary.BigEndian.Uint64(value[8:]))).UTC()}
	if value[changeHead-1] == 1 {
		c.Data = append([]byte{}, value[changeHead:]...)
	}
	return c, true
}

// Keep writes changes down: durable. A version that is not higher than the kept one changes nothing. On
// an error they wait in memory, and are written down as soon as there is room; until then Failing says why.
// While the disk is known to fail nobody waits for it. Unavailable when the disk fails.
func (j *Journal) Keep(ctx context.Context, changes ...Change) error {
	if len(changes) == 0 {
		return nil
	}
	op := "keep " + changes[0].Key
	if why := j.Failing(); why != nil {
		j.disk.owe(why, changes)
		return unavailable(op, why)
	}
	err := j.write(ctx, op, keepAll(changes))
	if err != nil {
		j.disk.owe(err, changes)
	}
	return err
}

// KeepSoon writes changes down within a tenth of a second, or with the next that somebody waits for: for
// what this node could work out again from something that is durable already.
func (j *Journal) KeepSoon(changes ...Change) {
	if len(changes) == 0 {
		return
	}
	j.writer.later(keepAll(changes), func(err error) {
		if err != nil {
			j.disk.owe(err, changes)
		}
	})
}

func keepAll(changes []Change) func(*bbolt.Tx) error {
	return func(tx *bbolt.Tx) error {
		for _, c := range changes {
			if err := keep(tx, c); err != nil {
				return err
			}
		}
		return nil
	}
}

func keep(tx *bbolt.Tx, c Change) error {
	key, bucket, recent := []byte(c.Key), tx.Bucket(bucketChanges), tx.Bucket(bucketRecent)
	if value := bucket.Get(key); len(value) >= changeHead {
		if int(binary.BigEndian.Uint64(value)) >= c.Version {
			return nil
		}
		if err := recent.Delete(append(append([]byte{}, value[8:16]...), key...)); err != nil {
			return err
		}
	}
	if err := recent.Put(stampKey(c.At, key), nil); err != nil {
		return err
	}
	return bucket.Put(key, packChange(c))
}

// Change gives what is kept under a key, also what waits for the disk.
func (j *Journal) Change(key string) (c Change, ok bool) {
	_ = j.db.View(func(tx *bbolt.Tx) error {
		c, ok = change(tx, []byte(key))
		return nil
	})
	if waiting, owed := j.disk.waiting(key); owed && waiting.Version > c.Version {
		return waiting, true
	}
	return c, ok
}

func change(tx *bbolt.Tx, key []byte) (Change, bool) {
	return unpackChange(string(key), tx.Bucket(bucketChanges).Get(key))
}

// markOf is where a change stands among all by age.
func markOf(c Change) []byte { return stampKey(c.At, []byte(c.Key)) }

// Newest gives changes from the newest to the oldest, at most limit of them, those before a mark; the
// next mark leads on. It begins with a nil mark and ends when no changes come. What waits for the disk is
// among them.
func (j *Journal) Newest(mark []byte, limit int) (changes []Change, next []byte) {
	waiting := j.disk.waitingBefore(mark)
	give := func(c Change) {
		if len(changes) < limit {
			changes, next = append(changes, c), markOf(c)
		}
	}
	_ = j.db.View(func(tx *bbolt.Tx) error {
		back(tx.Bucket(bucketRecent).Cursor(), mark, func(key []byte) bool {
			for len(waiting) > 0 && bytes.Compare(markOf(waiting[0]), key) >= 0 {
				give(waiting[0])
				waiting = waiting[1:]
			}
			c, ok := change(tx, key[8:])
			if newer, owed := j.disk.waiting(string(key[8:])); ok && (!owed || newer.Version < c.Version) {
				give(c)
			}
			return len(changes) < limit
		})
		return nil
	})
	for _, c := range waiting {
		give(c)
	}
	return changes, next
}

// Sweep forgets finished entries and changes older than a time, in small transactions. It gives how many
// it has forgotten.
func (j *Journal) Sweep(ctx context.Context, before time.Time) (int, error) {
	const step = 500
	for total := 0; ; {
		count, err := ask(ctx, j, "sweep", func(tx *bbolt.Tx) (int, error) { return sweepSome(tx, before) })
		if total += count; err != nil || count == 0 {
			return total, err
		}
	}
}

// sweepSome forgets some of what is older than a time.
func sweepSome(tx *bbolt.Tx, before time.Time) (int, error) {
	const step = 500
	count := 0
	for _, bucket := range [][]byte{bucketClosed, bucketRecent} {
		old := olderThan(tx.Bucket(bucket), before, step)
		for _, key := range old {
			if err := forget(tx, bucket, key); err != nil {
				return 0, err
			}
		}
		count += len(old)
	}
	return count, nil
}

// olderThan lists the first keys of a bucket that begin with an earlier time.
func olderThan(bucket *bbolt.Bucket, before time.Time, most int) [][]byte {
	var keys [][]byte
	cursor := bucket.Cursor()
	for key, _ := cursor.First(); key != nil && len(keys) < most; key, _ = cursor.Next() {
		if binary.BigEndian.Uint64(key) >= uint64(before.UnixNano()) {
			break
		}
		keys = append(keys, append([]byte(nil), key...))
	}
	return keys
}

// forget deletes one aged thing: a finished entry with its wish, or a change.
func forget(tx *bbolt.Tx, bucket, key []byte) error {
	if err := tx.Bucket(bucket).Delete(key); err != nil {
		return err
	}
	if string(bucket) == string(bucketRecent) {
		return tx.Bucket(bucketChanges).Delete(key[8:])
	}
	n := key[8:]
	if e, err := decode(tx.Bucket(bucketOrders).Get(n)); err == nil {
		if now := tx.Bucket(bucketWishes).Get([]byte(e.UID)); string(now) == string(n) {
			if err := tx.Bucket(bucketWishes).Delete([]byte(e.UID)); err != nil {
				return err
			}
		}
	}
	return tx.Bucket(bucketOrders).Delete(n)
}
