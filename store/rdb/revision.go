package rdb

import (
	"context"
	"fmt"
	"hash/fnv"
	"strings"

	"github.com/redis/go-redis/v9"
)

// A revision counts the changes of what a live channel is about. Each change is counted in the part in
// which it is written, so a revision is the counts of all those parts together.

// revisionKeys are the counts that make a channel's revision. The catalogue changes with the stock of
// every warehouse, so it needs to know them.
func (k keys) revisionKeys(live string, warehouses []string) []string {
	if !k.tagged() {
		return []string{keyRevision("", live)}
	}
	var names []string
	for _, at := range k.parts() {
		names = append(names, keyRevision(at, live))
	}
	if live == liveCatalogue {
		names = append(names, keyRevision(k.own(catalogue), live))
		for _, w := range warehouses {
			names = append(names, keyRevision(k.at(w), live))
		}
	}
	if w, ok := strings.CutPrefix(live, liveWarehouse("")); ok {
		names = append(names, keyRevision(k.at(w), live))
	}
	return names
}

// revision is what a pipeline asked of the counts of one channel.
type revision []*redis.StringCmd

func (k keys) askRevision(ctx context.Context, p redis.Pipeliner, live string, warehouses []string) revision {
	var r revision
	for _, name := range k.revisionKeys(live, warehouses) {
		r = append(r, p.Get(ctx, name))
	}
	return r
}

// text is another one after every change: the count itself where there is one, else a digest of all. It is
// "" for what has never changed.
func (r revision) text() string {
	if len(r) == 1 {
		return r[0].Val()
	}
	sum, any := fnv.New64a(), false
	for _, count := range r {
		any = any || count.Val() != ""
		_, _ = sum.Write([]byte(count.Val() + ",")) // it never fails
	}
	if !any {
		return ""
	}
	return fmt.Sprintf("%x", sum.Sum64())
}

// err is the first failure that is no answer, nil when all counts were read.
func (r revision) err() error {
	for _, count := range r {
		if err := count.Err(); !harmless(err) {
			return err
		}
	}
	return nil
}
