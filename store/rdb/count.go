package rdb

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

const maxOnHand = store.MaxOnHand

// SetStock books a count: so many units of the product are really on hand. The difference goes into
// the ledger with who and why. Conflict when fewer were counted than are promised to orders. The same
// count again changes nothing. Orders that wait for the product are served at once.
//
// Keys: <warehouse>:stock, :movements, :product_list (lua/count.lua). Changes no order by itself.
func (s *Store) SetStock(ctx context.Context, who store.Actor, warehouse, product string, onHand int, reason string) (store.Level, error) {
	directory, err := s.Directory(ctx)
	if err != nil {
		return store.Level{}, err
	}
	switch _, known := directory.Products[product]; {
	case directory.Warehouses[warehouse].ID == "":
		return store.Level{}, noWarehouse(warehouse)
	case !known:
		return store.Level{}, store.Errorf(store.NotFound, "There is no product %s.", short(product))
	case onHand < 0 || onHand > maxOnHand:
		return store.Level{}, &store.Error{Kind: store.Invalid, Message: "Count between 0 and 1,000,000,000 units.", Fields: map[string]string{"on_hand": "Count between 0 and 1,000,000,000 units."}}
	}
	about := aboutStock + warehouse + "/" + product
	end := s.kept.begin(about)
	defer end()
	results, err := s.move(ctx, movement{
		script: scriptCount, warehouse: warehouse, kind: store.MoveCounted, reference: "count",
		who: ledgerName(who), why: reason, args: []any{product, strconv.Itoa(onHand)}, keys: []string{s.keyCorrecting(warehouse)},
	})
	if err != nil {
		return store.Level{}, wrap("count", err)
	}
	word, details := answer(results[0])
	switch word {
	case "short":
		return store.Level{}, store.Errorf(store.Conflict, "%s of these are promised to orders, so the count cannot be below that unless some of the orders give way.", details[1])
	case "busy":
		return store.Level{}, busyShelf(details)
	}
	change, _ := strconv.Atoi(details[3])
	err = s.keepBooking(ctx, who, booking{
		warehouse: warehouse, kind: store.MoveCounted, reference: "count", why: reason, lines: []bookingLine{{product: product, change: change}},
	}, details[2])
	if details[2] == "" {
		end()
		err = s.doneBefore(ctx, about)
	}
	if err != nil {
		return store.Level{}, err
	}
	s.releaseSoon(ctx)
	reserved, _ := strconv.Atoi(details[1])
	return store.Level{OnHand: onHand, Reserved: reserved}, nil
}

// BookProposal turns what an outside program wrote about a product into a count: one unit more than is
// promised when it says that the product is there, just what is promised when it says that it is not.
// NotFound when there is no such proposal any more.
func (s *Store) BookProposal(ctx context.Context, who store.Actor, warehouse, product string) error {
	text, err := s.client.HGet(ctx, s.keyProposals(warehouse), product).Result()
	if errors.Is(err, redis.Nil) {
		return store.Errorf(store.NotFound, "Somebody has dealt with this already.")
	}
	if err != nil {
		return wrap("book proposal", err)
	}
	var proposal store.Proposal
	if err := json.Unmarshal([]byte(text), &proposal); err != nil {
		return wrap("book proposal", err)
	}
	level, err := s.level(ctx, warehouse, product)
	if err != nil {
		return err
	}
	counted := level.Reserved
	if proposal.Present {
		counted = max(level.OnHand, level.Reserved+1)
	}
	if _, err := s.SetStock(ctx, who, warehouse, product, counted, "as an outside program wrote it"); err != nil {
		return err
	}
	return s.DropProposal(ctx, who, warehouse, product)
}

// DropProposal forgets what an outside program wrote about a product. Repeating it changes nothing.
// Keys: <warehouse>:proposals.
func (s *Store) DropProposal(ctx context.Context, _ store.Actor, warehouse, product string) error {
	_, err := s.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.HDel(ctx, s.keyProposals(warehouse), product)
		s.hint(ctx, p, s.at(warehouse), liveWarehouse(warehouse))
		return nil
	})
	return wrap("drop proposal", err)
}

func (s *Store) level(ctx context.Context, warehouse, product string) (store.Level, error) {
	var onHand, reserved *redis.StringCmd
	commands, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		onHand, reserved = p.HGet(ctx, s.keyStock(warehouse), product), p.HGet(ctx, s.keyReserved(warehouse), product)
		return nil
	})
	if err := failed(commands, err); err != nil {
		return store.Level{}, wrap("level", err)
	}
	var level store.Level
	level.OnHand, _ = strconv.Atoi(onHand.Val())
	level.Reserved, _ = strconv.Atoi(reserved.Val())
	return level, nil
}
