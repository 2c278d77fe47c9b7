package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"waybill/store"
	"waybill/store/rdb"
)

const (
	copyOfPartitions = "partitions" // the name of the copy on this node's disk
	layoutEvery      = time.Second  // between two looks at a Redis that was away at the start
)

// partitions tells over how many partitions the shop is spread: what Redis says, or what it said when this
// node last saw it, or what it will be if the shop has not begun.
func (g *ground) partitions(ctx context.Context) (int, error) {
	n, err := rdb.SettlePartitions(ctx, g.redis.Client())
	if err == nil {
		return n, g.journal.SaveSnapshot(ctx, copyOfPartitions, []byte(strconv.Itoa(n)))
	}
	if store.KindOf(err) != store.Unavailable {
		return 0, err
	}
	if data, _ := g.journal.Snapshot(copyOfPartitions); data != nil {
		return strconv.Atoi(string(data))
	}
	if g.redis.Cluster() {
		return rdb.ClusterPartitions, nil
	}
	return 1, nil
}

// sameLayout looks, as soon as Redis is there, whether the shop is laid out as this node took it to be when
// it began. If not, this node must begin anew; nobody else is harmed.
func (h *house) sameLayout(ctx context.Context) error {
	for {
		n, err := rdb.Partitions(ctx, h.redis.Client())
		switch {
		case err == nil && n != h.store.Partitions():
			return fmt.Errorf("the shop in Redis is spread over %d partitions, and this node took it for %d: start it again", n, h.store.Partitions())
		case err == nil:
			return h.journal.SaveSnapshot(ctx, copyOfPartitions, []byte(strconv.Itoa(n)))
		case store.KindOf(err) != store.Unavailable:
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(layoutEvery):
		}
	}
}
