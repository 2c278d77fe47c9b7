package rdb

import (
	"context"
	"slices"
	"strconv"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// settle makes warehouses and transfers agree with what an order's status says: what a warehouse could
// not give comes from another, transfers that the plan needs are raised, what was sent leaves the stock,
// what was cancelled is freed, and what waits, and nothing else, stands in the queues. Each flow calls
// it after its own step; when the node dies in between, the sweeper calls it again. Every step of it
// may run twice, also on two nodes at once.
//
// Keys: transfer:<id>, <warehouse>:stock and its siblings, product:<id>:waiting, unsettled.orders.
func (s *Store) settle(ctx context.Context, n store.Number) error {
	order, err := s.Order(ctx, n)
	if err != nil {
		return err
	}
	wasRestored := !order.Restored.At.IsZero()
	if wasRestored {
		if order, err = s.beforeSettling(ctx, order); err != nil {
			return wrap("settle order "+n.String(), err)
		}
	}
	if err := s.makeRest(ctx, order); err != nil {
		return wrap("settle order "+n.String(), err)
	}
	if err := s.settleEdition(ctx, order); err != nil {
		return wrap("settle order "+n.String(), err)
	}
	if err := s.settleGiven(ctx, order); err != nil {
		return wrap("settle order "+n.String(), err)
	}
	if order.Status == store.Placed && len(order.Lacking()) > 0 {
		if err = s.reroute(ctx, order); err == nil {
			order, err = s.Order(ctx, n)
		}
		if err != nil {
			return wrap("settle order "+n.String(), err)
		}
	}
	if err = s.joinHeld(ctx, order); err != nil {
		return wrap("settle order "+n.String(), err)
	}
	if wasRestored {
		if err = s.holdAgain(ctx, order); err != nil {
			return wrap("settle order "+n.String(), err)
		}
	}
	switch order.Status {
	case store.Placed:
		err = s.raiseTransfers(ctx, order)
	case store.Backordered:
		if err = s.raiseTransfers(ctx, order); err == nil {
			_, err = s.joinQueues(ctx, order, 0, noLimit)
		}
	case store.Sent, store.Delivered, store.Returned:
		if err = s.closeTransfers(ctx, order, "the order was sent without it"); err == nil {
			err = s.ship(ctx, whoMade(order, store.Sent, store.Delivered, store.Returned), n, warehousesInvolved(order))
		}
		if err == nil {
			err = s.settleInspected(ctx, order)
		}
	case store.Cancelled:
		err = s.settleCancelled(ctx, order)
	}
	if err == nil && order.Status != store.Backordered {
		err = s.leaveQueues(ctx, n, order.Waits)
	}
	if err == nil && wasRestored {
		err = s.afterSettling(ctx, order)
	}
	if err != nil {
		return wrap("settle order "+n.String(), err)
	}
	return s.settled(ctx, keyUnsettled(s.part(n)), orderName(n), order.Version)
}

// settleSoon settles after a step that has already been answered for: a failure is the sweeper's to
// mend, not the caller's to see.
func (s *Store) settleSoon(ctx context.Context, n store.Number) {
	s, ctx, cancel := s.onward(ctx)
	defer cancel()
	if err := s.settle(ctx, n); err != nil {
		s.log.Warn("left to the sweeper", "order", n, "error", err)
	}
}

// settled takes a member off an unsettled set, unless it has changed again since that version.
func (s *Store) settled(ctx context.Context, set, member string, version int) error {
	return wrap("settled", scriptSettled.Run(ctx, s.client, []string{set}, member, strconv.Itoa(version)).Err())
}

// reached says in a field of a transfer, a delivery or an order that the effects of its changes are there up
// to this one.
func (s *Store) reached(ctx context.Context, key, field string, upTo int) error {
	return wrap("reached", scriptReached.Run(ctx, s.client, []string{key}, field, strconv.Itoa(upTo)).Err())
}

// warehousesInvolved are those that may hold something for an order: its sources and its place of
// assembly.
func warehousesInvolved(o store.Order) []string {
	plan := o.Plan
	plan.Assembly = o.Warehouse
	return placesOf(plan)
}

// raiseTransfers asks the sources of a plan for what they give, once. The order may have been cancelled
// meanwhile: so it is asked again whether it wants what was raised.
func (s *Store) raiseTransfers(ctx context.Context, o store.Order) error {
	raised := map[string]bool{}
	for _, source := range o.Plan.Sources {
		if source.Transfer == "" || len(source.Lines) == 0 || hasTransfer(o, source.Transfer) {
			continue
		}
		transfer := store.Transfer{
			ID: source.Transfer, Order: o.Number, UID: o.UID, From: source.Warehouse, To: o.Warehouse, Lines: source.Lines,
			State: store.TransferRequested, Version: 1, DueAt: o.Plan.ReadyAt, At: s.now().UTC(),
		}
		isNew, err := s.raise(ctx, store.Itself, transfer)
		if err != nil {
			return err
		}
		if isNew {
			raised[transfer.ID] = true
			s.announce(ctx, transfer)
		}
	}
	return s.confirmRaised(ctx, o.Number, raised)
}

// confirmRaised closes those of the raised transfers that the order does not want any more. When the
// node dies before, applyTransfer does it.
func (s *Store) confirmRaised(ctx context.Context, n store.Number, raised map[string]bool) error {
	if len(raised) == 0 {
		return nil
	}
	order, err := s.outsiders(ctx, n)
	if err != nil {
		return err
	}
	for id := range raised {
		if wanted(order, id) {
			err = s.settled(ctx, keyUnsettledMove(s.partOfTransfer(id)), id, 1)
		} else {
			err = s.applyTransfer(ctx, id)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func hasTransfer(o store.Order, id string) bool {
	return slices.ContainsFunc(o.Transfers, func(t store.Transfer) bool { return t.ID == id })
}

// raise writes a transfer unless it exists, and puts it before the clerks of both warehouses.
func (s *Store) raise(ctx context.Context, who store.Actor, t store.Transfer) (bool, error) {
	raised := false
	err := s.client.Watch(ctx, func(tx *redis.Tx) error {
		exists, err := tx.Exists(ctx, s.keyTransfer(t.ID)).Result()
		if err != nil || exists == 1 {
			return err
		}
		err = s.exec(ctx, tx, s.transferPicture(t.ID, t.At), func(p redis.Pipeliner) {
			s.writeTransfer(ctx, p, transferStep{Who: who, Lines: t.Lines}, t)
		})
		raised = err == nil
		return err
	}, s.keyTransfer(t.ID))
	if err == redis.TxFailedErr {
		return false, nil // another node has just raised it
	}
	return raised, err
}

// announce says in the warehouses' own words what a transfer asks for: it is needed there, the
// warehouses that were passed over have none, this one has it.
func (s *Store) announce(ctx context.Context, t store.Transfer) {
	directory, err := s.Directory(ctx)
	if err != nil {
		return
	}
	sites, err := s.sites(ctx, directory, productsOf(t.Lines))
	if err != nil {
		return
	}
	var sentences []said
	for _, line := range t.Lines {
		about := func(kind store.MessageKind, warehouse string) {
			sentences = append(sentences, said{store.Message{Kind: kind, Product: line.Product, Warehouse: warehouse}, warehouse})
		}
		about(store.Needed, t.To)
		denials := 0
		for _, site := range sites {
			if w := site.Warehouse.ID; w != t.From && w != t.To && site.Free[line.Product] == 0 && denials < maxDenials {
				about(store.None, w)
				denials++
			}
		}
		about(store.Available, t.From)
	}
	s.say(ctx, t, sentences...)
}

const maxDenials = 5 // so many warehouses say that they have none; the others stay silent
