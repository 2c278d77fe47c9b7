package rdb

import (
	"cmp"
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// ClusterPartitions is over how many partitions a new shop on a Redis Cluster is spread: enough for each of
// many shards to get some, few enough to ask them all for one page.
const ClusterPartitions = 16

// Fields of the shop's hash.
const (
	partitionsField = "partitions"
	importingField  = "importing" // stands there while a dump is brought in
)

// SettlePartitions is Partitions for whoever is about to open a shop: what has not been said yet is written
// down, and never changes after that. Keys: shop.
func SettlePartitions(ctx context.Context, client redis.UniversalClient) (int, error) {
	n, err := Partitions(ctx, client)
	if err != nil {
		return 0, err
	}
	if err := client.HSetNX(ctx, keyShop, partitionsField, n).Err(); err != nil {
		return 0, wrap("partitions", err)
	}
	return Partitions(ctx, client)
}

// Partitions tells over how many partitions the shop in a Redis is spread (see Options), or would be if it
// began now: one on a single Redis, ClusterPartitions on a Cluster. It writes nothing.
//
// Keys: shop. Errors: Conflict when this Redis cannot hold the shop that is in it, or when it must be
// addressed otherwise, with words on what to do; Unavailable.
func Partitions(ctx context.Context, client redis.UniversalClient) (int, error) {
	_, cluster := client.(*redis.ClusterClient)
	if !cluster {
		if info, err := client.Info(ctx, "cluster").Result(); err == nil && strings.Contains(info, "cluster_enabled:1") {
			return 0, store.Errorf(store.Conflict, "This Redis is a node of a cluster: begin its address with redis+cluster:// instead of redis://.")
		}
	}
	if begun, err := client.HExists(ctx, keyShop, importingField).Result(); err != nil || begun {
		return 0, cmp.Or(wrap("partitions", err), error(store.Errorf(store.Conflict, "A dump was being brought into this Redis and is not there whole. Empty the Redis, and import it again.")))
	}
	kept, err := client.HGet(ctx, keyShop, partitionsField).Result()
	if errors.Is(err, redis.Nil) {
		if cluster {
			return ClusterPartitions, nil
		}
		return 1, nil
	}
	if err != nil {
		return 0, wrap("partitions", err)
	}
	n, err := strconv.Atoi(kept)
	switch {
	case err != nil || n < 1 || n > maxPartitions:
		return 0, store.Errorf(store.Conflict, "The count of partitions in this Redis reads %q: somebody has changed the field partitions of the key shop. Set it to what it was.", short(kept))
	case cluster && n == 1:
		return 0, store.Errorf(store.Conflict, "This Redis Cluster holds the data of a shop on a single Redis. Run waybill export there, and waybill import dump on an empty cluster.")
	}
	return n, nil
}

// maxPartitions is more than a cluster can have masters.
const maxPartitions = 1000
