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
