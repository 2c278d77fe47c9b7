package stockfile

import (
	"context"
	"encoding/csv"
	"io"
	"strconv"
	"strings"

	"waybill/store"
)

// Stock is what one warehouse holds.
type Stock struct {
	Warehouse string
	Shelves   []store.Shelf
}

// Shelves reads what some warehouses hold. StockOf is what it needs of the shop.
func Shelves(ctx context.Context, shop interface {
	StockOf(ctx context.Context, warehouse string) ([]store.Shelf, error)
}, warehouses []string) ([]Stock, error) {
	var stock []Stock
	for _, id := range warehouses {
		shelves, err := shop.StockOf(ctx, id)
		if err != nil {
			return nil, err
		}
		stock = append(stock, Stock{Warehouse: id, Shelves: shelves})
	}
	return stock, nil
}

// Write writes stock as a file that Read takes: the columns reserved, available and name are for
// people. A cell that a spreadsheet would take for a formula begins with an apostrophe.
func Write(w io.Writer, stock []Stock) error {
	out := csv.NewWriter(w)
	if err := out.Write([]string{"warehouse", "product", "on_hand", "threshold", "reserved", "available", "name"}); err != nil {
		return err
	}
	for _, s := range stock {
		for _, shelf := range s.Shelves {
			l := shelf.Level
			err := out.Write([]string{
				plain(s.Warehouse), plain(shelf.Product.ID), strconv.Itoa(l.OnHand), strconv.Itoa(shelf.Threshold), strconv.Itoa(l.Reserved), strconv.Itoa(l.Free()), plain(shelf.Product.Name),
			})
			if err != nil {
				return err
			}
		}
	}
	out.Flush()
	return out.Error()
}

// plain keeps a spreadsheet from reading a cell as a formula.
func plain(cell string) string {
	if strings.IndexAny(cell, "=+-@\t\r") == 0 {
		return "'" + cell
	}
	return cell
}
