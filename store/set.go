package store

import (
	"iter"
	"math/bits"
)

// set holds small whole numbers, one bit each.
type set []uint64

func newSet(size int) set { return make(set, (size+63)/64) }

// newSets makes sets of the same size.
func newSets(count, size int) []set {
	words := (size + 63) / 64
	sets, all := make([]set, count), make(set, count*words)
	for i := range sets {
		sets[i] = all[i*words:][:words:words]
	}
	return sets
}

func (s set) add(n int) { s[n/64] |= 1 << (n % 64) }

// fill makes it the set of all numbers below n.
func (s set) fill(n int) {
	for i := range s {
		s[i] = ^uint64(0)
	}
	if n%64 != 0 {
		s[len(s)-1] = 1<<(n%64) - 1
	}
}

// keep drops what the other set does not hold, and tells whether anything is left.
func (s set) keep(other set) bool {
	left := uint64(0)
	for i, word := range other[:len(s)] {
		s[i] &= word
		left |= s[i]
	}
	return left != 0
}

func (s set) all() iter.Seq[int] {
	return func(yield func(int) bool) {
		for i, word := range s {
			for ; word != 0; word &= word - 1 {
				if !yield(i*64 + bits.TrailingZeros64(word)) {
					return
				}
			}
		}
	}
}
