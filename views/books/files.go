package books

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"

	"waybill/store"
	"waybill/views/ui"
)

// changesShown is how many changes of a file are listed before it is booked.
const changesShown = 300

// Files is the page on which files of counts are sent, and stock is fetched as a file.
type Files struct {
	Faults  []Fault
	More    int    // faults beyond those that are listed
	Problem string // why there was nothing to read
	Sent    []FileRow
}

// Fault is something that is wrong with a file.
type Fault struct {
	Line, Column, Message string
	GiveWay               string // where it is asked which orders give way, if that mends it
}

// FileRow is a file that was sent lately.
type FileRow struct {
	ID, Name, State string
	At              Moment
	Who             string
}

// NewFaults draws up what is wrong with a file. back is the file's page, to which one comes back when
// orders have given way; "" if it has none.
func NewFaults(faults []store.StockFault, back string) []Fault {
	var list []Fault
	for _, f := range faults {
		fault := Fault{Line: place(f.Line), Column: place(f.Column), Message: f.Message}
		if row := f.Promised; row != nil && back != "" {
			query := url.Values{"product": {row.Product}, "count": {strconv.Itoa(row.OnHand)}, "reason": {row.Reason}, "back": {back}}
			fault.GiveWay = "/warehouses/" + row.Warehouse + "/give-way?" + query.Encode()
		}
		list = append(list, fault)
	}
	return list
}

func place(n int) string {
	if n == 0 {
		return "–"
	}
	return strconv.Itoa(n)
}

// NewFileRows draws up the files that were sent lately.
func NewFileRows(imports []store.Import, scene Scene) []FileRow {
	var list []FileRow
	for _, im := range imports {
		list = append(list, FileRow{ID: im.ID, Name: im.File, State: stateWords(im), At: scene.moment(im.At), Who: im.Who.Name})
	}
	return list
}

func stateWords(im store.Import) string {
	switch im.State {
	case store.ImportPreview:
		return "not booked"
	case store.ImportWaiting:
		return "waits for its turn"
	case store.ImportRunning:
		return fmt.Sprintf("being booked: %s of %s", grouped(im.Checked), grouped(im.Rows))
	case store.ImportUndoing:
		return "a row was refused, what was booked is being put back"
	case store.ImportDone:
		return fmt.Sprintf("booked, %s changed something", ui.Count(im.Changes, "row"))
	}
	return "refused"
}

// grouped writes a number so that a person can read it: 100,000.
func grouped(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

func percent(im store.Import) int {
	if im.Rows == 0 {
		return 100
	}
	return min(100, 100*im.Checked/im.Rows)
}

// FilePage is one file on its way into the books.
type FilePage struct {
	ID, Name   string
	Rows       int
	Changes    []Change // what would change, in a preview
	Thresholds bool     // some of them are about when a product runs low
	MoreChange int      // changes beyond those that are listed
	All        int      // changes altogether
	Faults     []Fault
	State      store.ImportState
	Says       string
	Percent    int
}

// Change is what one row of a file would change.
type Change struct {
	ID, Where, Product, Name string
	Was, OnHand, Difference  string
	Low                      string // below how many units it runs low: "5 → 8", "–" where that stays
}

// NewFilePage draws up a file.
func NewFilePage(im store.Import, changes []store.StockChange, faults []store.StockFault, scene Scene) FilePage {
	back := ""
	if im.State == store.ImportPreview {
		back = "/admin/stock/files/" + im.ID
	}
	p := FilePage{ID: im.ID, Name: im.File, Rows: im.Rows, State: im.State, Says: stateWords(im), Percent: percent(im), All: len(changes), Faults: NewFaults(faults, back)}
	p.MoreChange = max(0, len(changes)-changesShown)
	for _, c := range changes[:len(changes)-p.MoreChange] {
		low := "–"
		if c.Threshold != c.WasThreshold {
			p.Thresholds, low = true, strconv.Itoa(c.WasThreshold)+" → "+strconv.Itoa(c.Threshold)
		}
		p.Changes = append(p.Changes, Change{
			Low: low, ID: c.Warehouse + "-" + c.Product, Where: scene.Directory.WarehouseName(c.Warehouse), Product: c.Product, Name: scene.Directory.ProductName(c.Product),
			Was: strconv.Itoa(c.Was), OnHand: strconv.Itoa(c.OnHand), Difference: signed(c.OnHand - c.Was),
		})
	}
	return p
}

// Under tells whether the file is being booked, so that the page has to be looked at again.
func (p FilePage) Under() bool {
	return p.State == store.ImportWaiting || p.State == store.ImportRunning || p.State == store.ImportUndoing
}

// Mendable tells whether some of the faults go away when orders give way.
func (p FilePage) Mendable() bool {
	return slices.ContainsFunc(p.Faults, func(f Fault) bool { return f.GiveWay != "" })
}
