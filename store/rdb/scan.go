package rdb

import (
	"context"
	"sync"
	"time"

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
	for cursor := uint64(0); ; {
		began := time.Now()
		keys, next, err := scanPage(ctx, client, cursor, pattern, kind).Result()
		if err != nil {
			return err
		}
		for _, key := range keys {
			if err := found(key); err != nil {
				return err
			}
		}
		if next == 0 {
			return nil
		}
		if err := rest(ctx, began); err != nil {
			return err
		}
		cursor = next
	}
}

func scanPage(ctx context.Context, client redis.Cmdable, cursor uint64, pattern, kind string) *redis.ScanCmd {
	if kind == "" {
		return client.Scan(ctx, cursor, pattern, scanCount)
	}
	return client.ScanType(ctx, cursor, pattern, scanCount, kind)
}
