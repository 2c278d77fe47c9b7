package rdb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// correctionKept is how long a correction that is done is remembered, so that asking for it again is
// answered as the first time.
const correctionKept = 7 * 24 * time.Hour

// correction is a count, damage or adjustment for which orders give way, while it is under way and after.
type correction struct {
	ID        string             `json:"id"`
	Warehouse string             `json:"warehouse"`
	Kind      store.MovementKind `json:"kind"`
	Why       string             `json:"why"`
	Who       store.Actor        `json:"who"`
	Yields    []store.Yield      `json:"yields"`
	Cause     store.Cause        `json:"cause,omitempty"` // why its units are missing, if its kind does not tell
	Done      bool               `json:"done,omitempty"`
	Left      []store.Line       `json:"left,omitempty"` // units that could not be taken off after all
}

// products lists those of which somebody gives up units, each once.
func (c *correction) products() []string {
	var products []string
	for _, y := range c.Yields {
		if !slices.Contains(products, y.Product) {
			products = append(products, y.Product)
		}
	}
	return products
}

// Correct changes what is on hand by hand, although more is promised than will be left: those named in
// Yields give way. All lines are booked or none, and with them it is settled that the yields follow; then
// each order and each transfer loses its units, which leave the books in the same moment, and gets them
// from elsewhere or waits. Nothing of it is free at any time, so nobody can take it. The same Key again
// changes nothing. It gives the levels of the lines' products afterwards.
//
// Keys: <warehouse>:stock and its siblings, <warehouse>:correcting, <warehouse>:correction:<id>
// (lua/book.lua); then the order or transfer boundary of each yield, and settle. Emits gave_way or
// transfer_refused on the orders, then what comes of it. When the node dies, the sweeper goes on.
//
// Errors: Invalid by field; Conflict by product in Fields, with nothing booked, when stock or promises have
// moved on; Conflict when an order had moved on by the time it was to give: then the message says what is
// left.
func (s *Store) Correct(ctx context.Context, who store.Actor, c store.Correction) ([]store.Level, error) {
	levels, err := s.correct(ctx, who, c)
	return levels, wrap("correct", err)
}

func (s *Store) correct(ctx context.Context, who store.Actor, c store.Correction) ([]store.Level, error) {
	directory, err := s.Directory(ctx)
	if err != nil {
		return nil, err
	}
	products := make([]string, len(c.Lines))
	for i, line := range c.Lines {
		products[i] = line.Product
	}
	if err := mayBook(directory, c.Warehouse, products, func(i int) string { return products[i] }); err != nil {
		return nil, err
	}
	if len(c.Key) < 1 || len(c.Key) > 255 {
		return nil, badKey()
	}
	lines, err := correctionLines(c)
	if err != nil {
		return nil, err
	}
	under := &correction{Warehouse: c.Warehouse, Kind: c.Kind, Why: c.Reason, Who: who, Yields: c.Yields}
	if under.ID, err = s.uid(ctx, ledgerName(who), "correct "+c.Key); err != nil {
		return nil, err
	}
	if err := s.pass(); err != nil {
		return nil, err
	}
	if err := s.itself().finishCorrections(ctx, c.Warehouse); err != nil {
		return nil, err
	}
	word, details, err := s.book(ctx, who, booking{
		warehouse: c.Warehouse, kind: c.Kind, reference: string(c.Kind), why: c.Reason, step: under.ID, lines: lines, begins: under,
	})
	if err != nil {
		return nil, err
	}
	if word != "ok" && word != "again" {
		return nil, refusal(word, details)
	}
	itself, further, cancel := s.onward(ctx)
	defer cancel()
	left, err := itself.finishCorrection(further, c.Warehouse, under.ID)
	if err != nil {
		s.log.Warn("left to the sweeper", "correction", under.ID, "error", err)
	}
	s.releaseSoon(ctx)
	if err := s.writable(); err != nil { // where all that goes is given up by others, only that is written down
		return nil, unsure(under.ID, err)
	}
	if len(left) > 0 {
		return nil, notAllGaveWay(directory, left)
	}
	return s.levelsOf(ctx, c.Warehouse, products)
}

// Corrected tells whether somebody's wish for a correction, named by its key, has been booked already. What
// it left half done is finished first.
func (s *Store) Corrected(ctx context.Context, who store.Actor, warehouse, key string) (bool, error) {
	if err := s.pass(); err != nil {
		return false, err
	}
	id, err := s.uid(ctx, ledgerName(who), "correct "+key)
	if err != nil {
		return false, wrap("corrected", err)
	}
	begun, err := s.client.Exists(ctx, s.keyCorrection(warehouse, id)).Result()
	if err != nil || begun == 0 {
		return false, wrap("corrected", err)
	}
	left, err := s.itself().finishCorrection(ctx, warehouse, id)
	if err == nil {
		err = s.doneBefore(ctx, aboutStock+warehouse+"/"+id)
	}
	return len(left) == 0 && err == nil, wrap("corrected", err)
}

// correctionLines are the lines of a correction without what others give up: that follows.
func correctionLines(c store.Correction) ([]bookingLine, error) {
	given := map[string]int{}
	for _, y := range c.Yields {
		if y.Units < 1 || (y.Order == 0) == (y.Transfer == "") {
			return nil, store.Errorf(store.Invalid, "Say which orders give way, and by how many units.")
		}
		given[y.Product] += y.Units
	}
	lines := make([]bookingLine, len(c.Lines))
	for i, line := range c.Lines {
		change := line.Change + given[line.Product]
		if line.Change > maxOnHand || line.Change < -maxOnHand || given[line.Product] > 0 && change > 0 {
			return nil, &store.Error{Kind: store.Invalid, Message: "These orders would lose more than is missing.", Fields: map[string]string{line.Product: "These orders would lose more than is missing."}}
		}
		delete(given, line.Product)
		lines[i] = bookingLine{line.Product, change, line.Seen}
	}
	if len(given) > 0 {
		return nil, store.Errorf(store.Invalid, "Orders can only give way for products that are counted.")
	}
	return lines, nil
}

func notAllGaveWay(directory store.Directory, left []store.Line) error {
	fields := map[string]string{}
	for _, line := range left {
		fields[line.Product] = fmt.Sprintf("%d of %s could not be taken off, because an order has moved on meanwhile. Everything else is booked.", line.Quantity, directory.ProductName(line.Product))
	}
	return &store.Error{Kind: store.Conflict, Message: "An order has moved on meanwhile, so not everything could be booked. Please look at the rest again.", Fields: fields}
}

// finishCorrections finishes what other nodes have left half done at a warehouse.
func (s *Store) finishCorrections(ctx context.Context, warehouse string) error {
	open, err := s.client.HVals(ctx, s.keyCorrecting(warehouse)).Result()
	if err != nil {
		return err
	}
	slices.Sort(open)
	for _, id := range slices.Compact(open) {
		if _, err := s.finishCorrection(ctx, warehouse, id); err != nil {
			return err
		}
	}
	return nil
}

// finishCorrection has everybody who gives way for a correction do so, and gives the units that could not
// be taken off. It may run twice and on two nodes at once.
//
// Keys: <warehouse>:correction:<id>, <warehouse>:correcting; then those of yield.
func (s *Store) finishCorrection(ctx context.Context, warehouse, id string) ([]store.Line, error) {
	text, err := s.client.Get(ctx, s.keyCorrection(warehouse, id)).Bytes()
	c := correction{ID: id}
	switch {
	case errors.Is(err, redis.Nil): // somebody has removed it: there is nothing to go by
	case err != nil:
		return nil, err
	default:
		if err := json.Unmarshal(text, &c); err != nil {
			return nil, fmt.Errorf("correction %s: %w", id, err)
		}
	}
	if c.Done {
		return c.Left, nil
	}
	var left []store.Line
	for _, y := range slices.Backward(c.Yields) { // whom it hurts most is the first to get what is elsewhere
		units, err := s.yield(ctx, c, y)
		if err != nil {
			return nil, err
		}
		if rest := y.Units - units; rest > 0 {
			left = store.Add(left, []store.Line{{Product: y.Product, Quantity: rest}})
		}
	}
	for _, line := range left {
		done, err := s.takeLeft(ctx, c, line)
		if err != nil {
			return nil, err
		}
		if !done {
			c.Left = append(c.Left, line)
		}
	}
	c.Done = true
	keys := []string{s.keyCorrecting(warehouse), s.keyCorrection(warehouse, id)}
	return c.Left, scriptCorrected.Run(ctx, s.client, keys, id, encode(c), int(correctionKept.Seconds())).Err()
}

// takeLeft takes units off the shelf that somebody was to give up and has let go of before: they are free
// then. False when they are not.
func (s *Store) takeLeft(ctx context.Context, c correction, left store.Line) (bool, error) {
	word, _, err := s.book(ctx, c.Who, booking{
		warehouse: c.Warehouse, kind: c.Kind, reference: string(c.Kind), why: c.Why, step: c.ID + ".rest." + left.Product,
		lines: []bookingLine{{left.Product, -left.Quantity, unseen}},
	})
	return word == "ok" || word == "again", err
}

// lookAtCorrections finds corrections that a dead node has left half done.
func (r *reconciler) lookAtCorrections(ctx context.Context, directory store.Directory, _ bool) ([]finding, error) {
	open := make([]*redis.MapStringStringCmd, len(directory.WarehouseIDs))
	commands, err := r.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, w := range directory.WarehouseIDs {
			open[i] = p.HGetAll(ctx, r.keyCorrecting(w))
		}
		return nil
	})
	if err := failed(commands, err); err != nil {
		return nil, err
	}
	var findings []finding
	for i, w := range directory.WarehouseIDs {
		for _, product := range sortedKeys(open[i].Val()) {
			id := open[i].Val()[product]
			findings = append(findings, finding{
				subject: w, what: "finished a count of " + short(product) + " for which orders give way", state: id,
				mend: func(ctx context.Context) error { _, err := r.finishCorrection(ctx, w, id); return err },
			})
		}
	}
	return findings, nil
}
