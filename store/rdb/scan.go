package rdb

import (
	"context"
	"sync"

	"github.com/redis/go-redis/v9"
)

// scanCount is how many keys Redis looks at in one step of a scan.
const scanCount = 1000

// scan calls found for each key that matches a pattern, on every master of a cluster; kind limits it to keys
// of one type, "" for all. A key may come twice. found is never called by two goroutines at once.
func (s *Store) scan(ctx context.Context, pattern, kind string, found func(key string) error) error {
	cluster, ok := s.client.(*redis.ClusterClient)
	if !ok {
		return scanOne(ctx, s.client, pattern, kind, found)
	}
	var mu sync.Mutex
	return cluster.ForEachMaster(ctx, func(ctx context.Context, master *redis.Client) error {
		return scanOne(ctx, master, pattern, kind, func(key string) error {
			mu.Lock()
			defer mu.Unlock()
			return found(key)
		})
	})
}

func scanOne(ctx context.Context, client redis.Cmdable, pattern, kind string, found func(key string) error) error {
	first := client.Scan
	if kind != "" {
		first = func(ctx context.Context, cursor uint64, match string, count int64) *redis.ScanCmd {
			return client.ScanType(ctx, cursor, match, count, kind)
		}
	}
	scan := first(ctx, 0, pattern, scanCount).Iterator()
	for scan.Next(ctx) {
		if err := found(scan.Val()); err != nil {
			return err
		}
	}
	return scan.Err()
}
