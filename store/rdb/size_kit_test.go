package rdb

import (
	"context"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// firstGrown is the number of the first order that grow writes.
const firstGrown = 10_000_000

// grow writes delivered orders past the flows, just as they would have left them, ledger and counters
// included: each is a copy of one that went all the way.
func grow(t testing.TB, s *Store, orders int) {
	t.Helper()
	ctx := t.Context()
	o := toTheDoor(t, s)
	hash, history := s.client.HGetAll(ctx, s.keyOrder(o.Number)).Val(), s.client.LRange(ctx, s.keyHistory(o.Number), 0, -1).Val()
	for first := 0; first < orders; first += pageSize {
		count := min(pageSize, orders-first)
		commands, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
			for i := range count {
				copyOrder(ctx, s, p, o, store.Number(firstGrown+first+i), hash, history)
			}
			return nil
		})
		must(t, failed(commands, err))
	}
}

// toTheDoor places an order and takes it all the way.
func toTheDoor(t testing.TB, s *Store) store.Order {
	t.Helper()
	ctx := t.Context()
	o := mustPlace(t, s, line("prod1", 1))
	must(t, s.Pack(ctx, clerk, o.Number, "prod1", 1))
	must(t, s.Ready(ctx, clerk, o.Number))
	must(t, s.PickUp(ctx, courier, o.Number))
	must(t, s.Deliver(ctx, courier, o.Number, store.Proof{}))
	return mustOrder(t, s, o.Number)
}

// copyOrder writes what an order is, and what it did to the books, under another number.
func copyOrder(ctx context.Context, s *Store, p redis.Pipeliner, o store.Order, n store.Number, hash map[string]string, history []string) {
	fields := make([]any, 0, 2*len(hash))
	for field, value := range hash {
		if field == "uid" || field == "token" {
			value = n.String()
		}
		fields = append(fields, field, value)
	}
	p.HSet(ctx, s.keyOrder(n), fields...)
	p.Set(ctx, s.keyStatus(n), string(o.Status), 0)
	for _, entry := range history {
		p.RPush(ctx, s.keyHistory(n), strings.ReplaceAll(entry, o.Number.String(), n.String()))
	}
	for _, l := range o.Lines {
		p.RPush(ctx, s.keyLines(n), l.Product)
		p.HSet(ctx, s.keyQuantities(n), l.Product, l.Quantity)
		p.HSet(ctx, s.keyPacked(n), l.Product, l.Quantity)
		for kind, change := range map[store.MovementKind][2]int{store.MoveReceived: {l.Quantity, 0}, store.MoveReserved: {0, l.Quantity}, store.MoveShipped: {-l.Quantity, -l.Quantity}} {
			p.XAdd(ctx, &redis.XAddArgs{Stream: s.keyMovements(o.Warehouse), Values: []any{
				"kind", string(kind), "product", l.Product, "on_hand", change[0], "reserved", change[1],
				"reference", orderName(n), "who", "customer:shop", "why", "", "at", o.PlacedAt.UnixMilli(),
			}})
		}
	}
	p.RPush(ctx, keyQueue(s.part(n), o.Status), orderName(n))
	p.HIncrBy(ctx, keyLoad(s.part(n), o.Warehouse), string(o.Plan.LeavesOn), 1)
}

// sizes notes how much single commands of a client asked for, and how often each was sent.
type sizes struct {
	mu      sync.Mutex
	sent    map[string]int
	longest int    // elements of an answer, or keys of a question
	which   string // the command that it was
}

func (c *sizes) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

func (c *sizes) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		err := next(ctx, cmd)
		c.note(cmd)
		return err
	}
}

func (c *sizes) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		err := next(ctx, cmds)
		for _, cmd := range cmds {
			c.note(cmd)
		}
		return err
	}
}

func (c *sizes) note(cmd redis.Cmder) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sent == nil {
		c.sent = map[string]int{}
	}
	c.sent[cmd.Name()]++
	size := len(cmd.Args())
	switch answer := cmd.(type) {
	case *redis.StringSliceCmd:
		size = max(size, len(answer.Val()))
	case *redis.MapStringStringCmd:
		size = max(size, len(answer.Val()))
	case *redis.XMessageSliceCmd:
		size = max(size, len(answer.Val()))
	case *redis.ScanCmd:
		members, _ := answer.Val()
		size = max(size, len(members))
	}
	if size > c.longest {
		c.longest, c.which = size, cmd.String()[:min(80, len(cmd.String()))]
	}
}

// watched gives the shop through a client that notes sizes.
func watched(t testing.TB, s *Store) (*Store, *sizes) {
	t.Helper()
	if onClusters() {
		t.Skip("it counts what one server is asked for")
	}
	own, ok := s.client.(*redis.Client)
	if !ok {
		t.Fatal("not a plain client")
	}
	options := *own.Options()
	client := redis.NewClient(&options)
	t.Cleanup(func() { _ = client.Close() })
	noted := &sizes{}
	client.AddHook(noted)
	return newStore(client), noted
}
