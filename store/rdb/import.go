package rdb

import (
	"context"
	"fmt"
	"slices"

	"waybill/store"
)

const (
	importPart   = 500 // rows that one script books: Redis answers nobody else meanwhile
	importFaults = 100 // faults that are told at once
)

// CompareStock says what booking the rows of a file would change, counts and thresholds, and what forbids
// it: warehouses or products that are not known, the same row twice, counts below what is promised to
// orders. Changes come in the order of warehouses and rows. It writes nothing.
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
		thresholds, err := s.thresholdsOf(ctx, part)
		if err != nil {
			return nil, nil, wrap("compare stock", err)
		}
		for i, row := range part {
			l := levels[i]
			if row.Uncounted {
				row.OnHand = l.OnHand
			}
			if row.OnHand < l.OnHand && row.OnHand < l.Reserved {
				faults = append(faults, tooFew(row, l.Reserved))
			}
			change := store.StockChange{Warehouse: row.Warehouse, Product: row.Product, Was: l.OnHand, OnHand: row.OnHand, Reserved: l.Reserved}
			if row.Threshold != nil {
				change.WasThreshold, change.Threshold = thresholds[row.Product], *row.Threshold
			}
			if change.Was != change.OnHand || change.WasThreshold != change.Threshold {
				changes = append(changes, change)
			}
		}
	}
	return changes, faults, nil
}

// thresholdsOf reads those of the rows of one warehouse that name one; nothing is asked for when none does.
func (s *Store) thresholdsOf(ctx context.Context, rows []store.StockRow) (map[string]int, error) {
	var products []string
	for _, row := range rows {
		if row.Threshold != nil {
			products = append(products, row.Product)
		}
	}
	thresholds := make(map[string]int, len(products))
	for chunk := range slices.Chunk(products, levelsAtOnce) {
		read, err := s.client.HMGet(ctx, s.keyThresholds(rows[0].Warehouse), chunk...).Result()
		if err != nil {
			return nil, err
		}
		for i, product := range chunk {
			thresholds[product] = integer(read[i])
		}
	}
	return thresholds, nil
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
		if row.Threshold != nil && (*row.Threshold < 0 || *row.Threshold > store.MaxThreshold) {
			fault("Give a threshold between 0 and 1,000,000 units.")
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

// pieces cuts the rows of a file into what one script books, always in the same way.
func pieces(rows []store.StockRow) [][]store.StockRow {
	var all [][]store.StockRow
	for _, part := range byWarehouse(rows) {
		all = slices.AppendSeq(all, slices.Chunk(part, importPart))
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
