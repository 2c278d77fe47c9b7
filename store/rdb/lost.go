package rdb

import (
	"context"
	"encoding/json"

	"github.com/redis/go-redis/v9"

	"waybill/store"
	"waybill/store/journal"
)

// Lost tells which of some kept changes Redis does not have as they were kept: because it has forgotten
// them, or what they meant for a warehouse, or because there is another story by now. It writes nothing.
// Three round trips at the most, however many changes there are; ask for some hundred at a time.
func (s *Store) Lost(ctx context.Context, changes []journal.Change) ([]journal.Change, error) {
	checks := make([]presence, len(changes))
	commands, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, c := range changes {
			checks[i] = s.checkOf(ctx, p, c)
		}
		return nil
	})
	if err := failed(commands, err); err != nil {
		return nil, wrap("look for what is lost", err)
	}
	var lost []journal.Change
	for i, check := range checks {
		if check != nil && !check() {
			lost = append(lost, changes[i])
		}
	}
	return lost, nil
}

// presence tells, once its commands have been answered, whether a change is there.
type presence func() bool

// checkOf asks for what shows that a change is there: the entry of the history that it made. A change that
// makes no sense is passed over.
func (s *Store) checkOf(ctx context.Context, p redis.Pipeliner, c journal.Change) presence {
	kind, id := aboutWhat(c.Key)
	n, isNumber := store.ParseNumber(id)
	history := ""
	switch {
	case kind == aboutOrder && isNumber && c.Data == nil:
		exists := p.Exists(ctx, s.keyOrder(n))
		return func() bool { return exists.Val() == 0 }
	case kind == aboutOrder && isNumber:
		history = s.keyHistory(n)
	case kind == aboutTransfer:
		history = s.keyTransferHistory(id)
	case kind == aboutDelivery:
		history = s.keyDeliveryHistory(id)
	default:
		return nil
	}
	var kept struct{ History []string }
	if json.Unmarshal(c.Data, &kept) != nil || len(kept.History) != c.Version || c.Version == 0 {
		return nil
	}
	last := kept.History[c.Version-1]
	entry := p.LIndex(ctx, history, int64(c.Version-1))
	return func() bool { return entry.Val() == last }
}
