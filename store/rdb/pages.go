package rdb

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"
)

// pageSize is how many members of a list or a set one command reads: Redis answers nobody else meanwhile.
const pageSize = 1000

// pages reads one list, or one sorted set, from its tail to its head. Who leaves a list does so near its
// head, so what is still to be read stays where it is: only a member that leaves from behind it can make
// another be missed. Of a set each member is seen that stands in it all the while, some perhaps twice.
type pages struct {
	key  string
	set  bool
	most int64 // so many of the newest members of a list; 0 for all
	seen func(member string)

	from  uint64 // of a list: members read; of a set: the cursor
	page  *redis.StringSliceCmd
	scan  *redis.ScanCmd
	ended bool
}

// readPages reads lists and sets side by side: a page of each in one round trip.
func (s *Store) readPages(ctx context.Context, all []*pages) error {
	for {
		began := time.Now()
		commands, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
			for _, one := range all {
				one.ask(ctx, p)
			}
			return nil
		})
		if err := failed(commands, err); err != nil || len(commands) == 0 {
			return err
		}
		for _, one := range all {
			one.take()
		}
		if err := rest(ctx, began); err != nil {
			return err
		}
	}
}

func (r *pages) ask(ctx context.Context, p redis.Pipeliner) {
	switch size := r.size(); {
	case r.ended:
	case r.set:
		r.scan = p.ZScan(ctx, r.key, r.from, "", pageSize)
	default:
		r.page = p.LRange(ctx, r.key, -int64(r.from)-size, -int64(r.from)-1)
	}
}

// size is how many members of a list are asked for next.
func (r *pages) size() int64 {
	if left := r.most - int64(r.from); r.most > 0 && left < pageSize {
		return left
	}
	return pageSize
}

func (r *pages) take() {
	if r.ended {
		return
	}
	if r.set {
		members, cursor := r.scan.Val()
		for i := 0; i < len(members); i += 2 { // each with its score
			r.seen(members[i])
		}
		r.from, r.ended = cursor, cursor == 0
		return
	}
	size, members := r.size(), r.page.Val()
	for _, member := range members {
		r.seen(member)
	}
	r.from += uint64(len(members))
	r.ended = int64(len(members)) < size || r.most > 0 && int64(r.from) >= r.most
}

// setMembers reads a set page by page: those that are in it all the while, each once.
func (s *Store) setMembers(ctx context.Context, key string) ([]string, error) {
	seen := map[string]bool{}
	for cursor := uint64(0); ; {
		began := time.Now()
		members, next, err := s.client.SScan(ctx, key, cursor, "", pageSize).Result()
		if err = read(err); err != nil {
			return nil, err
		}
		for _, member := range members {
			seen[member] = true
		}
		if next == 0 {
			return sortedKeys(seen), nil
		}
		if err := rest(ctx, began); err != nil {
			return nil, err
		}
		cursor = next
	}
}
