package journal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"
)

const (
	batchMost  = 512                    // works in one transaction
	lazyPeriod = 100 * time.Millisecond // how long work that nobody waits for may lie
)

// errClosed is the answer to work that comes after Close.
var errClosed = errors.New("the journal is closed")

// diskError is a failure of the file, as opposed to one that the work itself has returned.
type diskError struct{ err error }

func (e *diskError) Error() string { return e.err.Error() }
func (e *diskError) Unwrap() error { return e.err }

// work is something to do within a transaction. done is nil when nobody waits for it; then may hear how it
// went all the same.
type work struct {
	do    func(*bbolt.Tx) error
	done  chan error
	then  func(error)
	state atomic.Int32
}

const (
	queued    = iota // it may still be withdrawn
	begun            // it is in a transaction, or was
	withdrawn        // nobody wants it any more
)

// writer is the one goroutine that writes. While one transaction waits for the disk, the works of
// the next gather: the more callers there are, the more of them share an fsync.
type writer struct {
	db     *bbolt.DB
	failed func(why error) // hears of each transaction that the file has not taken
	queue  chan *work
	ending chan struct{}
	ended  chan struct{}
}

func newWriter(db *bbolt.DB, failed func(error)) *writer {
	w := &writer{db: db, failed: failed, queue: make(chan *work, 4*batchMost), ending: make(chan struct{}), ended: make(chan struct{})}
	go w.run()
	return w
}

// do has the work done and waits until it is durable. When ctx ends first, it is not done, unless a transaction
// has begun with it: then it may be.
func (w *writer) do(ctx context.Context, do func(*bbolt.Tx) error) error {
	mine := &work{do: do, done: make(chan error, 1)}
	select {
	case w.queue <- mine:
	case <-w.ending:
		return &diskError{errClosed}
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-mine.done:
		return err
	case <-w.ended:
		select {
		case err := <-mine.done:
			return err
		default:
			return &diskError{errClosed}
		}
	case <-ctx.Done():
		mine.state.CompareAndSwap(queued, withdrawn)
		return ctx.Err()
	}
}

// later has the work done within lazyPeriod, or with the next that somebody waits for. It may be lost
// with the power; it must be of the kind that is found out again. It waits only when the queue is full.
// then, if it is there, hears whether it was done; it is called by the writer and must not block.
func (w *writer) later(do func(*bbolt.Tx) error, then func(error)) {
	select {
	case w.queue <- &work{do: do, then: then}:
	case <-w.ending:
	}
}

// close does what is queued and ends the goroutine.
func (w *writer) close() {
	close(w.ending)
	<-w.ended
}

func (w *writer) run() {
	defer close(w.ended)
	tick := time.NewTicker(lazyPeriod)
	defer tick.Stop()
	var batch []*work
	waited := false
	add := func(one *work) {
		batch = append(batch, one)
		waited = waited || one.done != nil
	}
	for {
		select {
		case one := <-w.queue:
			add(one)
			for more := true; more && len(batch) < batchMost; {
				select {
				case one := <-w.queue:
					add(one)
				default:
					more = false
				}
			}
			if !waited && len(batch) < batchMost {
				continue
			}
		case <-tick.C:
		case <-w.ending:
			for more := true; more; {
				select {
				case one := <-w.queue:
					add(one)
				default:
					more = false
				}
			}
			w.commit(batch)
			return
		}
		w.commit(batch)
		batch, waited = nil, false
	}
}

// commit does a batch in one transaction. A work that fails by itself must not take the others with it:
// it is answered, and the transaction is begun again without it.
func (w *writer) commit(batch []*work) {
	batch = slices.DeleteFunc(batch, func(one *work) bool { return !one.state.CompareAndSwap(queued, begun) })
	for len(batch) > 0 {
		failed := -1
		err := w.update(batch, &failed)
		if failed >= 0 {
			batch[failed].answer(err)
			batch = append(batch[:failed:failed], batch[failed+1:]...)
			continue
		}
		if err != nil {
			w.failed(err)
		}
		for _, one := range batch {
			if err != nil {
				one.answer(&diskError{err})
			} else {
				one.answer(nil)
			}
		}
		return
	}
}

// update runs one transaction. failed tells whose work has returned the error; −1 means the file's.
func (w *writer) update(batch []*work, failed *int) (err error) {
	defer func() {
		if r := recover(); r != nil { // bbolt panics over pages that make no sense
			*failed, err = -1, fmt.Errorf("the file is damaged: %v", r)
		}
	}()
	return w.db.Update(func(tx *bbolt.Tx) error {
		for i, one := range batch {
			if err := one.do(tx); err != nil {
				*failed = i
				return err
			}
		}
		return nil
	})
}

func (o *work) answer(err error) {
	if o.done != nil {
		o.done <- err
	}
	if o.then != nil {
		o.then(err)
	}
}
