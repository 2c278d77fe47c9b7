package rdb

import (
	"cmp"
	"context"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"waybill/store"
	"waybill/store/storetest"
)

// partitions is over how many parts the tests spread their shops: one, as on a single Redis, unless
// WAYBILL_PARTITIONS says how many. All tests hold in both layouts.
func partitions() int {
	if onClusters() {
		return ClusterPartitions
	}
	n, _ := strconv.Atoi(os.Getenv("WAYBILL_PARTITIONS"))
	return n
}

// onClusters tells whether those tests that do not care what they run on get a real cluster each:
// WAYBILL_PARTITIONS=cluster. It takes long.
func onClusters() bool { return os.Getenv("WAYBILL_PARTITIONS") == "cluster" }

// freshClient is a client of an empty Redis that is the test's own.
func freshClient(t testing.TB) redis.UniversalClient {
	t.Helper()
	if onClusters() {
		return storetest.Cluster(t).NewClient()
	}
	return storetest.Redis(t).Client()
}

// keysLike are the keys that match a pattern, on all servers.
func keysLike(ctx context.Context, s *Store, pattern string) map[string]bool {
	found := map[string]bool{}
	err := s.scan(ctx, pattern, "", func(key string) error {
		found[key] = true
		return nil
	})
	if err != nil {
		panic(err)
	}
	return found
}

// numbersOf lists all orders that have a status key.
func numbersOf(t testing.TB, s *Store) []store.Number {
	t.Helper()
	var numbers []store.Number
	for key := range keysLike(t.Context(), s, "order:*:status*") {
		if n, ok := orderOf(key[:strings.Index(key, ":status")]); ok && s.keyStatus(n) == key {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	return numbers
}

// queued lists what stands in the list of a status, in all partitions.
func queued(ctx context.Context, s *Store, status store.Status) []string {
	var members []string
	for _, at := range s.parts() {
		members = append(members, s.client.LRange(ctx, keyQueue(at, status), 0, -1).Val()...)
	}
	return members
}

// push puts members into the list of a status as an outside program does.
func push(ctx context.Context, s *Store, status store.Status, members ...string) {
	for _, member := range members {
		s.client.RPush(ctx, keyQueue(s.partOfMember(member), status), member)
	}
}

// pull takes a member off the list of a status.
func pull(ctx context.Context, s *Store, status store.Status, member string) {
	s.client.LRem(ctx, keyQueue(s.partOfMember(member), status), 0, member)
}

// leftUnsettled counts the things whose effects are still due.
func leftUnsettled(ctx context.Context, s *Store) int64 {
	left := int64(0)
	for _, at := range s.parts() {
		for _, set := range []string{keyUnsettled(at), keyUnsettledMove(at), keyUnsettledDelivery(at)} {
			left += s.client.ZCard(ctx, set).Val()
		}
	}
	directory, err := s.readDirectory(ctx)
	if err != nil {
		return -1
	}
	for _, w := range directory.WarehouseIDs {
		left += s.client.HLen(ctx, s.keyCorrecting(w)).Val()
	}
	return left
}

// eventParts are the parts that have a stream of events.
func eventParts(t testing.TB, s *Store) []part {
	t.Helper()
	if !s.tagged() {
		return s.parts()
	}
	directory, err := s.readDirectory(t.Context())
	must(t, err)
	var parts []part
	for _, w := range directory.WarehouseIDs {
		parts = append(parts, s.at(w))
	}
	return append(parts, s.parts()...)
}

// eventsOf reads all events by their time.
func eventsOf(t testing.TB, s *Store) []redis.XMessage {
	t.Helper()
	var events []redis.XMessage
	for _, at := range eventParts(t, s) {
		events = append(events, s.client.XRange(t.Context(), keyEvents(at), "-", "+").Val()...)
	}
	if s.tagged() {
		slices.SortStableFunc(events, func(a, b redis.XMessage) int {
			return cmp.Compare(a.ID[:strings.Index(a.ID, "-")], b.ID[:strings.Index(b.ID, "-")])
		})
	}
	return events
}

// theirKey is the key that an outside program means in this layout: the name that it has on a single
// Redis, with its tag. member is what the command ends with.
func theirKey(s *Store, name, member string) string {
	if !s.tagged() {
		return name
	}
	head, tail, _ := strings.Cut(strings.TrimPrefix(name, "order:"), ":")
	if n, ok := store.ParseNumber(head); ok && strings.HasPrefix(name, "order:") {
		if tail == "" {
			return s.keyOrder(n)
		}
		return s.ofOrder(n, ":"+tail)
	}
	if strings.HasSuffix(name, ".orders") {
		return name + string(s.partOfMember(member))
	}
	if w, ok := strings.CutSuffix(name, ":product_list"); ok {
		return s.keyProductList(w)
	}
	return name
}
