package rdb

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/redis/go-redis/v9"
)

// Reading what is cut into partitions: each is asked within somebody's pipeline, and what they answer is
// put together. A single Redis is one partition.

const all = -1 // no limit

// partly is failed for reads of partitions: what those have that cannot be reached is left out, and missing
// tells so. When none can be reached, or there is one only, it is an error.
func (k keys) partly(commands []redis.Cmder, err error) (missing bool, _ error) {
	if !k.tagged() || len(commands) == 0 {
		return false, failed(commands, err)
	}
	answered := 0
	var away error
	for _, command := range commands {
		switch e := command.Err(); {
		case harmless(e):
			answered++
		case unreachable(e):
			away = e
		default:
			return false, e
		}
	}
	if answered == 0 {
		return false, away
	}
	return away != nil, nil
}

// ranked is a sorted set that is cut into partitions, or its first members.
type ranked struct {
	asked []*redis.ZSliceCmd
	most  int
}

// askRanked asks every partition for the first members of a sorted set that a warehouse, or a courier, has.
func (k keys) askRanked(ctx context.Context, p redis.Pipeliner, key func(part, string) string, of string, most int) *ranked {
	r := &ranked{most: most}
	last := int64(most) - 1
	if most == all {
		last = -1
	}
	for _, at := range k.parts() {
		r.asked = append(r.asked, p.ZRangeWithScores(ctx, key(at, of), 0, last))
	}
	return r
}

// members are in the order of their scores, and of their names where those are equal.
func (r *ranked) members() []string {
	var found []redis.Z
	for _, asked := range r.asked {
		found = append(found, asked.Val()...)
	}
	if len(r.asked) > 1 {
		slices.SortFunc(found, func(a, b redis.Z) int {
			return cmp.Or(cmp.Compare(a.Score, b.Score), cmp.Compare(text(a.Member), text(b.Member)))
		})
		if r.most != all {
			found = found[:min(len(found), r.most)]
		}
	}
	members := make([]string, len(found))
	for i, z := range found {
		members[i] = text(z.Member)
	}
	return members
}

// counted is how many members a sorted set has that is cut into partitions.
type counted []*redis.IntCmd

func (k keys) askCount(ctx context.Context, p redis.Pipeliner, key func(part, string) string, of string) counted {
	var c counted
	for _, at := range k.parts() {
		c = append(c, p.ZCard(ctx, key(at, of)))
	}
	return c
}

func (c counted) sum() int {
	sum := 0
	for _, asked := range c {
		sum += int(asked.Val())
	}
	return sum
}

// fields is a hash that is cut into partitions.
type fields []*redis.MapStringStringCmd

func (k keys) askFields(ctx context.Context, p redis.Pipeliner, key func(part) string) fields {
	var f fields
	for _, at := range k.parts() {
		f = append(f, p.HGetAll(ctx, key(at)))
	}
	return f
}

// merged are the fields of all partitions; each field stands in one.
func (f fields) merged() map[string]string {
	if len(f) == 1 {
		return f[0].Val()
	}
	merged := map[string]string{}
	for _, asked := range f {
		maps.Copy(merged, asked.Val())
	}
	return merged
}

// units adds up the units of each field over all partitions.
func (f fields) units() map[string]int {
	sums := map[string]int{}
	for _, asked := range f {
		for field, units := range decodeUnits(asked.Val()) {
			sums[field] += units
		}
	}
	return sums
}

// members is a set that is cut into partitions.
type members []*redis.StringSliceCmd

func (k keys) askMembers(ctx context.Context, p redis.Pipeliner, key func(part) string) members {
	var m members
	for _, at := range k.parts() {
		m = append(m, p.SMembers(ctx, key(at)))
	}
	return m
}

func (m members) all() []string {
	var found []string
	for _, asked := range m {
		found = append(found, asked.Val()...)
	}
	return found
}
