package rdb

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

const (
	importKept   = 24 * time.Hour // how long a file of counts is remembered
	importsShown = 20
	stagedAtOnce = 2000 // rows that are kept as one piece
	importEvery  = 300 * time.Millisecond
	importLease  = 10 * time.Second // after so long without progress another node takes over
)

// StageImport keeps a file of counts, to be looked at and confirmed. Nothing is booked.
// Keys: import:<id>, import:<id>:rows, imports.
func (s *Store) StageImport(ctx context.Context, who store.Actor, file string, rows []store.StockRow) (store.Import, error) {
	im := store.Import{ID: s.newID(), File: file, Who: who, At: s.now().UTC(), State: store.ImportPreview, Rows: len(rows)}
	for part := range slices.Chunk(rows, stagedAtOnce) {
		_, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
			p.RPush(ctx, s.keyImportRows(im.ID), encode(part))
			p.Expire(ctx, s.keyImportRows(im.ID), importKept)
			return nil
		})
		if err != nil {
			return im, wrap("stage import", err)
		}
	}
	_, err := s.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.HSet(ctx, s.keyImport(im.ID), importFields(im))
		p.Expire(ctx, s.keyImport(im.ID), importKept)
		p.LPush(ctx, s.keyImports(), im.ID)
		p.LTrim(ctx, s.keyImports(), 0, importsShown-1)
		return nil
	})
	return im, wrap("stage import", err)
}

// Import gives a file of counts as it stands. NotFound when there is none, or it is too long ago.
func (s *Store) Import(ctx context.Context, id string) (store.Import, error) {
	missing := store.Errorf(store.NotFound, "There is no such file any more. Files are kept for a day.")
	if !store.ValidID(id) {
		return store.Import{}, missing
	}
	fields, err := s.client.HGetAll(ctx, s.keyImport(id)).Result()
	if err != nil {
		return store.Import{}, wrap("import", err)
	}
	if len(fields) == 0 {
		return store.Import{}, missing
	}
	return decodeImport(id, fields), nil
}

// Imports gives the newest files of counts, newest first.
func (s *Store) Imports(ctx context.Context) ([]store.Import, error) {
	ids, err := s.client.LRange(ctx, s.keyImports(), 0, importsShown-1).Result()
	if err != nil {
		return nil, wrap("imports", err)
	}
	var all []store.Import
	for _, id := range ids {
		im, err := s.Import(ctx, id)
		if store.KindOf(err) == store.NotFound && err != nil {
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, im)
	}
	return all, nil
}

// PreviewImport says what booking a file would change now, and what forbids it.
func (s *Store) PreviewImport(ctx context.Context, id string) ([]store.StockChange, []store.StockFault, error) {
	rows, err := s.importRows(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	return s.CompareStock(ctx, rows)
}

func (s *Store) importRows(ctx context.Context, id string) ([]store.StockRow, error) {
	parts, err := s.client.LRange(ctx, s.keyImportRows(id), 0, -1).Result()
	if err != nil {
		return nil, wrap("rows of an import", err)
	}
	var rows []store.StockRow
	for _, part := range parts {
		var some []store.StockRow
		if err := json.Unmarshal([]byte(part), &some); err != nil {
			return nil, wrap("rows of an import", err)
		}
		rows = append(rows, some...)
	}
	return rows, nil
}

// ConfirmImport has a previewed file booked in the background, by this node or another; Import tells how
// far it is. Repeating it changes nothing; a file that was refused is Conflict.
// Keys: import:<id>, imports.due.
func (s *Store) ConfirmImport(ctx context.Context, who store.Actor, id string) error {
	if _, err := s.Import(ctx, id); err != nil {
		return err
	}
	for range txTries {
		var state *redis.StringCmd
		ask := func(p redis.Pipeliner) { state = p.HGet(ctx, s.keyImport(id), "state") }
		err := s.watch(ctx, []string{s.keyImport(id)}, ask, func(tx *redis.Tx) error {
			switch store.ImportState(state.Val()) {
			case store.ImportPreview:
			case store.ImportRefused:
				return store.Errorf(store.Conflict, "This file was refused. Mend it and send it again.")
			default:
				return errNothingToDo
			}
			_, err := tx.TxPipelined(ctx, func(p redis.Pipeliner) error {
				p.HSet(ctx, s.keyImport(id), "state", string(store.ImportWaiting), "who", encode(who))
				p.Persist(ctx, s.keyImport(id))
				p.Persist(ctx, s.keyImportRows(id))
				p.RPush(ctx, s.keyImportsDue(), id)
				return nil
			})
			return err
		})
		switch {
		case errors.Is(err, errNothingToDo):
			return nil
		case !errors.Is(err, redis.TxFailedErr):
			return wrap("confirm import", err)
		}
	}
	return store.Errorf(store.Conflict, "Somebody else is confirming this file at this moment.")
}

// runImports books confirmed files, one after the other; a lease sees to it that one node works at a
// time. A file stays due until it is booked or refused, so another node finishes what one has left.
func (s *Store) runImports(ctx context.Context) error {
	tick := time.NewTicker(importEvery)
	defer tick.Stop()
	for failing := false; ; {
		err := s.nextImport(ctx)
		if err != nil && !failing && ctx.Err() == nil {
			s.log.Warn("cannot see whether a file of counts is to be booked, and goes on trying", "error", err)
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			s.resignImports()
			return nil
		case <-tick.C:
		}
	}
}

func (s *Store) nextImport(ctx context.Context) error {
	id, err := s.client.LIndex(ctx, s.keyImportsDue(), 0).Result()
	if errors.Is(err, redis.Nil) {
		return nil
	}
	if err != nil {
		return wrap("next import", err)
	}
	leads, err := s.leadImports(ctx)
	if err != nil || !leads {
		return err
	}
	im, err := s.Import(ctx, id)
	if err == nil {
		err = s.runImport(ctx, im)
	}
	if errors.Is(err, errOtherNode) {
		return nil
	}
	if err != nil && store.KindOf(err) != store.NotFound {
		return err
	}
	_, err = s.client.TxPipelined(context.WithoutCancel(ctx), func(p redis.Pipeliner) error {
		p.LRem(ctx, s.keyImportsDue(), 1, id)
		p.Expire(ctx, s.keyImport(id), importKept)
		p.Del(ctx, s.keyImportRows(id))
		p.Del(ctx, s.keyLease("imports"))
		return nil
	})
	return wrap("next import", err)
}

func (s *Store) leadImports(ctx context.Context) (bool, error) {
	leads, err := scriptLease.Run(ctx, s.client, []string{s.keyLease("imports")}, s.node, importLease.Milliseconds()).Bool()
	return leads, wrap("lease", err)
}

// resignImports lets another node go on at once, instead of when the lease has run out.
func (s *Store) resignImports() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if holder, err := s.client.Get(ctx, s.keyLease("imports")).Result(); err == nil && holder == s.node {
		s.client.Del(ctx, s.keyLease("imports"))
	}
}

func importFields(im store.Import) map[string]any {
	return map[string]any{
		"file": im.File, "who": encode(im.Who), "at": stamp(im.At), "state": string(im.State), "rows": im.Rows,
		"checked": im.Checked, "changes": im.Changes, "faults": encode(im.Faults),
	}
}

func decodeImport(id string, h map[string]string) store.Import {
	im := store.Import{ID: id, File: h["file"], At: unstamp(h["at"]), State: store.ImportState(h["state"])}
	im.Rows, _ = strconv.Atoi(h["rows"])
	im.Checked, _ = strconv.Atoi(h["checked"])
	im.Changes, _ = strconv.Atoi(h["changes"])
	_ = json.Unmarshal([]byte(h["who"]), &im.Who)
	_ = json.Unmarshal([]byte(h["faults"]), &im.Faults)
	return im
}
