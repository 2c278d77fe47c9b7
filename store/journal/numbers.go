package journal

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"sync"

	"go.etcd.io/bbolt"

	"waybill/store"
)

// Block is a run of order numbers that Redis has leased to this node.
type Block struct {
	First, Last store.Number

	from store.Number // where the block began, once some of it is used up
}

// begun is the first number that the block ever had.
func (b Block) begun() store.Number { return cmp.Or(b.from, b.First) }

// numbers hands out the numbers of the leased blocks, the oldest block first. What was accepted is on
// disk with the entry itself; a number that was handed out and not accepted may come again after a
// restart, for nobody was told of it.
type numbers struct {
	mu     sync.Mutex
	blocks []Block
}

// In meta.
var (
	keyNext    = []byte("next")    // the first number of the first block that may be free
	keyHighest = []byte("highest") // the last number of the highest block ever leased
)

// load reads the blocks, without what is used up.
func (b *numbers) load(tx *bbolt.Tx) {
	var next store.Number
	if value := tx.Bucket(bucketMeta).Get(keyNext); value != nil {
		next = store.Number(binary.BigEndian.Uint64(value))
	}
	_ = tx.Bucket(bucketBlocks).ForEach(func(first, last []byte) error {
		block := Block{Last: store.Number(binary.BigEndian.Uint64(last)), from: store.Number(binary.BigEndian.Uint64(first))}
		if block.First = max(block.from, next); block.First <= block.Last {
			b.blocks = append(b.blocks, block)
		}
		return nil
	})
}

// used notes that all numbers up to n are used up, if n is of a block. Blocks are used in rising order,
// and several acceptances may be written in another order than their numbers.
func used(tx *bbolt.Tx, n store.Number) error {
	meta := tx.Bucket(bucketMeta)
	if !leased(tx, n) {
		return nil
	}
	if value := meta.Get(keyNext); value != nil && store.Number(binary.BigEndian.Uint64(value)) > n {
		return nil
	}
	return meta.Put(keyNext, numberKey(n+1))
}

// leased tells whether a number is of a block of this node: the demo's orders bear others.
func leased(tx *bbolt.Tx, n store.Number) bool {
	found := false
	_ = tx.Bucket(bucketBlocks).ForEach(func(first, last []byte) error {
		found = found || store.Number(binary.BigEndian.Uint64(first)) <= n && n <= store.Number(binary.BigEndian.Uint64(last))
		return nil
	})
	return found
}

// Number takes the next number; false when no block is left.
func (j *Journal) Number() (store.Number, bool) {
	j.blocks.mu.Lock()
	defer j.blocks.mu.Unlock()
	if len(j.blocks.blocks) == 0 {
		return 0, false
	}
	first := &j.blocks.blocks[0]
	n := first.First
	first.from = first.begun()
	if first.First++; first.First > first.Last {
		j.blocks.blocks = j.blocks.blocks[1:]
	}
	return n, true
}

// NumbersLeft tells how many numbers can still be handed out.
func (j *Journal) NumbersLeft() int {
	j.blocks.mu.Lock()
	defer j.blocks.mu.Unlock()
	left := 0
	for _, block := range j.blocks.blocks {
		left += int(block.Last-block.First) + 1
	}
	return left
}

// Highest is the highest number that was ever leased to this node, zero if none was. When Redis came
// back older, its counter has to be raised past it before anybody leases again.
func (j *Journal) Highest() store.Number {
	var highest store.Number
	_ = j.db.View(func(tx *bbolt.Tx) error {
		if value := tx.Bucket(bucketMeta).Get(keyHighest); value != nil {
			highest = store.Number(binary.BigEndian.Uint64(value))
		}
		return nil
	})
	return highest
}

// AddBlock keeps a leased block: durable. Older blocks that are used up are forgotten on the way.
func (j *Journal) AddBlock(ctx context.Context, b Block) error {
	err := j.write(ctx, "keep a block of numbers", func(tx *bbolt.Tx) error {
		if err := forgetUsed(tx); err != nil {
			return err
		}
		meta := tx.Bucket(bucketMeta)
		if value := meta.Get(keyHighest); value == nil || store.Number(binary.BigEndian.Uint64(value)) < b.Last {
			if err := meta.Put(keyHighest, numberKey(b.Last)); err != nil {
				return err
			}
		}
		return tx.Bucket(bucketBlocks).Put(numberKey(b.First), numberKey(b.Last))
	})
	if err != nil {
		return err
	}
	j.blocks.mu.Lock()
	defer j.blocks.mu.Unlock()
	j.blocks.blocks = append(j.blocks.blocks, b)
	slices.SortFunc(j.blocks.blocks, func(a, b Block) int { return int(a.First) - int(b.First) })
	return nil
}

// forgetUsed deletes the blocks of which nothing is left.
func forgetUsed(tx *bbolt.Tx) error {
	next := tx.Bucket(bucketMeta).Get(keyNext)
	if next == nil {
		return nil
	}
	var old [][]byte
	err := tx.Bucket(bucketBlocks).ForEach(func(first, last []byte) error {
		if bytes.Compare(last, next) < 0 {
			old = append(old, first)
		}
		return nil
	})
	for _, first := range old {
		err = errors.Join(err, tx.Bucket(bucketBlocks).Delete(first))
	}
	return err
}

// DropBlock gives up what is left of the block in which a number lies: durable. Another program has taken the
// number, and whoever takes one has mostly taken its neighbours too. It tells whether there was such a block.
func (j *Journal) DropBlock(ctx context.Context, n store.Number) (bool, error) {
	var dropped Block
	j.blocks.mu.Lock()
	j.blocks.blocks = slices.DeleteFunc(j.blocks.blocks, func(b Block) bool {
		if within := n <= b.Last && n >= b.begun(); within {
			dropped = b
			return true
		}
		return false
	})
	j.blocks.mu.Unlock()
	if dropped.Last == 0 {
		return false, nil
	}
	return true, j.write(ctx, "drop numbers", func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketBlocks).Delete(numberKey(dropped.begun()))
	})
}

// Spend notes that a number that Number has given is in use without an acceptance of its own: durable.
func (j *Journal) Spend(ctx context.Context, n store.Number) error {
	return j.write(ctx, "spend number "+n.String(), func(tx *bbolt.Tx) error { return used(tx, n) })
}
