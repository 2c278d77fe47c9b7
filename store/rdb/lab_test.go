package rdb

import (
	"context"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"waybill/store"
	"waybill/store/demo"
	"waybill/store/storetest"
)

// lab is a Redis on which flows go wrong: what stands between its nodes and Redis is the experiment's.
type lab struct {
	server *storetest.Server
	client *redis.Client
	hooks  []redis.Hook
	usual  map[string]string // flow → the shelves when nothing goes wrong
}

func newLab(t testing.TB, hooks ...redis.Hook) *lab { return labOn(storetest.Redis(t), hooks...) }

func labOn(server *storetest.Server, hooks ...redis.Hook) *lab {
	l := &lab{server: server, hooks: hooks, usual: map[string]string{}}
	l.client = l.newClient()
	return l
}

// newClient makes a client of a node of this lab.
func (l *lab) newClient() *redis.Client {
	client := l.server.NewClient()
	for _, hook := range l.hooks {
		client.AddHook(hook)
	}
	return client
}

// shop empties the Redis and gives the demo shop in it, without orders.
func (l *lab) shop(t testing.TB) *Store {
	t.Helper()
	s := newStore(l.client)
	must(t, l.client.FlushAll(t.Context()).Err())
	must(t, demo.Load(t.Context(), withoutOrders{s}))
	return s
}

// later gives a node for which a minute has passed.
func (l *lab) later() *Store {
	s := newStore(l.client)
	s.now = func() time.Time { return time.Now().Add(time.Minute) }
	return s
}

// usually is what the shelves hold after a flow in which nothing goes wrong.
func (l *lab) usually(t testing.TB, saga saga) string {
	t.Helper()
	if l.usual[saga.name] == "" {
		well := labOn(l.server)
		s := well.shop(t)
		must(t, saga.act(t.Context(), s, saga.prepare(t, s)))
		sweep(t, well.later(), saga.name)
		l.usual[saga.name] = holdings(t, s)
	}
	return l.usual[saga.name]
}

// between is a hook in front of everything that a client sends: one command, or several in one round trip.
type between func(cmds []redis.Cmder, next func([]redis.Cmder) error) error

func (between) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

func (b between) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		return b([]redis.Cmder{cmd}, func(cmds []redis.Cmder) error {
			for _, cmd := range cmds {
				if err := next(ctx, cmd); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

func (b between) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		return b(cmds, func(cmds []redis.Cmder) error { return next(ctx, cmds) })
	}
}

// checkLegs is invariant I5: nothing waits to be finished, each reservation was confirmed or freed, and
// whoever holds something is an order that is being assembled or waits, or a transfer that has not left.
func checkLegs(t testing.TB, s *Store) {
	t.Helper()
	ctx := t.Context()
	if left := leftUnsettled(ctx, s); left != 0 {
		t.Errorf("%d things are left unsettled", left)
	}
	directory, err := s.readDirectory(ctx)
	must(t, err)
	wanted := map[string]bool{}
	for _, n := range numbersOf(t, s) {
		if o := mustOrder(t, s, n); o.Status == store.Placed || o.Status == store.Ready || o.Status == store.Backordered {
			wanted[n.String()] = true
		}
	}
	for _, w := range directory.WarehouseIDs {
		// What the sweeper itself has reserved while it looked may be young, however slow the machine.
		old := &redis.ZRangeBy{Min: "-inf", Max: strconv.FormatInt(s.now().UnixMilli()-5*unconfirmed, 10)}
		for _, member := range s.client.ZRangeByScore(ctx, s.keyOpen(w), old).Val() {
			t.Errorf("%s: nobody has judged what was reserved for %s", w, member)
		}
		listed := s.client.SMembers(ctx, s.keyHolders(w)).Val()
		for key := range keysLike(ctx, s, s.keyReservation(w, "*")) {
			units := decodeUnits(s.client.HGetAll(ctx, key).Val())
			expires, closed := s.client.TTL(ctx, key).Val() > 0, units["#fence"] >= everyAttempt
			maps.DeleteFunc(units, func(product string, _ int) bool { return product[0] == '#' })
			if closed && !expires {
				t.Errorf("%s is closed for good and kept for ever", key)
			}
			if len(units) == 0 {
				continue
			}
			if !slices.Contains(listed, key) || expires || slices.Contains(slices.Collect(maps.Values(units)), 0) {
				t.Errorf("%s holds %v; it is listed: %v, it expires: %v", key, units, slices.Contains(listed, key), expires)
			}
			name := strings.TrimPrefix(key, s.keyReservation(w, ""))
			if transfer, err := s.transfer(ctx, name); !wanted[name] && (err != nil || !transfer.Fills() || transfer.State != store.TransferRequested || transfer.From != w) {
				t.Errorf("%s holds %v that nobody wants", key, units)
			}
		}
	}
}
