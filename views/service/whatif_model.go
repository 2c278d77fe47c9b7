package service

import (
	"cmp"
	"strconv"

	"waybill/store"
	"waybill/views/ui"
)

// WhatIfPath is where an order can be decided without being placed.
const WhatIfPath = "/service/what-if"

// WhatIf is the form of an order that nobody places, and what would be decided for it.
type WhatIf struct {
	Lines      []WhatLine
	City, Code string
	Country    string
	Speed      string
	At         string            // day and time as they were typed, "" for now
	Errors     map[string]string // by field; lines go by "product-0", "quantity-0"
	Products   []ui.Option       // to choose from
	Countries  []ui.Option
	Decision   *Decision
}

// WhatLine is one line of the form, as it was typed.
type WhatLine struct{ Product, Quantity string }

// Decision is what would happen to the order.
type Decision struct {
	Answer     string   // in one sentence
	Notes      []string // what one has to know to read it
	Short      []string // what there is too little of: then nothing else is known
	Candidates []Candidate
	Map        Map
}

// Asked is what was decided upon.
type Asked struct {
	Place     string // what the place was found by, "" if nobody said where it goes
	To        *store.Point
	TownKnown bool // the town itself was found
	Speed     store.Speed
}

// Decide draws up a decision.
func Decide(outcome store.Outcome, asked Asked, scene Scene) *Decision {
	d := &Decision{}
	if len(outcome.Short) > 0 {
		d.Answer = "There is too little in stock."
		for _, short := range outcome.Short {
			d.Short = append(d.Short, shortWords(short, scene))
		}
		return d
	}
	d.Answer = decided(outcome.Plan, scene)
	switch {
	case asked.To == nil:
		d.Notes = append(d.Notes, "Without a country nobody knows where it goes: the fewest transfers decide, and the date is that of a parcel next door.")
	case !asked.TownKnown:
		d.Notes = append(d.Notes, "This town is not known. Dates and distances are for "+asked.Place+" as a whole.")
	}
	if outcome.NotToday != "" {
		d.Notes = append(d.Notes, outcome.NotToday+" It would go by express.")
	}
	d.Candidates = candidates(outcome.Plan, asked.To == nil, scene)
	d.Map = DrawMap(outcome.Plan, asked.To, asked.Place, scene)
	return d
}

func shortWords(s store.Shortage, scene Scene) string {
	words := scene.Directory.ProductName(s.Product) + ": " + ui.Units(s.Wanted) + " wanted, " + strconv.Itoa(s.Left) + " left."
	switch {
	case s.Waits && !s.Full && !s.Expected.IsZero():
		words += " The order could wait for the rest, until " + ui.Day(s.Expected.In(scene.Zone)) + "."
	case s.Waits && !s.Full:
		words += " The order could wait for the rest."
	case s.Waits && s.Room > 0:
		words += " So many cannot be waited for: " + strconv.Itoa(s.Room) + " at most."
	case s.Waits:
		words += " So many wait for it that no more may."
	}
	return words
}

func lineField(name string, i int) string { return name + "-" + strconv.Itoa(i) }

// problems lists what is to be mended, from top to bottom.
func (w WhatIf) problems() []ui.FieldError {
	var list []ui.FieldError
	add := func(field string) {
		if w.Errors[field] != "" {
			list = append(list, ui.FieldError{Field: ui.FieldID(field), Message: w.Errors[field]})
		}
	}
	for i := range w.Lines {
		add(lineField("product", i))
		add(lineField("quantity", i))
	}
	for _, field := range []string{"city", "postal_code", "country", "speed", "at"} {
		add(field)
	}
	return list
}

func speeds() []ui.Option {
	var options []ui.Option
	for _, speed := range store.Speeds() {
		options = append(options, ui.Option{Value: string(speed), Label: sentence(cmp.Or(speed.Hurry(), string(speed)))})
	}
	return options
}
