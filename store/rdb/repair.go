package rdb

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

const (
	rebuildAtOnce = 100 // products that one script rebuilds
	repairsShown  = 50  // entries of the history of repairs
)

// RepairBooks makes the counters of a warehouse equal to its ledger and to what orders hold, wherever
// they differ, and gives the products that it mended. What is on hand is what the ledger says; what is
// reserved is what orders hold. Each mended product gets an entry in the history of repairs. A second
// call finds nothing to mend. NotFound when there is no such warehouse.
//
// Keys: <warehouse>:stock and its siblings, <warehouse>:audit, <warehouse>:repairs (lua/rebuild.lua).
func (s *Store) RepairBooks(ctx context.Context, who store.Actor, warehouse string) ([]string, error) {
	directory, err := s.Directory(ctx)
	if err != nil {
		return nil, err
	}
	if _, ok := directory.Warehouses[warehouse]; !ok {
		return nil, noWarehouse(warehouse)
	}
	audit, err := s.audit(ctx, warehouse, true)
	if err != nil {
		return nil, wrap("repair the books of "+warehouse, err)
	}
	var products []string
	for _, line := range audit.Drifting() {
		products = append(products, line.Product)
	}
	mended, err := s.rebuild(ctx, who, warehouse, products, audit.Lost == 0)
	return mended, wrap("repair the books of "+warehouse, err)
}

// rebuild mends the counters of some products. When the ledger is whole, its sums are made anew first:
// they might be what somebody has changed.
func (s *Store) rebuild(ctx context.Context, who store.Actor, warehouse string, products []string, whole bool) ([]string, error) {
	if len(products) == 0 {
		return nil, nil
	}
	if whole {
		if err := s.recount(ctx, warehouse); err != nil {
			return nil, err
		}
	}
	var mended []string
	for chunk := range slices.Chunk(products, rebuildAtOnce) {
		args := make([]any, len(chunk))
		for i, product := range chunk {
			args[i] = product
		}
		for {
			results, err := s.move(ctx, movement{
				script: scriptRebuild, warehouse: warehouse, kind: store.MoveCorrected, reference: "audit", who: ledgerName(who),
				why: "the books contradicted one another", args: args, keys: []string{s.keyAudit(warehouse), s.keyRepairs(warehouse)},
			})
			if err != nil {
				return mended, err
			}
			word, done := answer(results[0])
			mended = append(mended, done...)
			if word == "ok" {
				break
			}
			if err := s.keep(ctx, warehouse); err != nil {
				return mended, err
			}
		}
	}
	return mended, nil
}

// BookRepairs gives the newest repairs of all warehouses, newest first.
// Keys: <warehouse>:repairs.
func (s *Store) BookRepairs(ctx context.Context) ([]store.BookRepair, error) {
	directory, err := s.Directory(ctx)
	if err != nil {
		return nil, err
	}
	read := make([]*redis.XMessageSliceCmd, len(directory.WarehouseIDs))
	commands, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, w := range directory.WarehouseIDs {
			read[i] = p.XRevRangeN(ctx, s.keyRepairs(w), "+", "-", repairsShown)
		}
		return nil
	})
	if err := failed(commands, err); err != nil {
		return nil, wrap("book repairs", err)
	}
	var repairs []store.BookRepair
	for i, w := range directory.WarehouseIDs {
		for _, entry := range read[i].Val() {
			v := entry.Values
			repairs = append(repairs, store.BookRepair{
				Warehouse: w, At: unixMilli(text(v["at"])), Who: text(v["who"]), Product: text(v["product"]),
				OnHandWas: integer(v["on_hand_was"]), OnHand: integer(v["on_hand"]),
				ReservedWas: integer(v["reserved_was"]), Reserved: integer(v["reserved"]),
			})
		}
	}
	slices.SortStableFunc(repairs, func(a, b store.BookRepair) int {
		return cmp.Or(b.At.Compare(a.At), cmp.Compare(a.Warehouse, b.Warehouse))
	})
	return repairs[:min(len(repairs), repairsShown)], nil
}

// lookAtBooks compares each warehouse's counters with its ledger and with what orders hold; a deep look
// only. When much of a ledger is not in its kept sums, they are to be brought up to date; the look in the
// background does so at once.
func (r *reconciler) lookAtBooks(ctx context.Context, directory store.Directory, deep bool) ([]finding, error) {
	if !deep {
		return nil, nil
	}
	var findings []finding
	for _, w := range directory.WarehouseIDs {
		audit, err := r.audit(ctx, w, r.closedOnly)
		if err != nil {
			return nil, err
		}
		text, err := r.client.HGet(ctx, r.keyAudit(w), "#entries").Result()
		if err = read(err); err != nil {
			return nil, err
		}
		if kept, _ := strconv.Atoi(text); audit.Entries-kept > auditChunk {
			findings = append(findings, finding{subject: w, what: "added up its ledger", quiet: true, mend: func(ctx context.Context) error { return r.keep(ctx, w) }})
		}
		findings = append(findings, r.judgeBooks(audit)...)
	}
	return findings, nil
}

func (r *reconciler) judgeBooks(audit store.Audit) []finding {
	var findings []finding
	recount := audit.Lost == 0 // once for all products of the warehouse
	for _, line := range audit.Drifting() {
		findings = append(findings, finding{
			subject: audit.Warehouse, what: "rebuilt the counters of " + short(line.Product) + " from the ledger and the reservations", state: fmt.Sprint(line),
			mend: func(ctx context.Context) error {
				_, err := r.rebuild(ctx, store.Itself, audit.Warehouse, []string{line.Product}, recount)
				recount = recount && err != nil
				return err
			},
		})
	}
	return findings
}
