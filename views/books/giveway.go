package books

import (
	"fmt"
	"strconv"
	"strings"

	"waybill/store"
	"waybill/views/ui"
)

// GiveWay asks which orders give way, because fewer units are there than were promised. Fields carries
// what was counted along.
type GiveWay struct {
	Path, Warehouse, Name string
	Back                  string // where the person came from, and goes on
	Fields                []ui.HiddenField
	Groups                []YieldGroup
	Others                int // differences for which nobody has to give way
	Reason, ReasonError   string
	Problem               string // why it was not booked
}

// YieldGroup is one product of which units are missing.
type YieldGroup struct {
	Product, Name string
	Says          string // "4 counted, 9 promised: 5 units are missing."
	Left          string // what is missing although all who are chosen give way, "" if nothing
	Rows          []YieldRow
}

// YieldRow is an order, or a transfer for a shelf, that holds units of the product.
type YieldRow struct {
	Value            string // names it in the form
	Number, Text     string
	Tells            bool // whether the number leads to the order's story
	Status           string
	Holds            string
	Due              Moment
	Priority         string
	Chosen, Disabled bool
	Loses            string // "Loses 2 units.", or why it cannot give way
	Then             string // what becomes of it
	Box              string // what has to be taken out of its box
}

// NewYieldGroup draws up those who hold units of a product of which only so many are there.
func NewYieldGroup(l store.Losers, scene Scene) YieldGroup {
	g := YieldGroup{
		Product: l.Product, Name: scene.Directory.ProductName(l.Product),
		Says: fmt.Sprintf("%d on the shelf, %d promised: %s missing.", l.OnHand, l.Level.Reserved, isAre(l.Need)),
	}
	if l.Left > 0 {
		g.Left = isAre(l.Left) + " missing still. Choose more orders, or count again."
	}
	for _, loser := range l.List {
		g.Rows = append(g.Rows, newYieldRow(l.Product, loser, scene))
	}
	return g
}

func isAre(units int) string {
	if units == 1 {
		return "1 unit is"
	}
	return ui.Units(units) + " are"
}

func newYieldRow(product string, l store.Loser, scene Scene) YieldRow {
	row := YieldRow{
		Value: product + ":" + l.Name(), Text: "For the shelf in " + scene.Directory.WarehouseName(l.To),
		Holds: "Holds " + ui.Units(l.Units), Chosen: l.Gives > 0, Disabled: l.May == 0,
	}
	if l.Order != 0 {
		row.Number, row.Text, row.Tells = l.Order.String(), ui.OrderNumber(l.Order.String()), scene.Tells
		row.Status, row.Due = string(l.Status), scene.moment(l.PromisedAt)
	}
	if l.Priority != 0 {
		row.Priority = "priority " + strconv.Itoa(l.Priority)
	}
	switch {
	case l.Status == store.Ready:
		row.Loses = "Its parcel is packed and waits for the courier: it cannot give way."
	case l.May == 0:
		row.Loses = "Something is being done with it at this moment."
	case l.Gives == 0:
		row.Loses = "Keeps all."
	default:
		row.Loses, row.Then = "Loses "+ui.Units(l.Gives)+".", fateWords(l, scene)
		if out := l.Packed - (l.May - l.Gives); out > 0 && l.Packed > 0 {
			row.Box = "Take " + ui.Units(min(out, l.Packed)) + " out of its box."
		}
	}
	return row
}

// fateWords says what becomes of an order that loses units.
func fateWords(l store.Loser, scene Scene) string {
	day := func(m Moment, words string) string { return fmt.Sprintf(words, strings.Split(m.Text, ", ")[0]) }
	switch {
	case l.Order == 0:
		return "The shelf gets less."
	case l.Then.Waits && l.Then.ExpectedAt.IsZero():
		return "Waits for new stock; no date is known."
	case l.Then.Waits:
		return "Waits for new stock, expected " + ui.DayWord(l.Then.ExpectedAt.In(scene.Zone), scene.Now.In(scene.Zone)) + "."
	}
	var towns []string
	for _, id := range l.Then.From {
		towns = append(towns, scene.Directory.WarehouseName(id))
	}
	text := "Gets them from " + strings.Join(towns, " and ")
	if l.Then.PromisedAt.Equal(l.PromisedAt) {
		return text + "; the date stays."
	}
	return text + day(scene.moment(l.Then.PromisedAt), ", arrives %s") + day(scene.moment(l.PromisedAt), ", was %s.")
}

// Losing counts the orders that are chosen, and Blocked tells whether that is not enough.
func (g GiveWay) Losing() int {
	sum := 0
	for _, group := range g.Groups {
		for _, row := range group.Rows {
			if row.Chosen {
				sum++
			}
		}
	}
	return sum
}

// Blocked tells whether units are missing still.
func (g GiveWay) Blocked() bool {
	for _, group := range g.Groups {
		if group.Left != "" {
			return true
		}
	}
	return false
}
