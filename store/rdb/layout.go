package rdb

import (
	"context"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// ClusterPartitions is over how many partitions a new shop on a Redis Cluster is spread: enough for each of
// many shards to get some, few enough to ask them all for one page.
const ClusterPartitions = 16

const partitionsField = "partitions" // of the shop's hash

// Partitions tells over how many partitions the shop in a Redis is spread (see Options), and settles it for
// a Redis that has no shop yet: one on a single Redis, ClusterPartitions on a Cluster. It never changes
// after that.
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
	wanted := 1
	if cluster {
		wanted = ClusterPartitions
	}
	if err := client.HSetNX(ctx, keyShop, partitionsField, wanted).Err(); err != nil {
		return 0, wrap("partitions", err)
	}
	kept, err := client.HGet(ctx, keyShop, partitionsField).Result()
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
