package rdb

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// Each script that moves units, or sets a threshold, keeps in the same step what its warehouse runs low of (see
// prelude.lua): a sorted set, furthest under its threshold first. So a page reads the few that it shows, and
// nobody has to look for them.

// judgedAtOnce is how many products one script judges anew.
const judgedAtOnce = 250

// lowReading asks, within somebody's pipeline, for a piece of what one warehouse runs low of.
type lowReading struct {
	warehouse string
	ids       *redis.ZSliceCmd
	count     *redis.IntCmd
}

func (k keys) askLow(ctx context.Context, p redis.Pipeliner, warehouse string, from int) lowReading {
	key := k.keyLow(warehouse)
	return lowReading{warehouse, p.ZRangeWithScores(ctx, key, int64(from), int64(from+store.LowAtOnce-1)), p.ZCard(ctx, key)}
}

// LowStock lists of what the warehouses run low, and what to do about it: those furthest under their
// thresholds, of all warehouses together. Three round trips at the most; one when nobody runs low.
//
// Keys: <warehouse>:low, <warehouse>:stock, <warehouse>:reserved, <warehouse>:thresholds, <warehouse>:to_receive, transfer:<id>.
func (s *Store) LowStock(ctx context.Context) (store.LowList, error) {
	directory, err := s.Directory(ctx)
	if err != nil {
		return store.LowList{}, err
	}
	low, err := s.readLow(ctx, directory, directory.WarehouseIDs, 0)
	return low, wrap("low stock", err)
}

// LowAt lists a piece of what one warehouse runs low of, from so many on; else it is as LowStock. NotFound for
// an unknown warehouse.
func (s *Store) LowAt(ctx context.Context, warehouse string, from int) (store.LowList, error) {
	directory, err := s.Directory(ctx)
	if err != nil {
		return store.LowList{}, err
	}
	if directory.Warehouses[warehouse].ID == "" {
		return store.LowList{}, noWarehouse(warehouse)
	}
	low, err := s.readLow(ctx, directory, []string{warehouse}, from)
	return low, wrap("low stock of "+warehouse, err)
}

func (s *Store) readLow(ctx context.Context, directory store.Directory, warehouses []string, from int) (store.LowList, error) {
	readings := make([]lowReading, len(warehouses))
	commands, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, w := range warehouses {
			readings[i] = s.askLow(ctx, p, w, from)
		}
		return nil
	})
	if err := failed(commands, err); err != nil {
		return store.LowList{}, err
	}
	return s.lowList(ctx, directory, readings...)
}

// lowList looks up what stands in some readings: the most urgent of all of them. Two round trips at the most.
func (s *Store) lowList(ctx context.Context, directory store.Directory, readings ...lowReading) (store.LowList, error) {
	type shelf struct {
		warehouse, product string
		score              float64
	}
	list, urgent, warehouses := store.LowList{All: map[string]int{}}, []shelf(nil), []string(nil)
	for _, r := range readings {
		if n := int(r.count.Val()); n > 0 {
			list.All[r.warehouse] = n
		}
		for _, z := range r.ids.Val() {
			urgent = append(urgent, shelf{r.warehouse, text(z.Member), z.Score})
		}
	}
	slices.SortStableFunc(urgent, func(a, b shelf) int { return cmp.Compare(a.score, b.score) })
	if urgent = urgent[:min(len(urgent), store.LowAtOnce)]; len(urgent) == 0 {
		return list, nil
	}
	var products []string
	for _, u := range urgent {
		products, warehouses = append(products, u.product), append(warehouses, u.warehouse)
	}
	slices.Sort(products)
	slices.Sort(warehouses)
	piles, err := s.piles(ctx, directory, slices.Compact(products), slices.Compact(warehouses))
	if err != nil {
		return list, err
	}
	for _, u := range urgent {
		if low, runs := judgeLow(piles[u.product], u.warehouse, u.product); runs {
			list.Rows = append(list.Rows, low)
		}
	}
	return list, nil
}

// judgeLow tells whether a warehouse runs low of a product, and from where it should take some.
func judgeLow(piles []store.Pile, warehouse, product string) (store.Low, bool) {
	i := slices.IndexFunc(piles, func(p store.Pile) bool { return p.Warehouse.ID == warehouse })
	if i < 0 || !piles[i].Low() {
		return store.Low{}, false
	}
	own := piles[i]
	low := store.Low{Warehouse: warehouse, Product: product, Free: own.Free, Threshold: own.Threshold, Coming: own.Coming, Revision: own.Revision}
	if take, ok := store.Suggest(own, piles); ok {
		low.Take = &take
	}
	return low, true
}

// lookAtLow judges anew, page by page, all that has a threshold or is said to run low: for what an outside
// program has written, and a shop whose Redis was filled by an older Waybill. It changes nothing where all is
// as it should be. Only the node that keeps house does it, now and then.
//
// Keys: <warehouse>:thresholds, <warehouse>:low, events. Emits stock.low.
func (s *Store) lookAtLow(ctx context.Context) error {
	directory, err := s.Directory(ctx)
	if err != nil {
		return err
	}
	for _, w := range directory.WarehouseIDs {
		for _, scan := range []func(cursor uint64) *redis.ScanCmd{
			func(cursor uint64) *redis.ScanCmd {
				return s.client.HScan(ctx, s.keyThresholds(w), cursor, "", pageSize)
			},
			func(cursor uint64) *redis.ScanCmd { return s.client.ZScan(ctx, s.keyLow(w), cursor, "", pageSize) },
		} {
			if err := s.judgePages(ctx, w, scan); err != nil {
				return wrap("look at what runs low", err)
			}
		}
	}
	return nil
}

// judgePages judges anew the products of a hash or a sorted set.
func (s *Store) judgePages(ctx context.Context, warehouse string, scan func(cursor uint64) *redis.ScanCmd) error {
	for cursor := uint64(0); ; {
		began := time.Now()
		pairs, next, err := scan(cursor).Result()
		if !harmless(err) {
			return err
		}
		var args []any
		for i := 0; i < len(pairs); i += 2 {
			args = append(args, pairs[i], "")
		}
		for chunk := range slices.Chunk(args, 2*judgedAtOnce) {
			if _, err := s.move(ctx, movement{script: scriptLow, warehouse: warehouse, args: chunk}); err != nil {
				return err
			}
		}
		if err := rest(ctx, began); err != nil || next == 0 {
			return err
		}
		cursor = next
	}
}
