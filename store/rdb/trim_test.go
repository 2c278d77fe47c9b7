package rdb

import (
	"fmt"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// fill makes a stream of events that came at one a second, the newest now, and gives their ids.
func fill(t testing.TB, s *Store, stream string, events int) []string {
	t.Helper()
	var ids []string
	_, err := s.client.Pipelined(t.Context(), func(p redis.Pipeliner) error {
		for i := range events {
			id := fmt.Sprintf("%d-7", s.now().Add(time.Duration(i-events+1)*time.Second).UnixMilli())
			ids = append(ids, id)
			p.XAdd(t.Context(), &redis.XAddArgs{Stream: stream, ID: id, Values: []any{"type", "stock.changed"}})
		}
		return nil
	})
	must(t, err)
	return ids
}

// Redis drops whole pieces of a stream, of a hundred entries each: so much may be left too many.
const piece = 100

func TestEventsAreTrimmed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		kept       time.Duration
		most       int64
		groups     map[string]int // how many each has read
		pending    int            // of which the group "slow" has not confirmed the last so many
		least, max int
	}{
		"nothing is too old or too many":         {time.Hour, 5000, nil, 0, 3000, 3000},
		"too old":                                {20 * time.Minute, 5000, nil, 0, 1200, 1200 + piece},
		"too many":                               {time.Hour, 1500, nil, 0, 1500, 1500 + piece},
		"too old, and a group has read half":     {time.Minute, 5000, map[string]int{"slow": 1500}, 0, 1500, 1500 + piece},
		"too many, and a group has read little":  {time.Hour, 1500, map[string]int{"slow": 100, "fast": 3000}, 0, 2900, 2900 + piece},
		"too many, and all have read it":         {time.Hour, 1500, map[string]int{"slow": 2900, "fast": 3000}, 0, 100, 1500 + piece},
		"read, but not confirmed":                {time.Minute, 1500, map[string]int{"slow": 2000}, 1500, 2500, 2500 + piece},
		"groups have read what is not too old":   {20 * time.Minute, 5000, map[string]int{"slow": 2900}, 0, 1200, 1200 + piece},
		"a group that has not read anything yet": {time.Minute, 10, map[string]int{"slow": 0}, 0, 3000, 3000},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := demoShop(t)
			ctx, stream := t.Context(), keyEvents(s.parts()[0])
			must(t, s.client.Del(ctx, stream).Err())
			ids := fill(t, s, stream, 3000)
			for group, read := range c.groups {
				must(t, s.client.XGroupCreate(ctx, stream, group, "0").Err())
				if read == 0 {
					continue
				}
				must(t, s.client.XReadGroup(ctx, &redis.XReadGroupArgs{Group: group, Consumer: "c", Streams: []string{stream, ">"}, Count: int64(read)}).Err())
				must(t, s.client.XAck(ctx, stream, group, ids[:read-c.pending]...).Err())
			}
			s.eventsKept, s.eventsMost = c.kept, c.most
			must(t, s.trimEvents(ctx))
			left := int(s.client.XLen(ctx, stream).Val())
			if left < c.least || left > c.max {
				t.Errorf("%d of 3000 events are left, want %d to %d", left, c.least, c.max)
			}
		})
	}
}
