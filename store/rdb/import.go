package rdb

import (
	"context"
	"fmt"
	"slices"

	"waybill/store"
)

const (
	importPart   = 500 // lines that one script books: Redis answers nobody else meanwhile
	importTries  = 20  // how often a part is compared anew because stock moved
	importFaults = 100 // faults that are told at once
)

// CompareStock says what booking the rows of a file would change, and what forbids it: warehouses or
// products that are not known, the same row twice, counts below what is promised to orders. Changes come
// in the order of warehouses and rows. It writes nothing.
func (s *Store) CompareStock(ctx context.Context, rows []store.StockRow) ([]store.StockChange, []store.StockFault, error) {
	directory, err := s.Directory(ctx)
	if err != nil {
		return nil, nil, err
	}
	if faults := unknownRows(directory, rows); len(faults) > 0 {
		return nil, faults, nil
	}
	var changes []store.StockChange
	var faults []store.StockFault
	for _, part := range byWarehouse(rows) {
		levels, err := s.levelsOf(ctx, part[0].Warehouse, productsOfRows(part))
		if err != nil {
			return nil, nil, wrap("compare stock", err)
		}
		for i, row := range part {
			l := levels[i]
			if row.OnHand < l.OnHand && row.OnHand < l.Reserved {
				faults = append(faults, tooFew(row, l.Reserved))
			}
			if row.OnHand != l.OnHand {
				changes = append(changes, store.StockChange{Warehouse: row.Warehouse, Product: row.Product, Was: l.OnHand, OnHand: row.OnHand, Reserved: l.Reserved})
			}
		}
	}
	return changes, faults, nil
}

func tooFew(row store.StockRow, reserved int) store.StockFault {
	return store.StockFault{Line: row.Line, Column: row.Column, Promised: &row, Message: fmt.Sprintf("%d units of %s are promised to orders at %s, so there cannot be only %d.", reserved, row.Product, row.Warehouse, row.OnHand)}
}

func unknownRows(directory store.Directory, rows []store.StockRow) []store.StockFault {
	var faults []store.StockFault
	first := make(map[[2]string]int, len(rows))
	for _, row := range rows {
		fault := func(format string, args ...any) {
			if len(faults) < importFaults {
				faults = append(faults, store.StockFault{Line: row.Line, Message: fmt.Sprintf(format, args...)})
			}
		}
		if _, ok := directory.Warehouses[row.Warehouse]; !ok {
			fault("There is no warehouse %s.", short(row.Warehouse))
		}
		if _, ok := directory.Products[row.Product]; !ok {
			fault("There is no product %s.", short(row.Product))
		}
		if row.OnHand < 0 || row.OnHand > maxOnHand {
			fault("Count between 0 and 1,000,000,000 units.")
		}
		key := [2]string{row.Warehouse, row.Product}
		if line, twice := first[key]; twice {
			fault("%s at %s stands in line %d already.", row.Product, row.Warehouse, line)
		}
		first[key] = row.Line
	}
	return faults
}

// byWarehouse puts rows of the same warehouse together, warehouses by ID.
func byWarehouse(rows []store.StockRow) [][]store.StockRow {
	parts := map[string][]store.StockRow{}
	for _, row := range rows {
		parts[row.Warehouse] = append(parts[row.Warehouse], row)
	}
	var all [][]store.StockRow
	for _, w := range sortedKeys(parts) {
		all = append(all, parts[w])
	}
	return all
}

func productsOfRows(rows []store.StockRow) []string {
	products := make([]string, len(rows))
	for i, row := range rows {
		products[i] = row.Product
	}
	return products
}

// BookStock books the rows of a file: all of them, or none and the faults that forbid it. What becomes
// less is booked first, because only that can be refused, and what was booked of it is put back if
// another row is refused after all; what becomes more is booked then, which nothing can refuse. Each
// part is one script, so Redis is never busy for long with it. The same rows again change nothing. done
// hears of each part. It gives how many counters were changed.
//
// When the node dies in the middle, a part of the rows is booked: booking the same file again does the
// rest.
//
// Keys: <warehouse>:stock and its siblings (lua/book.lua).
func (s *Store) BookStock(ctx context.Context, who store.Actor, rows []store.StockRow, reference string, done func(rows int)) (int, []store.StockFault, error) {
	_, faults, err := s.CompareStock(ctx, rows)
	if err != nil || len(faults) > 0 {
		return 0, faults, err
	}
	run := importRun{Store: s, who: who, reference: reference, done: done}
	faults, err = run.all(ctx, rows)
	if err != nil || len(faults) > 0 {
		return 0, faults, wrap("book stock", err)
	}
	if len(run.more) > 0 {
		s.releaseSoon(ctx)
	}
	return run.changed, nil, nil
}

// importRun is the booking of one file.
type importRun struct {
	*Store
	who       store.Actor
	reference string
	done      func(rows int)

	booked  []booking       // what became less, to be put back if need be
	more    map[string]bool // products of which there is more now
	changed int
}

func (r *importRun) all(ctx context.Context, rows []store.StockRow) ([]store.StockFault, error) {
	r.more = map[string]bool{}
	parts := byWarehouse(rows)
	var later [][]store.StockRow
	for _, rows := range parts {
		for part := range slices.Chunk(rows, importPart) {
			rest, faults, err := r.less(ctx, part)
			if err != nil || len(faults) > 0 {
				if undo := r.putBack(context.WithoutCancel(ctx)); undo != nil {
					return nil, fmt.Errorf("%w; and what was booked could not be put back: %w", orNone(err), undo)
				}
				return faults, err
			}
			r.done(len(part) - len(rest))
			if len(rest) > 0 {
				later = append(later, rest)
			}
		}
	}
	for _, part := range later {
		if err := r.book(ctx, part, func(change int) bool { return change > 0 }); err != nil {
			return nil, err
		}
		r.done(len(part))
	}
	return nil, nil
}

func orNone(err error) error {
	if err == nil {
		return store.Errorf(store.Conflict, "Some counts are below what is promised to orders")
	}
	return err
}

// less books those rows of which there are fewer than the books say, and gives those of which there may
// be more.
func (r *importRun) less(ctx context.Context, part []store.StockRow) ([]store.StockRow, []store.StockFault, error) {
	for range importTries {
		levels, err := r.levelsOf(ctx, part[0].Warehouse, productsOfRows(part))
		if err != nil {
			return nil, nil, err
		}
		var rest []store.StockRow
		var faults []store.StockFault
		var fewer []rowChange
		for i, row := range part {
			switch l := levels[i]; {
			case row.OnHand > l.OnHand:
				rest = append(rest, row)
			case row.OnHand < l.OnHand && row.OnHand < l.Reserved:
				faults = append(faults, tooFew(row, l.Reserved))
			case row.OnHand < l.OnHand:
				fewer = append(fewer, rowChange{row, row.OnHand - l.OnHand, l.OnHand})
			}
		}
		if len(faults) > 0 {
			return nil, faults, nil
		}
		ok, err := r.bookRows(ctx, fewer, true)
		if err != nil || ok {
			return rest, nil, err
		}
	}
	return nil, nil, store.Errorf(store.Conflict, "Stock at %s moves all the time. Please try again.", part[0].Warehouse)
}

// book books the changes of a part that are wanted, again with fresh figures as long as stock moves.
func (r *importRun) book(ctx context.Context, part []store.StockRow, wanted func(change int) bool) error {
	for range importTries {
		levels, err := r.levelsOf(ctx, part[0].Warehouse, productsOfRows(part))
		if err != nil {
			return err
		}
		var changes []rowChange
		for i, row := range part {
			if change := row.OnHand - levels[i].OnHand; wanted(change) {
				changes = append(changes, rowChange{row, change, levels[i].OnHand})
				r.more[row.Product] = true
			}
		}
		if ok, err := r.bookRows(ctx, changes, false); err != nil || ok {
			return err
		}
	}
	return store.Errorf(store.Conflict, "Stock at %s moves all the time. Book the file once more: what is booked already stays as it is.", part[0].Warehouse)
}

// rowChange is a row, by how much it changes the books, and what they said when that was worked out.
type rowChange struct {
	row          store.StockRow
	change, seen int
}

// bookRows books changes of one warehouse, one script for each reason given. False means that stock has
// moved since they were worked out; what was booked by then needs no second time, and looks so.
func (r *importRun) bookRows(ctx context.Context, changes []rowChange, undoable bool) (bool, error) {
	reasons := map[string][]bookingLine{}
	for _, c := range changes {
		reasons[c.row.Reason] = append(reasons[c.row.Reason], bookingLine{c.row.Product, c.change, c.seen})
	}
	for _, reason := range sortedKeys(reasons) {
		b := booking{warehouse: changes[0].row.Warehouse, kind: store.MoveCounted, reference: r.reference, why: reason, lines: reasons[reason]}
		word, _, err := r.Store.book(ctx, r.who, b)
		if err != nil {
			return false, err
		}
		if word != "ok" { // moved, or promised to an order meanwhile: worked out anew
			return false, nil
		}
		if r.changed += len(b.lines); undoable {
			r.booked = append(r.booked, b)
		}
	}
	return true, nil
}

// putBack undoes what has become less. Nothing can refuse it, because units come back.
func (r *importRun) putBack(ctx context.Context) error {
	for _, b := range r.booked {
		back := booking{warehouse: b.warehouse, kind: b.kind, reference: b.reference, why: "another row of the file was refused"}
		for _, line := range b.lines {
			back.lines = append(back.lines, bookingLine{line.product, -line.change, unseen})
		}
		word, details, err := r.Store.book(ctx, store.Itself, back)
		if err != nil {
			return err
		}
		if word != "ok" {
			return refusal(word, details)
		}
	}
	return nil
}
