package storetest

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"waybill/store/engine"
)

const (
	masters     = 3
	slots       = 16384
	nodeTimeout = 2 * time.Second // after so long without a sign of life the others give a node up
)

// Shards is a Redis Cluster of three masters with a replica each, on ports of 127.0.0.1. While one part
// of it is away the others work. It belongs to one test and is used from its goroutine; the clients may
// be used by many.
type Shards struct {
	t     testing.TB
	nodes []*node // the first masters come first
}

// node is one server of a group, on a port of its own.
type node struct {
	*Server
	port, bus int
}

func (n *node) addr() string { return "127.0.0.1:" + strconv.Itoa(n.port) }

// Cluster starts a cluster for this test, empty, and ends it with the test.
func Cluster(t testing.TB) *Shards {
	t.Helper()
	c := &Shards{t: t}
	for range 2 * masters {
		c.nodes = append(c.nodes, startNode(t,
			"cluster-enabled yes", "cluster-node-timeout "+strconv.FormatInt(nodeTimeout.Milliseconds(), 10),
			"cluster-require-full-coverage no", "cluster-replica-validity-factor 0",
		))
	}
	c.join()
	return c
}

// join makes the nodes a cluster: each master gets a third of the slots, each replica its master.
func (c *Shards) join() {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	first := c.nodes[0]
	for i, n := range c.nodes {
		must(c.t, n.client.Do(ctx, "cluster", "set-config-epoch", i+1).Err())
		if i < masters {
			must(c.t, n.client.ClusterAddSlotsRange(ctx, i*slots/masters, (i+1)*slots/masters-1).Err())
		}
		if i > 0 {
			must(c.t, n.client.Do(ctx, "cluster", "meet", "127.0.0.1", first.port, first.bus).Err())
		}
	}
	awaitAll(c.t, "all know all", c.nodes, func(n *node) bool {
		known := n.client.ClusterNodes(ctx).Val()
		return strings.Count(known, "connected") == len(c.nodes) && !strings.Contains(known, "handshake") && !strings.Contains(known, "disconnected")
	})
	for i, replica := range c.nodes[masters:] {
		id, err := c.nodes[i].client.Do(ctx, "cluster", "myid").Text()
		must(c.t, err)
		must(c.t, replica.client.ClusterReplicate(ctx, id).Err())
	}
	c.Whole()
}

// Whole waits until every node is there and sees all slots served, and every master has its replica.
func (c *Shards) Whole() {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	defer cancel()
	awaitAll(c.t, "the cluster is whole", c.nodes, func(n *node) bool {
		info, roles := n.client.ClusterInfo(ctx).Val(), n.client.Info(ctx, "replication").Val()
		return strings.Contains(info, "cluster_state:ok") && strings.Contains(info, "cluster_slots_ok:"+strconv.Itoa(slots)) &&
			strings.Count(n.client.ClusterNodes(ctx).Val(), "master") == masters+strings.Count(n.client.ClusterNodes(ctx).Val(), "master,fail") &&
			(strings.Contains(roles, "master_link_status:up") || strings.Contains(roles, "state=online"))
	})
}

// URL names all nodes, for engine.Open and `--redis`.
func (c *Shards) URL() string { return "redis+cluster://" + addrs(c.nodes) }

// NewClient makes a patient client, closed with the test.
func (c *Shards) NewClient() *redis.ClusterClient {
	c.t.Helper()
	client, err := engine.PatientClient(c.URL())
	must(c.t, err)
	c.t.Cleanup(func() { _ = client.Close() })
	return client.(*redis.ClusterClient)
}

// Master is the server that is now the master of a key's slot: it can be killed, stopped and restarted
// like any Server. The test fails when there is none.
func (c *Shards) Master(key string) *Server {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for ctx.Err() == nil {
		for _, n := range c.nodes {
			if n.down || !strings.Contains(n.client.Info(ctx, "replication").Val(), "role:master") {
				continue
			}
			if c.serves(ctx, n, key) {
				return n.Server
			}
		}
		time.Sleep(20 * time.Millisecond)
	}
	c.t.Fatalf("nobody serves %s", key)
	return nil
}

// serves tells whether a node takes itself for the master of a key's slot.
func (c *Shards) serves(ctx context.Context, n *node, key string) bool {
	slot, err := n.client.ClusterKeySlot(ctx, key).Result()
	if err != nil {
		return false
	}
	for _, part := range n.client.ClusterSlots(ctx).Val() {
		if int64(part.Start) <= slot && slot <= int64(part.End) && len(part.Nodes) > 0 {
			return part.Nodes[0].Addr == n.addr()
		}
	}
	return false
}
