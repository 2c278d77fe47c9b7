package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"waybill/store"
	"waybill/store/rdb"
)

// moveIn ties the journal to the shop in Redis where the two are strangers and the administrator has said that
// this is right. It comes before anything is read from the journal.
func (h *house) moveIn(ctx context.Context) error {
	known := h.journal.Shop()
	if !h.command.Restore || known == "" {
		return nil
	}
	found, err := h.store.IdentityInRedis(ctx)
	if err != nil || found.ID == "" || found.ID == known {
		return err
	}
	h.log.Warn("orders that were promised by another shop are put into this one", "pending", h.journal.Stats().Pending)
	return h.journal.MoveTo(ctx, found.ID)
}

// joinOnce ties the journal to the shop in Redis. Another shop's Redis is a mistake that only a person can
// clear up. Into an empty one nothing is put either, as long as nobody says so; but orders are taken.
func (h *house) joinOnce(ctx context.Context) error {
	found, err := h.store.IdentityInRedis(ctx)
	if h.copes(err) {
		return nil // it is looked at again as soon as Redis is there
	}
	if err != nil {
		return err
	}
	file := filepath.Join(h.command.DataDir, "journal.db")
	switch known := h.journal.Shop(); {
	case known == "" || known == found.ID:
		if _, err := h.store.Identity(ctx); err != nil {
			return err
		}
	case found.ID != "":
		return fmt.Errorf("the Redis at %s belongs to another shop than %s: use another --data-dir, or the right --redis; "+
			"with --restore the orders in the file that no Redis has got yet are put into this shop", h.redis.Address(), file)
	case h.command.Restore && h.standby.Identity().ID == known:
		if err := h.refill(ctx); err != nil {
			return err
		}
	case !h.standby.Ready():
		return fmt.Errorf("the Redis at %s is empty, but %s holds what was promised to customers of a shop: "+
			"bring that shop's Redis back, or move the file away and keep it, to begin a new shop", h.redis.Address(), file)
	}
	return errors.Join(h.intake.Check(ctx), h.keepFromEmptyShelves(ctx))
}

// refill makes an empty Redis this shop's again, as far as this node knows the shop: who it is, what it sells
// and where it has warehouses. How much there is on the shelves it does not know, so no order is put there
// before somebody has counted something.
func (h *house) refill(ctx context.Context) error {
	if err := h.store.PutIdentity(ctx, h.standby.Identity()); err != nil {
		return err
	}
	directory := h.standby.Copy()
	for _, id := range directory.WarehouseIDs {
		if err := h.store.SaveWarehouse(ctx, directory.Warehouses[id]); err != nil {
			return err
		}
	}
	for _, id := range directory.ProductIDs {
		if err := h.store.SaveProduct(ctx, directory.Products[id]); err != nil {
			return err
		}
	}
	if err := h.store.SaveServed(ctx, directory.Served); err != nil {
		return err
	}
	h.log.Warn("what this node knows of the shop was put into an empty redis", "products", len(directory.ProductIDs), "warehouses", len(directory.WarehouseIDs))
	return h.store.Mark(ctx, refilled)
}

const (
	shelvesEvery = 2 * time.Second
	emptyShelves = "Nothing is on any shelf in Redis. Orders are taken and kept here until stock is booked: count it, or read it in from a file."

	refilled  = "refilled"  // mark of a Redis that was filled again without knowing the stock
	restocked = "restocked" // mark that somebody has booked some since
)

// keepFromEmptyShelves keeps what was promised away from a Redis that was filled again, as long as nothing is on
// any shelf there: every order would be refused.
func (h *house) keepFromEmptyShelves(ctx context.Context) error {
	empty, err := h.store.Marked(ctx, refilled)
	if err != nil || !empty {
		return err
	}
	stocked, err := h.store.Marked(ctx, restocked)
	if err == nil && !stocked {
		h.stocked = h.intake.Hold(emptyShelves)
		h.log.Warn("nothing is on any shelf: orders are kept here until stock is booked", "pending", h.journal.Stats().Pending)
	}
	return err
}

// awaitStock ends that once somebody has booked something.
func (h *house) awaitStock(ctx context.Context) error {
	for h.stocked != nil {
		empty, err := nothingOnShelves(ctx, h.store)
		if err == nil && !empty {
			err = h.store.Mark(ctx, restocked)
		}
		switch {
		case err == nil && !empty:
			h.stocked()
			return nil
		case err != nil && store.KindOf(err) != store.Unavailable:
			h.log.Warn("the shelves cannot be looked at", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(shelvesEvery):
		}
	}
	return nil
}

// nothingOnShelves tells whether no warehouse holds a unit of anything.
func nothingOnShelves(ctx context.Context, shop *rdb.Store) (bool, error) {
	directory, err := shop.Directory(ctx)
	if err != nil {
		return false, err
	}
	for _, w := range directory.WarehouseIDs {
		shelves, err := shop.StockOf(ctx, w)
		if err != nil {
			return false, err
		}
		for _, shelf := range shelves {
			if shelf.Level.OnHand > 0 {
				return false, nil
			}
		}
	}
	return true, nil
}
