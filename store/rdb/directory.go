package rdb

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// directoryAge is how old the kept directory may be: a new product or warehouse is known
// everywhere within that time.
const directoryAge = time.Second

type directory struct {
	mu      sync.Mutex
	read    time.Time
	kept    store.Directory
	reading *directoryReading // who is at it now
}

// directoryReading is one reading of the directory, for all who ask meanwhile.
type directoryReading struct {
	done    chan struct{}
	found   store.Directory
	err     error
	brokeUp bool // whoever read had no more time
}

// Directory gives all products and warehouses, and what is announced to them, at most a second old. One
// caller reads for all who ask at the same time; nobody waits longer than their own context lasts. While a
// part of a cluster is away it is as old as that.
// Keys: products, warehouses, product:<id>, <warehouse>, <warehouse>:deliveries, delivery:<id>.
func (s *Store) Directory(ctx context.Context) (store.Directory, error) {
	for {
		began := s.now()
		kept, reading, mine := s.directory.join(began)
		switch {
		case reading == nil:
			return kept, nil
		case mine:
			found, err := s.readDirectory(ctx)
			if last, ok := s.directory.last(); ok && s.sharded() && unreachable(err) {
				found, err = last, nil
			}
			s.directory.finish(reading, found, err, ctx.Err() != nil, began)
			return found, wrap("directory", err)
		}
		select {
		case <-ctx.Done():
			return store.Directory{}, wrap("directory", ctx.Err())
		case <-reading.done:
			if !reading.brokeUp {
				return reading.found, wrap("directory", reading.err)
			}
		}
	}
}

// last is what was read last, if anything.
func (d *directory) last() (store.Directory, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.kept, len(d.kept.Products) > 0
}

// join gives what is kept if that is young enough, else the reading that is under way: the caller's own,
// if there was none.
func (d *directory) join(now time.Time) (kept store.Directory, reading *directoryReading, mine bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if age := now.Sub(d.read); age >= 0 && age <= directoryAge {
		return d.kept, nil, false
	}
	if d.reading == nil {
		d.reading, mine = &directoryReading{done: make(chan struct{})}, true
	}
	return store.Directory{}, d.reading, mine
}

// finish hands a reading to all who wait. It is kept, unless something has changed since it began.
func (d *directory) finish(reading *directoryReading, found store.Directory, err error, brokeUp bool, began time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	reading.found, reading.err, reading.brokeUp = found, err, err != nil && brokeUp
	close(reading.done)
	if d.reading != reading {
		return
	}
	d.reading = nil
	if err == nil {
		d.kept, d.read = found, began
	}
}

// FreshDirectory is Directory as it is at this moment, for whoever looks at what somebody has just changed,
// perhaps through another node.
func (s *Store) FreshDirectory(ctx context.Context) (store.Directory, error) {
	s.forgetDirectory()
	return s.Directory(ctx)
}

// directoryChanged tells all nodes that they keep an old directory. A node that does not hear of it keeps it
// for a second.
func (s *Store) directoryChanged(ctx context.Context) {
	s.forgetDirectory()
	s.client.Publish(ctx, talkDirectory, "1")
}

// forgetDirectory makes the next Directory read afresh, after a change of this node's own.
func (s *Store) forgetDirectory() {
	s.directory.mu.Lock()
	defer s.directory.mu.Unlock()
	s.directory.read, s.directory.reading = time.Time{}, nil
}

func (s *Store) readDirectory(ctx context.Context) (store.Directory, error) {
	var products, warehouses *redis.StringSliceCmd
	_, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		products, warehouses = p.SMembers(ctx, s.keyProducts()), p.SMembers(ctx, keyWarehouses)
		return nil
	})
	if err != nil {
		return store.Directory{}, err
	}
	d := store.Directory{Products: map[string]store.Product{}, Warehouses: map[string]store.Warehouse{}}
	hashes := map[string]*redis.MapStringStringCmd{}
	var due []*ranked
	var served *redis.StringCmd
	commands, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		served = p.HGet(ctx, keyShop, servedField)
		for _, id := range products.Val() {
			hashes[s.keyProduct(id)] = p.HGetAll(ctx, s.keyProduct(id))
		}
		for _, id := range warehouses.Val() {
			hashes[s.keyWarehouse(id)] = p.HGetAll(ctx, s.keyWarehouse(id))
			due = append(due, s.askRanked(ctx, p, keyDeliveries, id, all))
		}
		return nil
	})
	if err := failed(commands, err); err != nil {
		return store.Directory{}, err
	}
	d.Served = decodeServed(served.Val())
	for _, id := range products.Val() {
		d.Products[id] = decodeProduct(id, hashes[s.keyProduct(id)].Val())
	}
	for _, id := range warehouses.Val() {
		d.Warehouses[id] = decodeWarehouse(id, hashes[s.keyWarehouse(id)].Val())
	}
	d.ProductIDs, d.WarehouseIDs = sortedKeys(d.Products), sortedKeys(d.Warehouses)
	var announced []string
	for _, ids := range due {
		announced = append(announced, ids.members()...)
	}
	deliveries, err := s.deliveries(ctx, announced)
	d.Arriving = store.Arrivals(deliveries)
	return d, err
}

// SaveProduct adds a product, or changes what is known of it. Invalid says which field is wrong.
func (s *Store) SaveProduct(ctx context.Context, product store.Product) error {
	if err := product.Check(); err != nil {
		return err
	}
	defer s.forgetDirectory()
	_, err := s.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.SAdd(ctx, s.keyProducts(), product.ID)
		p.HSet(ctx, s.keyProduct(product.ID), map[string]any{
			"name": product.Name, "description": product.Description, "picture": product.Picture,
			"gtin": product.GTIN, "terms": string(product.Terms.Kind), "cap": product.Terms.Cap, "release": stamp(product.Terms.Release),
			"withdrawn": strconv.FormatBool(product.Withdrawn), "limit": product.Limit,
		})
		p.Publish(ctx, talkDirectory, "1")
		s.hint(ctx, p, s.own(catalogue), liveCatalogue)
		return nil
	})
	return wrap("save product", err)
}

// SaveWarehouse adds a warehouse, or changes what is known of it. Invalid says which field is
// wrong.
func (s *Store) SaveWarehouse(ctx context.Context, w store.Warehouse) error {
	if err := w.Check(); err != nil {
		return err
	}
	_, err := s.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.HSet(ctx, s.keyWarehouse(w.ID), map[string]any{
			"name": w.Name, "address": w.Address, "cut_off": w.CutOff.String(), "same_day": w.SameDay.String(),
			"handling": w.Handling.String(), "closed_on": w.ClosedOn.String(), "closed": joinDays(w.Closed), "capacity": w.Capacity,
			"latitude":  strconv.FormatFloat(w.At.Lat, 'f', -1, 64),
			"longitude": strconv.FormatFloat(w.At.Lon, 'f', -1, 64),
		})
		s.hint(ctx, p, s.at(w.ID), liveWarehouse(w.ID))
		return nil
	})
	if err == nil { // listed last, and again when this is done again: a warehouse that is listed is known
		err = s.client.SAdd(ctx, keyWarehouses, w.ID).Err()
	}
	s.directoryChanged(ctx)
	select {
	case s.newWarehouse <- struct{}{}:
	default:
	}
	return wrap("save warehouse", err)
}

func decodeProduct(id string, h map[string]string) store.Product {
	p := store.Product{
		ID: id, Name: h["name"], Description: h["description"], Picture: h["picture"], GTIN: h["gtin"],
		Withdrawn: h["withdrawn"] == "true",
		Terms:     store.Terms{Kind: store.TermsKind(h["terms"]), Release: unstamp(h["release"])},
	}
	p.Limit, _ = strconv.Atoi(h["limit"])
	p.Terms.Cap, _ = strconv.Atoi(h["cap"])
	if _, known := h["terms"]; !known && h["backorder"] == "true" { // as it was written before there were terms
		p.Terms.Kind = store.TermsBackorder
	}
	return p
}

func decodeWarehouse(id string, h map[string]string) store.Warehouse {
	w := store.Warehouse{ID: id, Name: h["name"], Address: h["address"]}
	w.At.Lat, _ = strconv.ParseFloat(h["latitude"], 64)
	w.At.Lon, _ = strconv.ParseFloat(h["longitude"], 64)
	w.CutOff, _ = time.ParseDuration(h["cut_off"])
	w.SameDay, _ = time.ParseDuration(h["same_day"])
	w.Handling, _ = time.ParseDuration(h["handling"])
	w.ClosedOn, _ = store.ParseWeekdays(h["closed_on"])
	w.Capacity, _ = strconv.Atoi(h["capacity"])
	for text := range strings.FieldsSeq(h["closed"]) {
		if day, ok := store.ParseDay(text); ok {
			w.Closed = append(w.Closed, day)
		}
	}
	return w
}

// joinDays writes single days one after the other: "2026-12-24 2026-12-25".
func joinDays(days []store.Day) string {
	words := make([]string, len(days))
	for i, day := range days {
		words[i] = string(day)
	}
	return strings.Join(words, " ")
}

// sortedKeys gives the keys of a map in order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
