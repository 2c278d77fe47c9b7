package rdb

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// errOvertaken says that the order is another one than the one decided upon: whoever changed it goes on.
var errOvertaken = errors.New("somebody else has dealt with this order")

// reroute finds other sources for what a placed order lacks, for the same place of assembly. When there
// is too little anywhere, the order waits for it; what it holds stays held. settle calls it, so it may
// run twice and on two nodes at once.
//
// Keys: order:N (turn), stock by reserve, the order boundary. Emits rerouted, or backordered.
func (s *Store) reroute(ctx context.Context, o store.Order) error {
	directory, err := s.Directory(ctx)
	if err != nil {
		return err
	}
	stock, err := s.stockFor(ctx, directory, o.Lines)
	if err != nil {
		return wrap("re-route", err)
	}
	turn, err := s.client.HIncrBy(ctx, s.keyOrder(o.Number), "turn", 1).Result()
	if err != nil {
		return wrap("re-route", err)
	}
	short, err := s.refill(ctx, whoLost(o), o, int(turn), stock)
	if err != nil || len(short) == 0 {
		return err
	}
	return s.waitForRest(ctx, o, short)
}

// waitForRest makes a placed order wait for what is short of what it lacks. No limit of a queue counts
// here: the order was accepted before. What it holds stays held.
func (s *Store) waitForRest(ctx context.Context, o store.Order, short []store.Shortage) error {
	_, err := s.change(ctx, store.Itself, o.Number, func(now store.Order) (change, error) {
		if now.Status != store.Placed || !sameLines(now.Lacking(), o.Lacking()) {
			return change{}, errNothingToDo
		}
		why, data := whyLacking(o)
		data["old"] = stamp(now.PromisedAt)
		return change{
			to: store.Backordered, why: why, data: data,
			set: map[string]any{"promised_at": "", "waits": encode(waitsFor(now, short)), "expected_at": stamp(expected(short))},
			also: func(p redis.Pipeliner) {
				s.markUnsettled(ctx, p, now.Number, now.Version+1)
			},
		}, nil
	})
	return err
}

// refill reserves what an order lacks and adds it to its plan; who is it in the ledger. What is short comes back when the
// warehouses together have too little; then nothing is changed.
//
// Each new source is reserved under a name of its own first, so that no other holding of the order is
// touched before the order's plan knows of it; joinHeld makes it the order's own.
func (s *Store) refill(ctx context.Context, who store.Actor, o store.Order, turn int, stock *siteReading) ([]store.Shortage, error) {
	first := firstAttempt(laterTurns+turn, 1)
	for attempt := first; ; attempt++ {
		request := store.Request{Lines: o.Lacking(), To: o.At, Speed: o.Speed, Now: s.now(), Calendar: s.calendar()}
		more, err := store.RouteRest(request, o.Warehouse, store.Unrefused(stock.sites(), o.Refused))
		if short, ok := shortOf(err); ok {
			stock.explain(short)
			return short, nil
		}
		if err != nil {
			return nil, err
		}
		nameSources(more.Sources, o, attempt)
		short, err := s.hold(ctx, who, o, attempt, more.Sources)
		if err != nil {
			return nil, err
		}
		if len(short) == 0 {
			return nil, s.addSources(ctx, who, o, more, attempt, turn)
		}
		if attempt == first+routeTries {
			return nil, store.Errorf(store.Conflict, "Others are ordering the same products at this moment. Please try again.")
		}
		if err := s.readStock(ctx, stock); err != nil {
			return nil, wrap("refill", err)
		}
	}
}

// nameSources gives new sources the names under which they are reserved, and raised as transfers.
func nameSources(sources []store.Source, o store.Order, attempt int) {
	for i, source := range sources {
		sources[i].Held = fmt.Sprintf("%s-%d-%s", o.Number, attempt, source.Warehouse)
		if source.Warehouse != o.Warehouse {
			sources[i].Transfer = sources[i].Held
		}
	}
}

// heldMember is how a reservation under a name of its own stands among a warehouse's open ones.
func heldMember(name string) string { return "held:" + name }

// hold reserves new sources under their own names, all or nothing.
func (s *Store) hold(ctx context.Context, who store.Actor, o store.Order, attempt int, sources []store.Source) ([]store.Shortage, error) {
	movements := s.clearing(o, warehousesOf(store.Plan{Sources: sources}))
	cleared := len(movements)
	for _, source := range sources {
		movements = append(movements, movement{
			script: scriptReserve, warehouse: source.Warehouse, holder: source.Held, kind: store.MoveReserved,
			reference: orderName(o.Number), who: ledgerName(who),
			args: append([]any{heldMember(source.Held), attempt, o.UID}, lineArgs(source.Lines)...),
		})
	}
	results, err := s.move(ctx, movements...)
	if err != nil {
		return nil, wrap("hold", err)
	}
	var short []store.Shortage
	for i, result := range results[cleared:] {
		switch word, details := answer(result); word {
		case "short":
			short = append(short, shortages(details, sources[i].Lines)...)
		case "stale":
			return nil, store.Errorf(store.Conflict, "Order %s is being routed by somebody else. Please try again.", o.Number)
		}
	}
	if len(short) > 0 {
		return short, s.letGo(ctx, who, o, attempt, sources, "the plan no longer held")
	}
	return nil, nil
}

// letGo frees what is held under the sources' own names, and closes the names.
func (s *Store) letGo(ctx context.Context, who store.Actor, o store.Order, attempt int, sources []store.Source, why string) error {
	movements := make([]movement, len(sources))
	for i, source := range sources {
		movements[i] = movement{
			script: scriptRelease, warehouse: source.Warehouse, holder: source.Held, kind: store.MoveReleased,
			reference: orderName(o.Number), who: ledgerName(who), why: why, args: []any{heldMember(source.Held), attempt, o.UID},
		}
	}
	_, err := s.move(ctx, movements...)
	return wrap("let go", err)
}

// addSources writes new sources into an order's plan. The date is promised anew; the first one stays on
// the record. When the order has changed since it was decided upon, what was held is freed again.
func (s *Store) addSources(ctx context.Context, who store.Actor, o store.Order, more store.Refill, attempt, turn int) error {
	_, err := s.change(ctx, store.Itself, o.Number, func(now store.Order) (change, error) {
		upTo, err := s.client.Get(ctx, s.keyFence(o.Number)).Int()
		if err != nil && !errors.Is(err, redis.Nil) {
			return change{}, err
		}
		if now.Status != o.Status || now.Status == store.Backordered && now.Turn != turn || upTo >= attempt || !sameLines(now.Lacking(), o.Lacking()) {
			return change{}, errOvertaken
		}
		plan := now.Plan.With(more)
		why, data := whyLacking(o)
		data["sources"] = strings.Join(warehousesOf(store.Plan{Sources: more.Sources}), ",")
		data["old"], data["promised_at"], data["warehouse"] = stamp(now.PromisedAt), stamp(plan.PromisedAt), now.Warehouse
		c := change{to: store.Placed, event: store.EventRerouted, why: why, data: data, set: planFields(plan, now.Attempt, now.FirstDate)}
		if now.Status == store.Backordered {
			c.event, c.why = "", "what it waited for is there"
		}
		due := redis.Z{Score: float64(plan.PromisedAt.Unix()), Member: orderName(o.Number)}
		c.also = func(p redis.Pipeliner) {
			for _, source := range more.Sources {
				if source.Transfer != "" {
					p.SAdd(ctx, s.keyMoving(o.Number), source.Transfer)
				}
			}
			p.ZAdd(ctx, keyToAssemble(s.part(o.Number), now.Warehouse), due)
			s.markUnsettled(ctx, p, o.Number, now.Version+1)
		}
		return c, nil
	})
	switch kind := store.KindOf(err); {
	case errors.Is(err, errOvertaken):
		return s.letGo(ctx, who, o, attempt, more.Sources, "the order was changed meanwhile")
	case kind == store.Conflict || kind == store.NotFound:
		return errors.Join(err, s.letGo(ctx, who, o, attempt, more.Sources, "the order was changed meanwhile"))
	}
	return err // whether the plan was written nobody knows: the sweeper judges what is held
}

// joinHeld makes the order's own what was reserved for it under other names.
func (s *Store) joinHeld(ctx context.Context, o store.Order) error {
	var movements []movement
	for _, source := range o.Plan.Sources {
		if source.Held == "" {
			continue
		}
		movements = append(movements, movement{
			script: scriptJoin, warehouse: source.Warehouse, holder: source.Held, kind: store.MoveReleased,
			keys:      []string{s.keyReservation(source.Warehouse, o.Number.String())},
			reference: orderName(o.Number), who: ledgerName(store.Itself), why: "the order is through",
			args: []any{heldMember(source.Held), everyAttempt, o.UID},
		})
	}
	if len(movements) == 0 {
		return nil
	}
	_, err := s.move(ctx, movements...)
	return wrap("join", err)
}

// whyLacking says, for the staff and as data for the customer's words, why an order lacks units: by the
// last transfer that did not bring all, or by the last count for which it gave way.
func whyLacking(o store.Order) (string, map[string]string) {
	var last store.Transfer
	for _, t := range o.Transfers {
		if len(t.Missing)+len(t.Lost)+len(t.Damaged) > 0 && !t.At.Before(last.At) {
			last = t
		}
	}
	if given := len(o.Given); given > 0 && o.Given[given-1].At.After(last.At) {
		return whyGiven(o.Given)
	}
	if last.ID == "" {
		return "", map[string]string{}
	}
	short := store.Add(last.Missing, last.Lost, last.Damaged)
	return last.Why, map[string]string{"reason": string(last.Cause), "from": last.From, "transfer": last.ID, "missing": encode(short)}
}

// whyGiven is whyLacking for all that went by the last count.
func whyGiven(all []store.Given) (string, map[string]string) {
	last := all[len(all)-1]
	var lost []store.Line
	for _, g := range all {
		if g.Correction == last.Correction {
			lost = store.Add(lost, []store.Line{{Product: g.Product, Quantity: g.Units}})
		}
	}
	why := store.Shortfall{Cause: last.Cause, Note: last.Why}
	return why.String(), map[string]string{"reason": string(last.Cause), "from": last.Warehouse, "missing": encode(lost)}
}
