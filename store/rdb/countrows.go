package rdb

import (
	"cmp"
	"context"
	"strconv"
	"strings"

	"waybill/store"
)

// pieceStep marks what one way has done of a piece at its warehouse.
func (r *importRun) pieceStep() string {
	return "file." + r.im.ID + "." + r.way + "." + strconv.Itoa(r.next)
}

// actor is who has a piece booked: whoever sent the file, or Waybill when it puts a refused one back.
func (r *importRun) actor() store.Actor {
	if r.way == wayUndo {
		return store.Itself
	}
	return r.im.Who
}

// countRows runs the script of one piece.
func (r *importRun) countRows(ctx context.Context, rows []store.StockRow) (word string, details []string, err error) {
	args := make([]any, 0, 3+4*len(rows))
	args = append(args, r.way, strconv.Itoa(r.next), strconv.Itoa(int(importKept.Seconds())))
	for _, row := range rows {
		counted, threshold := strconv.Itoa(row.OnHand), ""
		if row.Uncounted {
			counted = ""
		}
		if row.Threshold != nil {
			threshold = strconv.Itoa(*row.Threshold)
		}
		args = append(args, row.Product, counted, row.Reason, threshold)
	}
	warehouse := rows[0].Warehouse
	results, err := r.move(ctx, movement{
		script: scriptCountRows, warehouse: warehouse, step: r.pieceStep(), kind: store.MoveCounted, reference: r.reference(), who: ledgerName(r.actor()),
		args: args, keys: []string{r.keyImportDone(warehouse, r.im.ID), r.keyCorrecting(warehouse)},
	})
	if err != nil {
		return "", nil, err
	}
	word, details = answer(results[0])
	return word, details, nil
}

func (r *importRun) reference() string { return "file:" + r.im.File }

// keepPiece keeps what a piece has just booked, as one booking. Of its reasons the first stands for all. When it is
// put back it bears the mark of the piece, so that a file that is still under way books it no second time.
func (r *importRun) keepPiece(ctx context.Context, rows []store.StockRow, first string, diffs []string) error {
	if r.kept.by == nil || first == "" {
		return nil
	}
	kept := bookingImage{
		Warehouse: rows[0].Warehouse, First: first, Kind: store.MoveCounted, Reference: r.reference(), Who: ledgerName(r.actor()),
		Step: r.pieceStep(), Fingerprint: strings.Join(diffs, " "),
	}
	for i, text := range diffs {
		diff, _ := strconv.Atoi(strings.TrimSuffix(text, "t"))
		if diff == 0 || (diff < 0) == (r.way == wayMore) {
			continue
		}
		if r.way == wayUndo {
			diff = -diff
		}
		kept.Lines = append(kept.Lines, store.Line{Product: rows[i].Product, Quantity: diff})
		kept.Why = cmp.Or(kept.Why, rows[i].Reason)
	}
	return r.keepImage(ctx, kept)
}

// shortRows are the faults of the rows of which more is promised than was counted.
func shortRows(rows []store.StockRow, details []string) []store.StockFault {
	reserved := map[string]int{}
	for i := 0; i+1 < len(details); i += 2 {
		reserved[details[i]], _ = strconv.Atoi(details[i+1])
	}
	var faults []store.StockFault
	for _, row := range rows {
		if units, short := reserved[row.Product]; short {
			faults = append(faults, tooFew(row, units))
		}
	}
	return faults
}
