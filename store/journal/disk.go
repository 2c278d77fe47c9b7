package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"go.etcd.io/bbolt"

	"waybill/store"
)

const (
	owedMost   = 10_000                 // things whose changes wait in memory at the most
	owedAtOnce = 500                    // of them written in one transaction
	slowDisk   = 900 * time.Millisecond // whoever has waited so long in vain takes it that the disk does not work
)

// disk is what is known of the file's disk: whether it can be written to, and the changes that stand in Redis
// and wait for it in memory. It fails from the first write that goes wrong until Probe has written down all
// that waits. Of each thing only the newest picture waits.
type disk struct {
	mu   sync.Mutex
	why  error // nil while it works
	owed map[string]Change
	lost int64 // changes for which there was no room in memory
}

func (d *disk) failed(why error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.why = why
}

// owe remembers changes that could not be written down.
func (d *disk) owe(why error, changes []Change) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.why = why
	for _, c := range changes {
		waiting, known := d.owed[c.Key]
		switch {
		case known && waiting.Version >= c.Version:
		case !known && len(d.owed) >= owedMost:
			d.lost++
		default:
			if d.owed == nil {
				d.owed = map[string]Change{}
			}
			d.owed[c.Key] = c
		}
	}
}

// some are changes that wait, at most limit.
func (d *disk) some(limit int) []Change {
	d.mu.Lock()
	defer d.mu.Unlock()
	list := make([]Change, 0, min(limit, len(d.owed)))
	for _, c := range d.owed {
		if len(list) == limit {
			break
		}
		list = append(list, c)
	}
	return list
}

// written forgets changes that are on the disk now, where nothing newer waits.
func (d *disk) written(changes []Change) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, w := range changes {
		if c, ok := d.owed[w.Key]; ok && c.Version <= w.Version {
			delete(d.owed, w.Key)
		}
	}
}

// works says that the disk does, unless something waits for it still.
func (d *disk) works() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.owed) == 0 {
		d.why = nil
	}
}

// waiting is the change of a thing that waits, if there is one.
func (d *disk) waiting(key string) (Change, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c, ok := d.owed[key]
	return c, ok
}

// counts tells how many changes wait, and for how many there was no room.
func (d *disk) counts() (owed int, lost int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.owed), d.lost
}

// waitingBefore are the changes that wait, from the newest to the oldest, those before a mark of Newest.
func (d *disk) waitingBefore(mark []byte) []Change {
	d.mu.Lock()
	list := slices.Collect(maps.Values(d.owed))
	d.mu.Unlock()
	list = slices.DeleteFunc(list, func(c Change) bool { return mark != nil && bytes.Compare(markOf(c), mark) >= 0 })
	slices.SortFunc(list, func(a, b Change) int { return bytes.Compare(markOf(b), markOf(a)) })
	return list
}

func (d *disk) failing() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.why
}

// Failing tells why nothing can be written down at this moment; nil when it can, and all changes that were
// given to Keep are durable.
func (j *Journal) Failing() error { return j.disk.failing() }

// Probe tries a disk that fails: it writes down what waits in memory, then something without meaning,
// durably. After nil the journal does not fail any more, unless another write went wrong meanwhile. Somebody
// has to call it now and then while Failing tells of something.
func (j *Journal) Probe(ctx context.Context) error {
	for some := j.disk.some(owedAtOnce); len(some) > 0; some = j.disk.some(owedAtOnce) {
		if err := j.write(ctx, "keep "+some[0].Key, keepAll(some)); err != nil {
			return err
		}
		j.disk.written(some)
	}
	err := j.write(ctx, "probe", func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketMeta).Put([]byte("probed"), stampKey(j.now(), nil))
	})
	if err == nil {
		j.disk.works()
	}
	return err
}

// lastTry writes down what waits in memory before it is gone.
func (j *Journal) lastTry() error {
	if len(j.disk.some(1)) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if err := j.Probe(ctx); err != nil {
		return fmt.Errorf("%d changes stand in Redis and could not be written down: %w", j.Stats().Owed, err)
	}
	return nil
}

// write hands work to the writer and says what a failure of the disk means to people. Errors that
// the work itself returns pass unchanged.
func (j *Journal) write(ctx context.Context, op string, work func(*bbolt.Tx) error) error {
	began := time.Now()
	err := j.writer.do(ctx, work)
	if errors.Is(err, context.DeadlineExceeded) && time.Since(began) >= slowDisk {
		j.disk.failed(err)
	}
	if failed, ok := errors.AsType[*diskError](err); ok {
		return unavailable(op, failed.err)
	}
	return err
}

// unavailable says to people that the disk fails.
func unavailable(op string, why error) error {
	return &store.Error{
		Kind:    store.Unavailable,
		Message: "We cannot write anything down safely at this moment, so this was not done. Please try again in a few minutes.",
		Err:     fmt.Errorf("journal: %s: %w", op, why),
	}
}
