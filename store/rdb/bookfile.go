package rdb

import (
	"cmp"
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// The ways in which a file is gone through, in turn; the last only if a row was refused.
const (
	wayLess = "less"
	wayMore = "more"
	wayUndo = "undo"
)

const busyTries = 50 // how often a piece waits for a correction of one of its products

var (
	// errOtherNode says that another node has brought a file further meanwhile.
	errOtherNode = errors.New("another node goes on with this file")
	// errFromTheStart says that a warehouse has forgotten what was done of a file there.
	errFromTheStart = errors.New("this file is gone through from its start once more")
)

// importRun is the booking of one file. A file that is begun is brought to an end, by this node or by any
// other: what each piece has done stands at its warehouse, and how far the file is stands with the file.
type importRun struct {
	*Store
	im     store.Import
	way    string
	next   int // the piece that comes now
	pieces [][]store.StockRow
	whole  map[int]bool // pieces of which nothing is left for wayMore, as far as this node knows
}

// runImport books one confirmed file, all of it or nothing, from where it stands. It is refused before the
// first row if one cannot be booked. Then what becomes less is booked first, because only that can be
// refused, by an order that takes the units just now; if it is, what was booked is put back. What becomes
// more nothing can refuse, and with it come the thresholds. Each piece is one script, so Redis is never busy
// for long with it; what it books is kept on this node's disk before the file goes on.
//
// Keys: import:<id>, <warehouse>:stock and its siblings, <warehouse>:thresholds, <warehouse>:import:<id>,
// <warehouse>:step:file.<id>.<way>.<piece> (lua/countrows.lua).
// Idempotent by what each warehouse keeps of the file's pieces.
func (s *Store) runImport(ctx context.Context, im store.Import) error {
	rows, err := s.importRows(ctx, im.ID)
	if err != nil || len(rows) != im.Rows { // another node has just ended it
		return err
	}
	at, err := s.client.HMGet(ctx, s.keyImport(im.ID), "way", "next").Result()
	if err != nil {
		return wrap("run import", err)
	}
	r := importRun{Store: s, im: im, way: text(at[0]), next: integer(at[1]), pieces: pieces(rows), whole: map[int]bool{}}
	if r.way == "" {
		_, faults, err := s.CompareStock(ctx, rows)
		if err != nil {
			return err
		}
		if len(faults) > 0 {
			return r.end(ctx, store.ImportRefused, faults)
		}
		if err := r.turn(ctx, wayLess, store.ImportRunning); err != nil {
			return err
		}
	}
	return r.run(ctx)
}

func (r *importRun) run(ctx context.Context) error {
	for {
		for ; r.next < len(r.pieces); r.next++ {
			faults, err := r.piece(ctx, r.pieces[r.next])
			switch {
			case errors.Is(err, errFromTheStart):
				r.im.Checked, r.im.Changes, r.whole = 0, 0, map[int]bool{}
				err = r.turn(ctx, wayLess, store.ImportRunning)
			case len(faults) > 0:
				r.im.Faults = faults[:min(len(faults), importFaults)]
				err = r.turn(ctx, wayUndo, store.ImportUndoing)
			case err == nil:
				continue
			}
			if err != nil {
				return err
			}
			break
		}
		switch {
		case r.next < len(r.pieces): // begins anew, to put back
		case r.way == wayLess:
			if err := r.turn(ctx, wayMore, store.ImportRunning); err != nil {
				return err
			}
		case r.way == wayMore:
			r.releaseSoon(ctx)
			return r.end(ctx, store.ImportDone, nil)
		default:
			return r.end(ctx, store.ImportRefused, r.im.Faults)
		}
	}
}

// turn begins to go through the file in another way.
func (r *importRun) turn(ctx context.Context, way string, state store.ImportState) error {
	err := r.note(ctx, "way", way, "next", 0, "state", string(state), "faults", encode(r.im.Faults))
	r.way, r.next = way, 0
	return err
}

// end writes down what came of the file. A refused one has changed nothing.
func (r *importRun) end(ctx context.Context, state store.ImportState, faults []store.StockFault) error {
	if state == store.ImportRefused {
		r.im.Changes, r.im.Checked = 0, 0
	}
	faults = faults[:min(len(faults), importFaults)]
	return r.note(ctx, "state", string(state), "changes", r.im.Changes, "checked", r.im.Checked, "faults", encode(faults))
}

// note writes how the file stands, unless it is gone through in another way by now: whoever has not heard of that,
// because its lease had run out meanwhile, must not turn the file back, and leaves it to who has. errOtherNode then.
func (r *importRun) note(ctx context.Context, fields ...any) error {
	key := r.keyImport(r.im.ID)
	var way *redis.StringCmd
	ask := func(p redis.Pipeliner) { way = p.HGet(ctx, key, "way") }
	err := r.watch(ctx, []string{key}, ask, func(tx *redis.Tx) error {
		if way.Val() != r.way {
			return errOtherNode
		}
		_, err := tx.TxPipelined(ctx, func(p redis.Pipeliner) error {
			p.HSet(ctx, key, fields...)
			return nil
		})
		return err
	})
	if errors.Is(err, redis.TxFailedErr) {
		return errOtherNode
	}
	return wrap("run import", err)
}

// piece books one piece in the way that is under way, and notes that the file is so much further.
func (r *importRun) piece(ctx context.Context, rows []store.StockRow) ([]store.StockFault, error) {
	if r.way == wayMore && r.whole[r.next] {
		return nil, nil
	}
	word, details, err := r.countRows(ctx, rows)
	for try := 0; word == "busy" && err == nil && try < busyTries; try++ {
		if err = r.finishCorrections(ctx, rows[0].Warehouse); err == nil {
			time.Sleep(20 * time.Millisecond)
			word, details, err = r.countRows(ctx, rows)
		}
	}
	switch {
	case err != nil:
		return nil, wrap("book a file", err)
	case word == "short":
		return shortRows(rows, details), nil
	case word == "busy":
		return []store.StockFault{{Message: store.MessageOf(busyShelf(details))}}, nil
	case word == "undone":
		return nil, errOtherNode
	case word == "lost":
		return nil, errFromTheStart
	}
	if err := r.keepPiece(ctx, rows, details[3], details[4:]); err != nil {
		return nil, err
	}
	if r.way != wayUndo {
		done, _ := strconv.Atoi(details[0])
		changed, _ := strconv.Atoi(details[1])
		r.im.Checked, r.im.Changes = r.im.Checked+done, r.im.Changes+changed
		r.whole[r.next] = details[2] == "0"
	}
	if leads, err := r.leadImports(ctx); err != nil || !leads {
		return nil, cmp.Or(err, errOtherNode)
	}
	return nil, wrap("book a file", r.client.HSet(ctx, r.keyImport(r.im.ID), "next", r.next+1, "checked", r.im.Checked, "changes", r.im.Changes).Err())
}

// BookFile has a file of counts booked, all of it or nothing, and waits for it: as when it is staged,
// looked at and confirmed. This node works at it, and so does any other; a program that keeps nothing on a disk of its
// own leaves it to nodes that do, where some are at work. progress hears how far it is. When
// ctx ends, or this node dies, it is booked all the same, by whoever runs next.
//
// Keys: those of StageImport, ConfirmImport and runImport.
func (s *Store) BookFile(ctx context.Context, who store.Actor, file string, rows []store.StockRow, progress func(store.Import)) (store.Import, error) {
	im, err := s.StageImport(ctx, who, file, rows)
	if err != nil {
		return im, err
	}
	if err := s.ConfirmImport(ctx, who, im.ID); err != nil {
		return im, err
	}
	return s.awaitImport(ctx, im.ID, progress)
}

// awaitImport works at confirmed files until one of them is through.
func (s *Store) awaitImport(ctx context.Context, id string, progress func(store.Import)) (store.Import, error) {
	watching, stop := context.WithCancel(ctx)
	told := make(chan struct{})
	go func() {
		defer close(told)
		s.tellProgress(watching, id, progress)
	}()
	defer func() { stop(); <-told }()
	for {
		left, err := s.leftToNodes(ctx)
		if err == nil && !left {
			err = s.nextImport(ctx)
		}
		if err != nil {
			s.resignImports()
			return store.Import{ID: id}, err
		}
		im, err := s.Import(ctx, id)
		if err != nil || im.State == store.ImportDone || im.State == store.ImportRefused {
			return im, err
		}
		select {
		case <-ctx.Done():
			return im, ctx.Err()
		case <-time.After(importEvery / 3): // another node is at it, or at another file
		}
	}
}

// leftToNodes tells whether a program without a journal leaves files to a node that is at work: what that one books is
// kept on its disk too. Keys: lease:keeper.
func (s *Store) leftToNodes(ctx context.Context) (bool, error) {
	if s.kept.by != nil {
		return false, nil
	}
	leading, err := s.client.Exists(ctx, s.keyLease("keeper")).Result()
	return leading > 0, wrap("await import", err)
}

// tellProgress tells once a second how far a file is.
func (s *Store) tellProgress(ctx context.Context, id string, progress func(store.Import)) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if im, err := s.Import(ctx, id); err == nil {
				progress(im)
			}
		}
	}
}

// ResumeImports finishes the confirmed files that were left half booked, and gives them, oldest first.
func (s *Store) ResumeImports(ctx context.Context, progress func(store.Import)) ([]store.Import, error) {
	ids, err := s.client.LRange(ctx, s.keyImportsDue(), 0, -1).Result()
	if err != nil {
		return nil, wrap("resume imports", err)
	}
	var done []store.Import
	for _, id := range ids {
		im, err := s.awaitImport(ctx, id, progress)
		if err != nil && store.KindOf(err) != store.NotFound {
			return done, wrap("resume imports", err)
		}
		if err == nil {
			done = append(done, im)
		}
	}
	return done, nil
}
