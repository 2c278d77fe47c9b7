package rdb

import (
	"cmp"
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// How much of the event streams is kept, unless Options say otherwise. An event of an order, or of stock,
// takes some 60 bytes.
const (
	EventsKept = 7 * 24 * time.Hour
	EventsMost = 1_000_000 // entries of one stream

	trimEvery = 10 * time.Second
	trimStep  = 1000 // entries that one command drops: Redis answers nobody else meanwhile
)

// trimEvents drops events that are too old, or too many, but none that a consumer group has not read and
// confirmed: with groups, a stream is trimmed behind the slowest of them, and a group that stops reading
// makes it grow.
//
// Keys: events.
func (s *Store) trimEvents(ctx context.Context) error {
	directory, err := s.Directory(ctx)
	if err != nil {
		return err
	}
	streams := map[string]bool{}
	for _, at := range s.parts() {
		streams[keyEvents(at)] = true
	}
	for _, w := range directory.WarehouseIDs {
		streams[keyEvents(s.at(w))] = true
	}
	for stream := range streams {
		if err := s.trimStream(ctx, stream); err != nil {
			return wrap("trim "+stream, err)
		}
	}
	return nil
}

func (s *Store) trimStream(ctx context.Context, stream string) error {
	length, err := s.client.XLen(ctx, stream).Result()
	if err != nil || length == 0 {
		return read(err)
	}
	groups, err := s.client.XInfoGroups(ctx, stream).Result()
	if err != nil {
		return read(err)
	}
	before := streamID{ms: s.now().Add(-s.eventsKept).UnixMilli()}
	if len(groups) > 0 {
		slowest, err := s.slowest(ctx, stream, groups)
		if err != nil {
			return err
		}
		if length > s.eventsMost || slowest.less(before) {
			before = slowest
		}
	} else if err := s.dropSteps(ctx, func() *redis.IntCmd { return s.client.XTrimMaxLenApprox(ctx, stream, s.eventsMost, trimStep) }); err != nil {
		return err
	}
	return s.dropSteps(ctx, func() *redis.IntCmd { return s.client.XTrimMinIDApprox(ctx, stream, before.String(), trimStep) })
}

// dropSteps trims until nothing more is to be dropped.
func (s *Store) dropSteps(ctx context.Context, trim func() *redis.IntCmd) error {
	for {
		began := time.Now()
		if dropped, err := trim().Result(); err != nil || dropped == 0 {
			return err
		}
		if err := rest(gently(ctx), began); err != nil {
			return err
		}
	}
}

// slowest is the first entry that some group has not read, or has not confirmed.
func (s *Store) slowest(ctx context.Context, stream string, groups []redis.XInfoGroup) (streamID, error) {
	var slowest streamID
	for i, group := range groups {
		next := parseStreamID(group.LastDeliveredID).next()
		if group.Pending > 0 {
			pending, err := s.client.XPending(ctx, stream, group.Name).Result()
			if err != nil {
				return streamID{}, err
			}
			next = parseStreamID(pending.Lower)
		}
		if i == 0 || next.less(slowest) {
			slowest = next
		}
	}
	return slowest, nil
}

// streamID is the name of a stream's entry.
type streamID struct{ ms, seq int64 }

func parseStreamID(id string) streamID {
	ms, seq, _ := strings.Cut(id, "-")
	var parsed streamID
	parsed.ms, _ = strconv.ParseInt(ms, 10, 64)
	parsed.seq, _ = strconv.ParseInt(seq, 10, 64)
	return parsed
}

func (id streamID) next() streamID { return streamID{id.ms, id.seq + 1} }

func (id streamID) less(other streamID) bool {
	return cmp.Or(cmp.Compare(id.ms, other.ms), cmp.Compare(id.seq, other.seq)) < 0
}

func (id streamID) String() string {
	return strconv.FormatInt(id.ms, 10) + "-" + strconv.FormatInt(id.seq, 10)
}
