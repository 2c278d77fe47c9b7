package rdb

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// A delivery changes by its own boundary first (WATCH / MULTI / EXEC on delivery:<id>). What a receipt
// means for the stock is an effect of that version, which may run twice and is finished by the sweeper.

// closedShown is how many closed deliveries a warehouse remembers in its list.
const closedShown = 20

// deliveryID names a delivery by what its supplier calls it, so that announcing it twice is one delivery.
func deliveryID(d store.Delivery) string {
	sum := sha256.Sum256([]byte(encode([]string{d.Warehouse, strings.ToLower(d.Supplier), d.Reference})))
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:10]))
}

// Announce takes down that a supplier will deliver. The same announcement again changes nothing, and made
// is false; Conflict when the supplier's reference stands for something else already. NotFound without such a
// warehouse; Invalid by field.
//
// Keys: delivery:<id>, <warehouse>:deliveries. Waiting orders get their dates from it at once.
func (s *Store) Announce(ctx context.Context, who store.Actor, d store.Delivery) (_ store.Delivery, made bool, err error) {
	directory, err := s.Directory(ctx)
	if err != nil {
		return d, false, err
	}
	if _, known := directory.Warehouses[d.Warehouse]; !known {
		return d, false, noWarehouse(d.Warehouse)
	}
	if err := d.CheckIn(directory); err != nil {
		return d, false, err
	}
	d.ID, d.State, d.Version = deliveryID(d), store.DeliveryAnnounced, 1
	wanted := d
	d, err = s.changeDelivery(ctx, d.ID, func(now store.Delivery) (store.Delivery, store.DeliveryStep, error) {
		if made = now.Version == 0; made {
			return wanted, store.DeliveryStep{What: "announced", Who: who}, nil
		}
		if !now.Due.Equal(wanted.Due) || encode(announced(now)) != encode(announced(wanted)) {
			return now, store.DeliveryStep{}, store.Errorf(store.Conflict, "A delivery with the reference %s from %s is announced already, with other goods or for another day.", now.Reference, now.Supplier)
		}
		return now, store.DeliveryStep{}, errNothingToDo
	})
	if err == nil {
		s.suppliesChanged(ctx)
	}
	return d, made, err
}

func announced(d store.Delivery) (lines []store.Line) {
	for _, line := range d.Lines {
		if line.Announced > 0 {
			lines = append(lines, store.Line{Product: line.Product, Quantity: line.Announced})
		}
	}
	return lines
}

// MoveDelivery changes the day for which a delivery is announced, with a reason. Conflict when it is
// closed. The same day again changes nothing.
func (s *Store) MoveDelivery(ctx context.Context, who store.Actor, moved store.Delivery, why string) (store.Delivery, error) {
	d, err := s.changeDelivery(ctx, moved.ID, func(d store.Delivery) (store.Delivery, store.DeliveryStep, error) {
		switch {
		case d.Version == 0:
			return d, store.DeliveryStep{}, noDelivery()
		case d.State != store.DeliveryAnnounced:
			return d, store.DeliveryStep{}, store.Errorf(store.Conflict, "This delivery is closed, so its day stays.")
		case d.Due.Equal(moved.Due):
			return d, store.DeliveryStep{}, errNothingToDo
		}
		d.Due = moved.Due
		return d, store.DeliveryStep{What: "moved", Who: who, Why: why}, d.Check()
	})
	if err == nil {
		s.suppliesChanged(ctx)
	}
	return d, err
}

// ReceiveDelivery books what has come of a delivery. version is that of the delivery as the person saw
// it: Conflict when it has changed since, so that a form that is sent twice books once. Waiting orders
// get what they wait for within the same step.
//
// Keys: delivery:<id>, <warehouse>:deliveries; then those of applyDelivery.
func (s *Store) ReceiveDelivery(ctx context.Context, who store.Actor, id string, version int, receipt store.DeliveryReceipt) (store.Delivery, error) {
	directory, err := s.Directory(ctx)
	if err != nil {
		return store.Delivery{}, err
	}
	d, err := s.changeDelivery(ctx, id, func(d store.Delivery) (store.Delivery, store.DeliveryStep, error) {
		switch {
		case d.Version == 0:
			return d, store.DeliveryStep{}, noDelivery()
		case d.Version != version:
			return d, store.DeliveryStep{}, store.Errorf(store.Conflict, "Something was booked on this delivery meanwhile. Look again before you book more.")
		}
		d, err := d.ReceiveIn(directory, receipt)
		return d, store.DeliveryStep{What: "received", Lines: receipt.Lines, Who: who, Why: receipt.Why}, err
	})
	if err != nil {
		return d, err
	}
	s, ctx, cancel := s.onward(ctx)
	defer cancel()
	if err := s.applyDelivery(ctx, id); err != nil {
		s.log.Warn("left to the sweeper", "delivery", id, "error", err)
	}
	s.suppliesChanged(ctx)
	return d, nil
}

func noDelivery() error { return store.Errorf(store.NotFound, "There is no such delivery.") }

// changeDelivery writes one change of a delivery in one atomic step. decide gets it as it is, with
// version 0 if it is not there, and says what it becomes.
func (s *Store) changeDelivery(ctx context.Context, id string, decide func(store.Delivery) (store.Delivery, store.DeliveryStep, error)) (store.Delivery, error) {
	if !store.ValidID(id) {
		return store.Delivery{}, noDelivery()
	}
	for range txTries {
		var d store.Delivery
		var reading *redis.MapStringStringCmd
		ask := func(p redis.Pipeliner) { reading = p.HGetAll(ctx, s.keyDelivery(id)) }
		err := s.watch(ctx, []string{s.keyDelivery(id)}, ask, func(tx *redis.Tx) error {
			before := decodeDelivery(id, reading.Val())
			after, step, err := decide(before)
			if d = after; err != nil {
				d = before
				return err
			}
			d.Version = before.Version + 1
			step.Version, step.At = d.Version, s.now().UTC()
			return s.exec(ctx, tx, s.deliveryPicture(id, step.At), func(p redis.Pipeliner) { s.writeDelivery(ctx, p, d, step) })
		})
		switch {
		case errors.Is(err, errNothingToDo):
			return d, s.doneBefore(ctx, aboutDelivery+id)
		case !errors.Is(err, redis.TxFailedErr):
			return d, wrap("change delivery "+id, err)
		}
	}
	return store.Delivery{}, store.Errorf(store.Conflict, "This delivery is being changed by others at this moment. Please try again.")
}

func (s *Store) writeDelivery(ctx context.Context, p redis.Pipeliner, d store.Delivery, step store.DeliveryStep) {
	w := d.Warehouse
	p.HSet(ctx, s.keyDelivery(d.ID), map[string]any{
		"warehouse": w, "supplier": d.Supplier, "reference": d.Reference, "due": stamp(d.Due),
		"lines": encode(d.Lines), "state": string(d.State), "version": d.Version,
	})
	p.RPush(ctx, s.keyDeliveryHistory(d.ID), encode(step))
	if len(step.Lines) > 0 {
		p.Del(ctx, s.keyCounted(d.ID))
		p.ZAdd(ctx, keyUnsettledDelivery(s.partOf(d.ID)), redis.Z{Score: float64(d.Version), Member: d.ID})
	}
	s.listDelivery(ctx, p, d, step.At)
}

// listDelivery puts a delivery where it stands by its state since a time, and tells the pages that show it.
func (s *Store) listDelivery(ctx context.Context, p redis.Pipeliner, d store.Delivery, since time.Time) {
	w, at := d.Warehouse, s.partOf(d.ID)
	if d.State == store.DeliveryAnnounced {
		p.ZAdd(ctx, keyDeliveries(at, w), redis.Z{Score: float64(d.Due.Unix()), Member: d.ID})
	} else {
		p.ZRem(ctx, keyDeliveries(at, w), d.ID)
		p.ZAdd(ctx, keyClosedDeliveries(at, w), redis.Z{Score: float64(since.Unix()), Member: d.ID})
		p.ZRemRangeByRank(ctx, keyClosedDeliveries(at, w), 0, -closedShown-1)
	}
	p.Publish(ctx, talkDirectory, "1")
	s.hint(ctx, p, at, liveWarehouse(w))
	s.hint(ctx, p, at, liveCatalogue)
	s.hint(ctx, p, at, liveWaiting)
}

// deliveryStep names what a receipt books at its warehouse.
func deliveryStep(id string, version int) string { return fmt.Sprintf("delivery.%s.%d", id, version) }

// applyDelivery brings the stock up to date with a delivery: what each receipt booked joins it, keyed by
// the delivery's id and the receipt's version, and the waiting orders are served.
//
// Keys: delivery:<id> (field settled), <warehouse>:stock…, <warehouse>:step:<id>.<version>,
// unsettled.delivery.
func (s *Store) applyDelivery(ctx context.Context, id string) error {
	d, err := s.Delivery(ctx, id)
	if err != nil {
		return err
	}
	applied, err := s.client.HGet(ctx, s.keyDelivery(id), "settled").Int()
	if err != nil && !errors.Is(err, redis.Nil) {
		return wrap("receive delivery", err)
	}
	for _, step := range d.Steps {
		if len(step.Lines) == 0 || step.Version <= applied {
			continue
		}
		_, err := s.move(ctx, movement{
			script: scriptArrive, warehouse: d.Warehouse, step: deliveryStep(id, step.Version), kind: store.MoveReceived,
			reference: deliveryName(id), who: ledgerName(step.Who), why: step.Why, args: lineArgs(step.Lines),
		})
		if err != nil {
			return wrap("receive delivery "+id, err)
		}
		if err := s.reached(ctx, s.keyDelivery(id), "settled", step.Version); err != nil {
			return wrap("receive delivery "+id, err)
		}
	}
	if err := s.settled(ctx, keyUnsettledDelivery(s.partOf(id)), id, d.Version); err != nil {
		return err
	}
	return s.serveWaiting(ctx)
}

// Scan adds units to what has been counted of a delivery; nothing is booked by it. A negative number
// takes a scan back. It gives how many units are counted now. Conflict when the delivery is closed.
//
// Keys: delivery:<id>:counted. It is kept in Redis only, so a full disk is no reason against it.
func (s *Store) Scan(ctx context.Context, id, product string, units int) (int, error) {
	if !store.ValidID(id) {
		return 0, noDelivery()
	}
	s = s.itself()
	counted := 0
	for range txTries {
		var state *redis.StringCmd
		var so *redis.SliceCmd
		ask := func(p redis.Pipeliner) {
			state, so = p.HGet(ctx, s.keyDelivery(id), "state"), p.HMGet(ctx, s.keyCounted(id), product)
		}
		err := s.watch(ctx, []string{s.keyDelivery(id), s.keyCounted(id)}, ask, func(tx *redis.Tx) error {
			switch {
			case state.Val() == "":
				return noDelivery()
			case state.Val() != string(store.DeliveryAnnounced):
				return store.Errorf(store.Conflict, "This delivery is closed: nothing more of it was expected.")
			}
			counted = min(max(0, integer(so.Val()[0])+units), store.MaxDeliveryUnits)
			_, err := tx.TxPipelined(ctx, func(p redis.Pipeliner) error {
				p.HSet(ctx, s.keyCounted(id), product, strconv.Itoa(counted))
				return nil
			})
			return err
		})
		if !errors.Is(err, redis.TxFailedErr) {
			return counted, wrap("scan", err)
		}
	}
	return 0, store.Errorf(store.Conflict, "Many are scanning at once. Please scan it again.")
}

func decodeDelivery(id string, h map[string]string) store.Delivery {
	d := store.Delivery{
		ID: id, Warehouse: h["warehouse"], Supplier: h["supplier"], Reference: h["reference"],
		Due: unstamp(h["due"]), State: store.DeliveryState(h["state"]),
	}
	d.Version, _ = strconv.Atoi(h["version"])
	_ = json.Unmarshal([]byte(h["lines"]), &d.Lines) // empty when there is no such delivery
	return d
}
