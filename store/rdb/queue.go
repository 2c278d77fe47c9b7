package rdb

import (
	"context"
	"math"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// priorityStep is by how much one step of priority moves an order ahead in a queue: further than any
// age in milliseconds, and small enough for every score to be exact.
const priorityStep = 1e13

// score is an order's place in the queues of what it waits for: by priority, then by age.
func score(o store.Order) float64 {
	return float64(o.PlacedAt.UnixMilli()) - float64(o.Priority)*priorityStep
}

// unscore reads priority and age out of a score.
func unscore(score float64) (priority int, since time.Time) {
	steps := math.Floor(score / priorityStep)
	return -int(steps), time.UnixMilli(int64(score - steps*priorityStep)).UTC()
}

// waitsFor lists what an order has to wait for when so much is short: of each such product all that it
// lacks, because it is sent whole. One that no warehouse assembles yet holds nothing and lacks all.
func waitsFor(o store.Order, short []store.Shortage) []store.Line {
	var lines []store.Line
	for _, s := range short {
		lines = append(lines, store.Line{Product: s.Product, Quantity: store.Quantity(o.Lacking(), s.Product)})
	}
	return lines
}

// claims lists what a waiting order waits for. One of which that was not noted, because an outside
// program made it wait, waits for everything that it lacks.
func claims(o store.Order) []store.Line {
	if len(o.Waits) == 0 {
		return o.Lacking()
	}
	return o.Waits
}

// joinQueues puts an order into the queues of the products that it waits for, within the limits that
// most names; all of them in one round trip. When one of the queues is full it leaves them all again
// and tells for how many units there is room in it. Repeating it changes nothing.
//
// Keys: product:<id>:waiting, product:<id>:waiting:units, waiting.products (lua/wait.lua).
func (s *Store) joinQueues(ctx context.Context, o store.Order, attempt int, most func(product string) int) (full map[string]int, err error) {
	lines := claims(o)
	results, err := s.queueScripts(ctx, scriptWait, lines, func(line store.Line) []any {
		return s.queueArgs(o, line, most(line.Product), attempt)
	})
	if err != nil {
		return nil, wrap("join queues", err)
	}
	full = map[string]int{}
	for i, result := range results {
		if word, details := answer(result); word == "full" {
			full[lines[i].Product], _ = strconv.Atoi(details[0])
		}
	}
	if len(full) > 0 {
		return full, s.leaveQueues(ctx, o.Number, lines)
	}
	return nil, nil
}

func noLimit(string) int { return 0 }

// leaveQueues takes an order off the queues of some products. Repeating it changes nothing.
// Keys: as joinQueues (lua/leave.lua).
func (s *Store) leaveQueues(ctx context.Context, n store.Number, lines []store.Line) error {
	_, err := s.queueScripts(ctx, scriptLeave, lines, func(line store.Line) []any {
		return s.queueArgs(store.Order{Number: n}, line, 0, 0)
	})
	return wrap("leave queues", err)
}

func (s *Store) queueArgs(o store.Order, line store.Line, most, attempt int) []any {
	return []any{
		orderName(o.Number), strconv.Itoa(line.Quantity), strconv.FormatFloat(score(o), 'f', 0, 64), strconv.Itoa(most),
		line.Product, liveTalk(liveCatalogue), liveTalk(liveWaiting), strconv.Itoa(attempt),
	}
}

// queueScripts runs one script for the queue of each line's product, all in one round trip.
func (s *Store) queueScripts(ctx context.Context, script *redis.Script, lines []store.Line, args func(store.Line) []any) ([]any, error) {
	keys := func(line store.Line) []string {
		return []string{
			s.keyProductWaiting(line.Product), s.keyProductUnits(line.Product), keyWaiting(s.partOf(line.Product)),
			keyRevision(s.partOf(line.Product), liveCatalogue), keyRevision(s.partOf(line.Product), liveWaiting),
		}
	}
	results, commands := make([]any, len(lines)), make([]*redis.Cmd, len(lines))
	if len(lines) == 0 {
		return nil, nil
	}
	_, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, line := range lines {
			commands[i] = script.EvalSha(ctx, p, keys(line), args(line)...)
		}
		return nil
	})
	for i, line := range lines {
		results[i], err = commands[i].Result()
		if redis.HasErrorPrefix(err, "NOSCRIPT") {
			results[i], err = script.Eval(ctx, s.client, keys(line), args(line)...).Result()
		}
		if err != nil {
			return nil, err
		}
	}
	return results, nil
}

// ahead tells how many units of some products are claimed by orders that are served before this one; where
// it does not stand in the queue, all that are claimed. One round trip for each product.
func (s *Store) ahead(ctx context.Context, n store.Number, products []string) (map[string]int, error) {
	ahead := make(map[string]int, len(products))
	for _, product := range products {
		keys := []string{s.keyProductWaiting(product), s.keyProductUnits(product)}
		units, err := scriptAhead.Run(ctx, s.client, keys, orderName(n)).Int()
		if err != nil {
			return nil, err
		}
		ahead[product] = units
	}
	return ahead, nil
}

// readQueues reads the queues of some products, in one round trip.
func (s *Store) readQueues(ctx context.Context, products []string) (store.Queues, error) {
	type reading struct {
		members *redis.ZSliceCmd
		units   *redis.MapStringStringCmd
	}
	readings := make([]reading, len(products))
	if len(products) == 0 {
		return nil, nil
	}
	commands, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, product := range products {
			readings[i] = reading{p.ZRangeWithScores(ctx, s.keyProductWaiting(product), 0, -1), p.HGetAll(ctx, s.keyProductUnits(product))}
		}
		return nil
	})
	if err := failed(commands, err); err != nil {
		return nil, err
	}
	queues := make(store.Queues, len(products))
	for i, product := range products {
		units := decodeUnits(readings[i].units.Val())
		for _, z := range readings[i].members.Val() {
			member, _ := z.Member.(string)
			if n, ok := orderOf(member); ok {
				claim := store.Claim{Order: n, Units: units[member]}
				claim.Priority, claim.Since = unscore(z.Score)
				queues[product] = append(queues[product], claim)
			}
		}
	}
	return queues, nil
}

// waitedFor lists the products that some order waits for.
func (s *Store) waitedFor(ctx context.Context) ([]string, error) {
	var asked members
	_, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		asked = s.askMembers(ctx, p, keyWaiting)
		return nil
	})
	return asked.all(), err
}

// waiting reads all queues.
func (s *Store) waiting(ctx context.Context) (store.Queues, error) {
	products, err := s.waitedFor(ctx)
	if err != nil {
		return nil, err
	}
	return s.readQueues(ctx, products)
}
