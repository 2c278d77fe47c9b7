package rdb

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// suppliesChanged makes known at once that other goods are announced: this node forgets what it kept of
// them, and waiting orders get their dates. A failure is the keeper's to mend.
func (s *Store) suppliesChanged(ctx context.Context) {
	s.forgetDirectory()
	s, ctx, cancel := s.onward(ctx)
	defer cancel()
	if err := s.tellDates(ctx); err != nil {
		s.log.Warn("new dates are left to the keeper", "error", err)
	}
}

// tellDates writes on every waiting order when what it waits for is expected, where that day has
// changed, and shows staff the orders whose day has passed.
//
// Keys: the order boundary, attention:waiting. Emits expected. Idempotent: a date that is told is not told again.
func (s *Store) tellDates(ctx context.Context) error {
	queues, err := s.waiting(ctx)
	if err != nil {
		return wrap("tell dates", err)
	}
	orders, err := s.waiters(ctx, queues)
	if err != nil {
		return wrap("tell dates", err)
	}
	directory, err := s.Directory(ctx)
	if err != nil {
		return err
	}
	dates, err := s.dates(ctx, directory, queues)
	if err != nil {
		return wrap("tell dates", err)
	}
	calendar := s.calendar()
	for n, order := range orders {
		at, known := dates[n]
		served := known && at.IsZero() // any moment now
		if order.Status != store.Backordered || served || calendar.SameDay(at, order.ExpectedAt) {
			continue
		}
		if err := s.expect(ctx, n, at); err != nil && store.KindOf(err) != store.NotFound && store.KindOf(err) != store.Conflict {
			return err
		}
		order.ExpectedAt = at
		orders[n] = order
	}
	return s.markOverdue(ctx, orders, directory)
}

// dates is when each waiting order is expected to have all that it waits for, as far as is known.
func (s *Store) dates(ctx context.Context, directory store.Directory, queues store.Queues) (map[store.Number]time.Time, error) {
	products := sortedKeys(queues)
	sites, err := s.sites(ctx, directory, products)
	if err != nil {
		return nil, err
	}
	supplies := make(map[string]store.Supply, len(products))
	for _, product := range products {
		supply := store.Supply{Free: freeOf(sites, product), Arriving: directory.Arriving[product]}
		if terms := directory.Products[product].Terms; terms.Unreleased(s.now()) {
			supply.Release = terms.Release
		}
		supplies[product] = supply
	}
	if err := s.bar(ctx, queues, sites, s.sendable(directory, sites, products)); err != nil {
		return nil, err
	}
	return queues.Dates(supplies), nil
}

// expect notes on a waiting order when it is expected; the zero time takes the date away.
func (s *Store) expect(ctx context.Context, n store.Number, at time.Time) error {
	calendar := s.calendar()
	_, err := s.change(ctx, store.Itself, n, func(o store.Order) (change, error) {
		if o.Status != store.Backordered || calendar.SameDay(o.ExpectedAt, at) {
			return change{}, errNothingToDo
		}
		return change{
			to: o.Status, event: store.EventExpected, set: map[string]any{"expected_at": stamp(at)},
			data: map[string]string{"expected_at": stamp(at), "before": stamp(o.ExpectedAt)},
		}, nil
	})
	return err
}

// overdueField is where an order stands among those that need a person because its day has passed.
func overdueField(n store.Number) string { return orderName(n) + overdue }

const overdue = ":overdue"

// markOverdue shows staff the waiting orders whose day has passed, and takes off those that do not wait
// any more or have another day. Keys: attention:waiting.
func (s *Store) markOverdue(ctx context.Context, orders map[store.Number]store.Order, directory store.Directory) error {
	stands, err := s.needsMarked(ctx)
	if err != nil {
		return wrap("mark overdue", err)
	}
	var errs []error
	for n, order := range orders {
		if !s.overdueNow(order) {
			continue
		}
		field := overdueField(n)
		if _, marked := stands[field]; !marked {
			errs = append(errs, s.attend(ctx, s.part(n), func(p redis.Pipeliner) {
				p.HSet(ctx, keyNeeds(s.part(n)), field, encode(s.need(n, overdueReason(order, directory, s.zone))))
			}))
		}
		delete(stands, field)
	}
	for field, at := range stands {
		if strings.HasSuffix(field, overdue) {
			errs = append(errs, s.attend(ctx, at, func(p redis.Pipeliner) { p.HDel(ctx, keyNeeds(at), field) }))
		}
	}
	return wrap("mark overdue", errors.Join(errs...))
}

// needsMarked are the fields of what needs a person, with the partition in which each stands.
func (s *Store) needsMarked(ctx context.Context) (map[string]part, error) {
	marked := map[string]part{}
	asked := map[part]*redis.StringSliceCmd{}
	commands, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, at := range s.parts() {
			asked[at] = p.HKeys(ctx, keyNeeds(at))
		}
		return nil
	})
	for at, fields := range asked {
		for _, field := range fields.Val() {
			marked[field] = at
		}
	}
	return marked, failed(commands, err)
}

// overdueNow tells whether the day on which a waiting order was expected has passed.
func (s *Store) overdueNow(o store.Order) bool {
	return o.Status == store.Backordered && !o.ExpectedAt.IsZero() && s.now().After(o.ExpectedAt) && !s.calendar().SameDay(s.now(), o.ExpectedAt)
}

func (s *Store) need(n store.Number, reason string) store.Attention {
	return store.Attention{Order: n, Member: orderName(n), Reason: reason, At: s.now().UTC()}
}

func overdueReason(o store.Order, directory store.Directory, zone *time.Location) string {
	var names []string
	for _, line := range o.Waits {
		names = append(names, directory.ProductName(line.Product))
	}
	return "It waits for " + strings.Join(names, ", ") + ", expected on " + o.ExpectedAt.In(zone).Format("Monday, 2 January") + ". That day has passed."
}

// attend changes the list of what needs a person, in one partition.
func (s *Store) attend(ctx context.Context, at part, change func(redis.Pipeliner)) error {
	_, err := s.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		change(p)
		s.hint(ctx, p, at, liveAttention)
		return nil
	})
	return err
}
