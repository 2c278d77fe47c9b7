package journal

import (
	"context"
	"encoding/binary"
	"time"

	"go.etcd.io/bbolt"
)

// SaveSnapshot keeps a copy of something that this node must know while Redis is away, under a name:
// durable. It replaces the copy before it.
func (j *Journal) SaveSnapshot(ctx context.Context, name string, data []byte) error {
	value := append(binary.BigEndian.AppendUint64(nil, uint64(j.now().UnixNano())), data...)
	return j.write(ctx, "snapshot of "+name, func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketSnapshot).Put([]byte(name), value)
	})
}

// Snapshot gives the copy under a name and when it was made, UTC; nil when there is none.
func (j *Journal) Snapshot(name string) (data []byte, at time.Time) {
	_ = j.db.View(func(tx *bbolt.Tx) error {
		if value := tx.Bucket(bucketSnapshot).Get([]byte(name)); len(value) >= 8 {
			at = time.Unix(0, int64(binary.BigEndian.Uint64(value))).UTC()
			data = append([]byte{}, value[8:]...)
		}
		return nil
	})
	return data, at
}

// Stats are figures for the owner's page and for /metrics.
type Stats struct {
	Pending int       // orders that are promised and not surely in Redis
	Oldest  time.Time // when the oldest of them was accepted, UTC; zero if there is none
	Bytes   int64     // size of the file
	Numbers int       // order numbers that can be given without Redis
	Owed    int       // changes that stand in Redis and wait in memory for a disk that fails
	NotKept int64     // those, since the start, for which there was no room in memory: if Redis forgets them, they are lost
}

// Stats reads them; it costs no more than a page of the file.
func (j *Journal) Stats() Stats {
	s := Stats{Numbers: j.NumbersLeft()}
	s.Owed, s.NotKept = j.disk.counts()
	_ = j.db.View(func(tx *bbolt.Tx) error {
		s.Bytes = tx.Size()
		pending := tx.Bucket(bucketPending)
		s.Pending = pending.Stats().KeyN
		return nil
	})
	if first := j.Pending(0, 1); len(first) > 0 {
		s.Oldest = first[0].At
	}
	return s
}
