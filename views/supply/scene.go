// Package supply draws the pages about goods that are to come: announced deliveries, what has arrived of
// them, and the orders that wait. It builds its models from the domain's types and does no input or
// output.
package supply

import (
	"fmt"
	"strings"
	"time"

	"waybill/store"
	"waybill/views/ui"
)

// Scene is the moment and the person that a page is drawn for. The zone of Now is the one in which days
// are said.
type Scene struct {
	Now       time.Time
	Directory store.Directory
	Announces bool // may announce deliveries and change their day
	Receives  bool // may book what has come
	Tells     bool // may read whole orders
}

// Day is a day for people and for programs.
type Day struct{ ISO, Text string }

func (s Scene) day(t time.Time) Day {
	if t.IsZero() {
		return Day{}
	}
	return Day{ISO: t.In(s.Now.Location()).Format(time.DateOnly), Text: ui.DayWord(t.In(s.Now.Location()), s.Now)}
}

func (s Scene) moment(t time.Time) Day {
	return Day{ISO: ui.ISO(t), Text: ui.BriefMoment(t.In(s.Now.Location()), s.Now)}
}

// goods names lines: "40 × Coffee grinder, 12 × Wool blanket", the first few of many.
func (s Scene) goods(lines []store.Line) string {
	const most = 4
	var words []string
	for _, line := range lines[:min(len(lines), most)] {
		words = append(words, fmt.Sprintf("%d × %s", line.Quantity, s.Directory.ProductName(line.Product)))
	}
	if more := len(lines) - most; more > 0 {
		words = append(words, fmt.Sprintf("and %s more", ui.Count(more, "product")))
	}
	return strings.Join(words, ", ")
}
