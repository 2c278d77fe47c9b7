package rdb

import (
	"context"
	"sync"

	"waybill/store"
)

const (
	firstNumber = 100_123 // the first number of a new shop: six digits from the first day
	blockSize   = 50      // numbers leased at once by whoever keeps no journal
)

// Numbers hands out order numbers that nobody else is given: a node's journal does.
type Numbers interface {
	Number(ctx context.Context) (store.Number, error)
	// NumberBeyond gives one of another block than the number that somebody else has taken.
	NumberBeyond(ctx context.Context, taken store.Number) (store.Number, error)
}

// UseNumbers makes the store take its numbers from somewhere else than a block of its own. It must be called
// before the store is used.
func (s *Store) UseNumbers(from Numbers) { s.numbers.from = from }

// numbers hands out order numbers from a block that this store has leased. Numbers of a block that is not
// used up when the node ends are never used.
type numbers struct {
	from Numbers

	mu         sync.Mutex
	next, last store.Number
}

// LeaseNumbers takes the next so many numbers for this node alone, all of them above a floor; none only
// raises the counter to the floor, so that nobody else is given what is below. Keys: numbers.
func (s *Store) LeaseNumbers(ctx context.Context, floor store.Number, count int) (first, last store.Number, err error) {
	end, err := scriptNumbers.Run(ctx, s.client, []string{keyNumbers}, max(floor, firstNumber-1).String(), count).Uint64()
	return store.Number(end) - store.Number(count) + 1, store.Number(end), wrap("lease numbers", err)
}

// number takes the next order number, leasing a block when the last one is used up.
func (s *Store) number(ctx context.Context) (store.Number, error) {
	if s.numbers.from != nil {
		return s.numbers.from.Number(ctx)
	}
	s.numbers.mu.Lock()
	defer s.numbers.mu.Unlock()
	if s.numbers.next == 0 || s.numbers.next > s.numbers.last {
		first, last, err := s.LeaseNumbers(ctx, 0, blockSize)
		if err != nil {
			return 0, err
		}
		s.numbers.next, s.numbers.last = first, last
	}
	n := s.numbers.next
	s.numbers.next++
	return n, nil
}

// numberBeyond takes a number from another block than one that somebody else has taken: whoever takes one
// has mostly taken its neighbours too.
func (s *Store) numberBeyond(ctx context.Context, taken store.Number) (store.Number, error) {
	if s.numbers.from != nil {
		return s.numbers.from.NumberBeyond(ctx, taken)
	}
	s.dropNumbers()
	return s.number(ctx)
}

// dropNumbers gives the rest of the block up.
func (s *Store) dropNumbers() {
	s.numbers.mu.Lock()
	defer s.numbers.mu.Unlock()
	s.numbers.next = 0
}
