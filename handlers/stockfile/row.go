package stockfile

import (
	"fmt"
	"strconv"
	"strings"

	"waybill/store"
)

const (
	maxReason = 200 // characters
	unsaid    = "from a file"
)

// row reads one line under the header; whatever is wrong with it is told at once.
func (f *reading) row(line int, cells []string) {
	if len(cells) != len(f.columns) {
		f.add(store.StockFault{Line: line, Message: fmt.Sprintf("This line has %s, the header has %d.", cellWords(len(cells)), len(f.columns))})
		return
	}
	row := store.StockRow{Line: line, Reason: unsaid, Uncounted: !f.counts}
	faults := len(f.file.Faults) + f.file.More
	for i, name := range f.columns {
		if name == "on_hand" {
			row.Column = i + 1
		}
		if message := f.cell(&row, name, strings.TrimSpace(cells[i])); message != "" {
			f.add(store.StockFault{Line: line, Column: i + 1, Message: message})
		}
	}
	if len(f.file.Faults)+f.file.More > faults {
		return
	}
	key := [2]string{row.Warehouse, row.Product}
	if earlier, twice := f.first[key]; twice {
		f.add(store.StockFault{Line: line, Message: fmt.Sprintf("%s at %s stands in line %d already.", row.Product, row.Warehouse, earlier)})
		return
	}
	f.first[key] = line
	f.file.Rows = append(f.file.Rows, row)
}

func cellWords(n int) string {
	if n == 1 {
		return "1 cell"
	}
	return fmt.Sprintf("%d cells", n)
}

// cell takes one cell into a row, or says what is wrong with it.
func (f *reading) cell(row *store.StockRow, column, cell string) string {
	switch column {
	case "warehouse":
		place, ok := f.directory.Warehouses[cell]
		if row.Warehouse = place.ID; !ok {
			return fmt.Sprintf("There is no warehouse %q.", clip(cell))
		}
	case "product":
		product, ok := f.directory.Products[cell]
		if row.Product = product.ID; !ok {
			return fmt.Sprintf("There is no product %q.", clip(cell))
		}
	case "on_hand":
		var message string
		row.OnHand, message = units(cell, "Say how many units there are.", "Count", store.MaxOnHand)
		return message
	case "threshold":
		if cell == "" { // it stays as it is
			return ""
		}
		below, message := units(cell, "", "Give a threshold", store.MaxThreshold)
		row.Threshold = &below
		return message
	case "reason":
		if !store.ValidText(cell, 0, maxReason) {
			return fmt.Sprintf("Give the reason in at most %d plain characters.", maxReason)
		}
		if cell != "" {
			row.Reason = strings.Clone(cell)
		}
	}
	return ""
}

// units reads a whole number without separators: what is said of none, and of one out of range, is the
// column's.
func units(cell, none, verb string, most int) (int, string) {
	switch digits := strings.TrimPrefix(cell, "-"); {
	case cell == "":
		return 0, none
	case strings.Trim(digits, "0123456789") != "" && strings.Trim(digits, "0123456789., '\u00a0\u202f") == "":
		return 0, fmt.Sprintf("Write whole units without separators: %q is not clear.", clip(cell))
	case digits == "", strings.Trim(digits, "0123456789") != "":
		return 0, fmt.Sprintf("%q is not a number of units.", clip(cell))
	}
	n, err := strconv.Atoi(cell)
	if err != nil || n < 0 || n > most {
		return 0, fmt.Sprintf("%s between 0 and %s units.", verb, grouped(most))
	}
	return n, ""
}

// grouped writes a number so that a person can read it: 1,000,000.
func grouped(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
