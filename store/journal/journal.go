// Package journal keeps on a node's own disk what the node has promised to people: each order
// before it is acknowledged, the numbers that orders may bear, every change of an order or of
// stock that was answered for, and a copy of what is needed to take orders while Redis is away.
//
// It is one bbolt file. Everything that goes in is written by one goroutine (write.go), which
// puts what many callers want into one transaction and so into one fsync. Whoever gets nil from
// a method that says "durable" may tell the customer: a power cut does not take it back. A disk
// that fails or is full gives store.Unavailable, never a false yes (disk.go).
package journal

import (
	"cmp"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"time"

	"go.etcd.io/bbolt"

	"waybill/store"
)

// ErrOtherShop says that the journal belongs to another shop than the Redis it was opened with:
// its orders must not be replayed there.
var ErrOtherShop = errors.New("this journal belongs to another shop")

// The buckets of the file.
var (
	bucketMeta     = []byte("meta")     // shop, format, next number
	bucketBlocks   = []byte("blocks")   // first number of a leased block → its last
	bucketOrders   = []byte("orders")   // number → Entry, JSON
	bucketWishes   = []byte("wishes")   // uid → number
	bucketPending  = []byte("pending")  // order of acceptance → number: what Redis does not surely have
	bucketClosed   = []byte("closed")   // time + number: finished entries, for the sweep
	bucketChanges  = []byte("changes")  // key → change
	bucketRecent   = []byte("recent")   // time + key: changes by age
	bucketSnapshot = []byte("snapshot") // name → time + bytes
	bucketUnwanted = []byte("unwanted") // number → Unwanted, JSON
)

const format = "1" // what is in meta; a file of a later format is refused

// Options are what a Journal takes from the house.
type Options struct {
	Path string           // of the file; made (0600) if it is missing
	Now  func() time.Time // the clock
}

// Journal is the open file. All methods may be called by many goroutines at once.
type Journal struct {
	db     *bbolt.DB
	now    func() time.Time
	writer *writer
	blocks numbers
	disk   disk
}

// Open opens the file, or makes it. It fails when another process has it, and when it is not a
// journal, or damaged so that it cannot be read: then a person has to look, for promises may be in it.
func Open(o Options) (j *Journal, err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true)) // a file that was cut short ends within a page
	defer func() {
		if r := recover(); r != nil { // bbolt panics over pages that make no sense
			j, err = nil, damaged(o.Path, fmt.Errorf("%v", r))
		}
	}()
	db, err := bbolt.Open(o.Path, 0o600, &bbolt.Options{Timeout: time.Second, FreelistType: bbolt.FreelistMapType})
	switch {
	case errors.Is(err, bbolt.ErrTimeout):
		return nil, fmt.Errorf("the journal %s is in use by another process: %w", o.Path, err)
	case errors.Is(err, bbolt.ErrInvalid), errors.Is(err, bbolt.ErrVersionMismatch), errors.Is(err, bbolt.ErrChecksum):
		return nil, damaged(o.Path, err)
	case err != nil:
		return nil, fmt.Errorf("the journal %s cannot be opened: %w", o.Path, err)
	}
	j = &Journal{db: db, now: o.Now}
	if err := j.prepare(); err != nil {
		return nil, errors.Join(damaged(o.Path, err), db.Close())
	}
	j.writer = newWriter(db, j.disk.failed)
	return j, nil
}

// damaged says what a person should do about a file that cannot be read.
func damaged(path string, err error) error {
	return fmt.Errorf("the journal %s cannot be read. Orders that were promised to customers may be in it, so nothing was changed: "+
		"bring it back from a copy, or move it away and keep it, and start again: %w", path, err)
}

// Temporary opens a journal that is gone when it is closed: for a shop whose Redis is in memory.
func Temporary(now func() time.Time) (*Journal, error) {
	file, err := os.CreateTemp("", "waybill-journal-*.db")
	if err != nil {
		return nil, err
	}
	path := file.Name()
	if err := file.Close(); err != nil {
		return nil, err
	}
	j, err := Open(Options{Path: path, Now: now})
	return j, errors.Join(err, os.Remove(path)) // the open file lives on until it is closed
}

// prepare makes the buckets, reads the numbers, and sees to it that every promise can be read.
func (j *Journal) prepare() error {
	return j.db.Update(func(tx *bbolt.Tx) error {
		if info, err := os.Stat(j.db.Path()); err != nil || info.Size() < tx.Size() {
			return cmp.Or(err, errors.New("it was cut short"))
		}
		for _, name := range [][]byte{
			bucketMeta, bucketBlocks, bucketOrders, bucketWishes, bucketPending, bucketClosed, bucketChanges, bucketRecent, bucketSnapshot, bucketUnwanted,
		} {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		meta := tx.Bucket(bucketMeta)
		if found := string(meta.Get([]byte("format"))); found != "" && found != format {
			return fmt.Errorf("it has format %q, and this Waybill knows format %s", found, format)
		}
		j.blocks.load(tx)
		err := tx.Bucket(bucketPending).ForEach(func(_, n []byte) error {
			if len(n) != 8 {
				return errors.New("it lists an order without a number")
			}
			if _, ok := entry(tx, store.Number(binary.BigEndian.Uint64(n))); !ok {
				return fmt.Errorf("order %d makes no sense", binary.BigEndian.Uint64(n))
			}
			return nil
		})
		if err != nil {
			return err
		}
		return meta.Put([]byte("format"), []byte(format))
	})
}

// Close writes what is still due and closes the file. Nothing may be called after it. An error may say that
// changes are in Redis only.
func (j *Journal) Close() error {
	err := j.lastTry()
	j.writer.close()
	return errors.Join(err, j.db.Close())
}

// Belong ties the journal to a shop: durable the first time. ErrOtherShop when it is another's.
func (j *Journal) Belong(ctx context.Context, shop string) error {
	return j.write(ctx, "belong", func(tx *bbolt.Tx) error {
		meta := tx.Bucket(bucketMeta)
		switch found := string(meta.Get([]byte("shop"))); found {
		case shop:
			return nil
		case "":
			return meta.Put([]byte("shop"), []byte(shop))
		}
		return ErrOtherShop
	})
}

// MoveTo ties the journal to another shop, with the orders that are still pending: durable. What was known of
// the shop before is forgotten: copies, changes, finished orders, and the numbers that were leased there.
func (j *Journal) MoveTo(ctx context.Context, shop string) error {
	err := j.write(ctx, "move to another shop", func(tx *bbolt.Tx) error {
		for _, name := range [][]byte{bucketBlocks, bucketChanges, bucketRecent, bucketSnapshot, bucketClosed} {
			if err := tx.DeleteBucket(name); err != nil {
				return err
			}
			if _, err := tx.CreateBucket(name); err != nil {
				return err
			}
		}
		if err := forgetFinished(tx); err != nil {
			return err
		}
		meta := tx.Bucket(bucketMeta)
		return errors.Join(meta.Delete(keyNext), meta.Delete(keyHighest), meta.Put([]byte("shop"), []byte(shop)))
	})
	if err == nil {
		j.blocks.mu.Lock()
		j.blocks.blocks = nil
		j.blocks.mu.Unlock()
	}
	return err
}

// Shop is the shop that the journal belongs to; "" as long as it was with none.
func (j *Journal) Shop() string {
	shop := ""
	_ = j.db.View(func(tx *bbolt.Tx) error {
		shop = string(tx.Bucket(bucketMeta).Get([]byte("shop")))
		return nil
	})
	return shop
}

// ask is write for work that finds something out. What it finds is given only when it is durable: a caller
// who has not waited that long must not look at what the writer is still at.
func ask[T any](ctx context.Context, j *Journal, op string, work func(*bbolt.Tx) (T, error)) (T, error) {
	var found, none T
	err := j.write(ctx, op, func(tx *bbolt.Tx) (err error) {
		found, err = work(tx)
		return err
	})
	if err != nil {
		return none, err
	}
	return found, nil
}

// stampKey makes keys that sort by time: nanoseconds, big endian, then what they are about.
func stampKey(at time.Time, about []byte) []byte {
	return append(binary.BigEndian.AppendUint64(nil, uint64(at.UnixNano())), about...)
}

func numberKey(n store.Number) []byte { return binary.BigEndian.AppendUint64(nil, uint64(n)) }

func mustEncode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // only our own plain structs come here
	}
	return b
}
