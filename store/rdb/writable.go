package rdb

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"waybill/store"
	"waybill/store/journal"
)

// Keeper takes down what was changed and answered for. Its methods may be called by many goroutines.
type Keeper interface {
	// Keep returns when the changes are durable. What it cannot write down it remembers and writes down as
	// soon as it can; then it gives an error.
	Keep(ctx context.Context, changes ...journal.Change) error
	// KeepSoon is for what is durable in another way already.
	KeepSoon(changes ...journal.Change)
	// Failing tells why nothing can be written down; nil when it can, and all that was given to Keep is.
	Failing() error
}

// keepPatience is how long an answer waits for the disk at the most.
const keepPatience = time.Second

// keeping is this node's way to its Keeper.
type keeping struct {
	by Keeper // nil: nothing is kept

	mu    sync.Mutex
	going map[string][]chan struct{} // by key, the changes that are being made or written down at this moment
}

// writable refuses what people ask for while it could not be written down: before anything of it is done, and
// before it is found to be done already, for that is an answer too. What Waybill does itself goes on.
func (s *Store) writable() error {
	if !s.forPeople || s.kept.by == nil {
		return nil
	}
	if why := s.kept.by.Failing(); why != nil {
		return &store.Error{
			Kind: store.Unavailable, Err: fmt.Errorf("%w: %w", store.ErrNotWritten, why),
			Message: "We cannot write changes down safely at this moment, so this was not done. Please try again shortly.",
		}
	}
	return nil
}

// keepNow keeps changes before their maker is answered. When that fails they stand in Redis all the same, and
// their Keeper remembers them: whoever has asked for them is told that they are not sure to last, and what
// they mean for stock and order is left to the sweeper. Waybill itself goes on.
func (s *Store) keepNow(ctx context.Context, changes ...journal.Change) error {
	if s.kept.by == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepPatience)
	defer cancel()
	if err := s.kept.by.Keep(ctx, changes...); err != nil && s.forPeople {
		return unsure(changes[0].Key, err)
	}
	return nil
}

// unsure says that something was done and not written down.
func unsure(key string, why error) error {
	return &store.Error{
		Kind: store.Unavailable, Err: fmt.Errorf("%s: %w: %w", key, store.ErrUnsure, why),
		Message: "We could not write this down safely, so it may not last. Please look whether it was done, and if not, try again: doing the same twice does no harm.",
	}
}

// doneBefore tells people that what they ask for is done already, once whoever does it at this moment has
// written it down.
func (s *Store) doneBefore(ctx context.Context, key string) error {
	if !s.forPeople {
		return nil
	}
	s.kept.mu.Lock()
	going := slices.Clone(s.kept.going[key])
	s.kept.mu.Unlock()
	late := time.NewTimer(2 * keepPatience)
	defer late.Stop()
	for _, done := range going {
		select {
		case <-done:
		case <-late.C:
			return unsure(key, context.DeadlineExceeded)
		case <-ctx.Done():
			return wrap("await "+key, ctx.Err())
		}
	}
	if err := s.writable(); err != nil {
		return unsure(key, err)
	}
	return nil
}

// begin notes that something is being changed, until the change is written down and end is called, which may
// be called twice.
func (k *keeping) begin(key string) (end func()) {
	if k.by == nil {
		return func() {}
	}
	done := make(chan struct{})
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.going == nil {
		k.going = map[string][]chan struct{}{}
	}
	k.going[key] = append(k.going[key], done)
	return sync.OnceFunc(func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		if rest := slices.DeleteFunc(k.going[key], func(c chan struct{}) bool { return c == done }); len(rest) > 0 {
			k.going[key] = rest
		} else {
			delete(k.going, key)
		}
		close(done)
	})
}
