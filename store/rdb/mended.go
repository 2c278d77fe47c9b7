package rdb

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

const mendingsKept = 50 // the newest, for the administrator

// noteRepairs keeps what a look has put right, for the administrator on whichever node. It is a note only: one
// that cannot be kept is in the log all the same.
//
// Keys: mended.
func (s *Store) noteRepairs(ctx context.Context, repairs []Repair) {
	if len(repairs) == 0 {
		return
	}
	s.mended.Add(int64(len(repairs)))
	var notes []any
	for _, repair := range repairs[max(0, len(repairs)-mendingsKept):] {
		notes = append(notes, encode(store.Mending{At: s.now().UTC(), Subject: repair.Subject, What: repair.What}))
	}
	_, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		p.LPush(ctx, keyMended, notes...)
		p.LTrim(ctx, keyMended, 0, mendingsKept-1)
		return nil
	})
	if err != nil {
		s.log.Debug("what was mended could not be noted", "error", err)
	}
}

// Mended counts what this node has put right since it began.
func (s *Store) Mended() int64 { return s.mended.Load() }

// Mendings gives what was put right last, on any node, newest first, at most limit. Keys: mended.
func (s *Store) Mendings(ctx context.Context, limit int) ([]store.Mending, error) {
	notes, err := s.client.LRange(ctx, keyMended, 0, int64(limit)-1).Result()
	if err = read(err); err != nil {
		return nil, wrap("what was mended", err)
	}
	var mendings []store.Mending
	for _, note := range notes {
		var m store.Mending
		if json.Unmarshal([]byte(note), &m) == nil {
			mendings = append(mendings, m)
		}
	}
	slices.SortStableFunc(mendings, func(a, b store.Mending) int { return b.At.Compare(a.At) })
	return mendings, nil
}
