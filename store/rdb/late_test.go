package rdb

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// calls are calls of scripts as they went to Redis.
type calls struct {
	mu   sync.Mutex
	on   bool
	made [][]any
}

// lasting are the scripts of which a call may reach Redis a second time, long after the first: it was held
// up on its way, and whoever sent it asked again. (A plain count says what is on the shelf at the moment at
// which it arrives; leases and turns are taken anew.)
func lasting() map[string]bool {
	known := map[string]bool{}
	for _, script := range []*redis.Script{
		scriptReserve, scriptRelease, scriptShip, scriptTransfer, scriptJoin, scriptEdit, scriptInspect, scriptArrive,
		scriptBook, scriptCorrected, scriptCountRows, scriptFence, scriptSettled, scriptReached, scriptWait, scriptLeave,
	} {
		known[script.Hash()] = true
	}
	return known
}

// record writes down the calls of lasting scripts.
func (c *calls) record() redis.Hook {
	known := lasting()
	return between(func(cmds []redis.Cmder, next func([]redis.Cmder) error) error {
		c.mu.Lock()
		for _, cmd := range cmds {
			if args := cmd.Args(); c.on && cmd.Name() == "evalsha" && known[args[1].(string)] {
				c.made = append(c.made, slices.Clone(args))
			}
		}
		c.mu.Unlock()
		return next(cmds)
	})
}

func (c *calls) recording(on bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.on = on
}

// twice sends each call of a script two times; what is heard is the second answer, as by somebody who heard
// nothing at first and asked again.
func twice() redis.Hook {
	return between(func(cmds []redis.Cmder, next func([]redis.Cmder) error) error {
		for _, cmd := range cmds {
			if name := cmd.Name(); name == "evalsha" || name == "eval" {
				_ = next([]redis.Cmder{redis.NewCmd(context.Background(), slices.Clone(cmd.Args())...)})
			}
		}
		return next(cmds)
	})
}

// Each call of a script reaches Redis twice: it happens once.
func TestEveryCallTwice(t *testing.T) {
	t.Parallel()
	l := newLab(t, twice())
	for _, saga := range sagas() {
		callTwice(t, l, saga)
	}
}

func callTwice(t testing.TB, l *lab, saga saga) {
	t.Helper()
	usual, s := l.usually(t, saga), l.shop(t)
	order := saga.prepare(t, s)
	if err := saga.act(t.Context(), s, order); err != nil && store.KindOf(err) != store.Conflict {
		t.Errorf("%s, each call twice: %v", saga.name, err)
	}
	check(t, s) // before the sweeper, who would hide it
	later := l.later()
	sweep(t, later, saga.name+", each call twice")
	happenedOnce(t, later, saga, order, usual, saga.name+", each call twice")
}

// Each call of a script reaches Redis once more when all is over, in the same order and in the reverse one:
// nothing has changed after the sweeper has looked.
func TestEveryCallLate(t *testing.T) {
	t.Parallel()
	c := &calls{}
	l := newLab(t, c.record())
	for _, saga := range sagas() {
		callLate(t, l, c, saga)
	}
}

func callLate(t testing.TB, l *lab, c *calls, saga saga) {
	t.Helper()
	usual, s := l.usually(t, saga), l.shop(t)
	c.made = nil
	c.recording(true)
	order := saga.prepare(t, s)
	if err := saga.act(t.Context(), s, order); err != nil {
		t.Errorf("%s: %v", saga.name, err)
	}
	later := l.later()
	sweep(t, later, saga.name)
	c.recording(false)
	for _, order := range []string{"late", "late and in reverse"} {
		for _, call := range c.made {
			_ = l.client.Process(t.Context(), redis.NewCmd(t.Context(), call...))
		}
		checkStock(t, later)
		sweep(t, later, saga.name+", each call "+order)
		slices.Reverse(c.made)
	}
	happenedOnce(t, later, saga, order, usual, saga.name+", each call late")
}

// holdings is what is on hand and reserved at all warehouses.
func holdings(t testing.TB, s *Store) string {
	t.Helper()
	directory, err := s.readDirectory(t.Context())
	must(t, err)
	all := map[string][2]map[string]int{}
	for _, w := range directory.WarehouseIDs {
		reserved := decodeUnits(s.client.HGetAll(t.Context(), s.keyReserved(w)).Val())
		for product, n := range reserved {
			if n == 0 {
				delete(reserved, product)
			}
		}
		all[w] = [2]map[string]int{decodeUnits(s.client.HGetAll(t.Context(), s.keyStock(w)).Val()), reserved}
	}
	return asJSON(all)
}
