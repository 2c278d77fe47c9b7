package rdb

import (
	"context"
	"sync"

	"waybill/store"
)

const (
	firstNumber = 100_123 // the first number of a new shop: six digits from the first day
	blockSize   = 50      // numbers leased at once
)

// numbers hands out order numbers from a block that this node has leased. Numbers of a
// block that is not used up when the node ends are never used.
type numbers struct {
	mu         sync.Mutex
	next, last store.Number
}

// dropNumbers gives the rest of the block up.
func (s *Store) dropNumbers() {
	s.numbers.mu.Lock()
	defer s.numbers.mu.Unlock()
	s.numbers.next = 0
}

// number takes the next order number, leasing a block when the last one is used up.
// Keys: numbers.
func (s *Store) number(ctx context.Context) (store.Number, error) {
	s.numbers.mu.Lock()
	defer s.numbers.mu.Unlock()
	if s.numbers.next == 0 || s.numbers.next > s.numbers.last {
		if err := s.client.SetNX(ctx, keyNumbers, firstNumber-1, 0).Err(); err != nil {
			return 0, err
		}
		last, err := s.client.IncrBy(ctx, keyNumbers, blockSize).Uint64()
		if err != nil {
			return 0, err
		}
		s.numbers.last, s.numbers.next = store.Number(last), store.Number(last-blockSize+1)
	}
	n := s.numbers.next
	s.numbers.next++
	return n, nil
}
