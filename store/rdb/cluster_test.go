package rdb

import (
	"testing"

	"waybill/store/demo"
	"waybill/store/storetest"
)

// clusterShop gives the demo shop on a real cluster.
func clusterShop(t *testing.T) (*Store, *storetest.Shards) {
	t.Helper()
	cluster := storetest.Cluster(t)
	s := newStoreIn(cluster.NewClient(), ClusterPartitions)
	must(t, demo.Load(t.Context(), s))
	return s, cluster
}

// An order goes from the shop to the doorstep on a cluster as it does on a single Redis.
func TestWalkOnCluster(t *testing.T) {
	t.Parallel()
	s, _ := clusterShop(t)
	walk(t, s)
	secondPassRepairsNothing(t, s)
}
