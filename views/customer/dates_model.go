package customer

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"waybill/store"
	"waybill/views/ui"
)

// DatesAsk is what is known when the dates are to be said.
type DatesAsk struct {
	Quotes    []store.Quote // none if they could not be worked out
	Short     []store.Shortage
	Chosen    store.Speed
	Wait      string // what the customer has chosen for what is not there: "", WaitForAll or SendInParts
	Place     string // the town or country that was found, "" if none
	Exact     bool   // the date is for the town, not for the country
	TownTyped bool
	Failed    bool // the dates could not be worked out
	Fault     string
	Path      string // where the dates are asked for anew
	Changing  bool   // an order that exists is changed: nobody chooses to wait by that
	Directory store.Directory
	Now       time.Time // its zone is the one in which days are said
}

// DatesModel is the part of the form that says when each speed would arrive, and what would
// have to be waited for. It is sent anew whenever the address or a quantity changes.
type DatesModel struct {
	Cards []SpeedCard
	About string           // for which place the dates are, where that is not plain
	Lacks []store.Shortage // all that is too little, also what can be waited for
	Waits []ShortLine
	Short []ShortLine // too little, and not to be waited for
	Today string      // why it cannot come on the same day, where the shop has that at all
	Wait  string
	Parts bool // something is there now, so the order could be sent in parts
	Fault string
	Path  string // where the dates are asked for anew
	Asks  bool   // whether the customer chooses what becomes of what is waited for
}

// What a customer can choose when something has to be waited for, as the form sends it.
const (
	WaitForAll  = "allow"
	SendInParts = "parts"
)

// SpeedCard is one speed to choose.
type SpeedCard struct {
	Value, Title, Note string
	Chosen             bool
}

// ShortLine is a product of which there is too little.
type ShortLine struct {
	ID, Name     string
	Wanted, Left int
	Full         bool   // it could be waited for, were there not so many who do
	Room         int    // where it is Full: the most units for which one may wait all the same
	Expected     string // the day on which it is expected, "" if nobody knows
	From         string // the day before which it is not sent, "" if it is out
}

// Words says what there is too little of.
func (s ShortLine) Words() string {
	switch {
	case s.Full && s.Room > s.Left && s.From != "":
		return fmt.Sprintf("%s: %d more can be ordered ahead, you want %d.", s.Name, s.Room, s.Wanted)
	case s.Full && s.Room > s.Left:
		return fmt.Sprintf("%s: %d left, you want %d. You can wait for %d at most.", s.Name, s.Left, s.Wanted, s.Room)
	case s.Full && s.From != "":
		return fmt.Sprintf("So many have ordered %s ahead that we cannot take more orders.", s.Name)
	case s.Full && s.Left == 0:
		return fmt.Sprintf("%s is sold out, and so many wait for it that we cannot take more orders.", s.Name)
	case s.Full:
		return fmt.Sprintf("%s: %d left, you want %d, and so many wait for it that we cannot take more orders.", s.Name, s.Left, s.Wanted)
	case s.Left == 0:
		return fmt.Sprintf("%s is sold out.", s.Name)
	}
	return fmt.Sprintf("%s: %d left, you want %d.", s.Name, s.Left, s.Wanted)
}

// WaitWords says what would be waited for, and until when.
func (s ShortLine) WaitWords() string {
	until := "we do not know until when"
	switch {
	case s.Expected != "":
		until = "expected " + s.Expected
	case s.From != "":
		until = "sent from " + s.From + " on"
	}
	missing := s.Wanted - s.Left
	if missing == 1 {
		return fmt.Sprintf("%s: 1 of these is waited for, %s.", s.Name, until)
	}
	return fmt.Sprintf("%s: %d of these are waited for, %s.", s.Name, missing, until)
}

// NewDates works out what to say about the speeds and their dates.
func NewDates(ask DatesAsk) DatesModel {
	m := DatesModel{Wait: ask.Wait, Fault: ask.Fault, About: about(ask), Path: ask.Path, Asks: !ask.Changing}
	short := ask.Short
	for _, speed := range store.Speeds() {
		if speed == store.SameDay && !m.sameDay(ask) {
			continue
		}
		card := SpeedCard{Value: string(speed), Title: speedName(speed), Chosen: speed == ask.Chosen, Note: "The date comes with your address."}
		for _, quote := range ask.Quotes {
			if quote.Speed != speed {
				continue
			}
			card.Note = dateNote(quote, ask)
			m.Parts = m.Parts || quote.Waits && !quote.NowAt.IsZero()
			if len(ask.Short) == 0 {
				short = quote.Short
			}
		}
		m.Cards = append(m.Cards, card)
	}
	m.Lacks = short
	for _, s := range short {
		line := ShortLine{ID: s.Product, Name: ask.Directory.ProductName(s.Product), Wanted: s.Wanted, Left: s.Left, Full: s.Full, Room: s.Room}
		if !s.Expected.IsZero() {
			line.Expected = ui.DayWord(s.Expected.In(ask.Now.Location()), ask.Now)
		}
		if terms := ask.Directory.Products[s.Product].Terms; terms.Unreleased(ask.Now) {
			line.From = ui.DayWord(terms.Release.In(ask.Now.Location()), ask.Now)
		}
		if s.Waits && !s.Full {
			m.Waits = append(m.Waits, line)
		} else {
			m.Short = append(m.Short, line)
		}
	}
	m.Parts = m.Parts && len(m.Short) == 0
	return m
}

// sameDay tells whether the same day may be chosen: only where a warehouse can keep it. A choice of
// it that cannot be kept any more becomes express, and says so.
func (m *DatesModel) sameDay(ask DatesAsk) bool {
	i := slices.IndexFunc(ask.Quotes, func(q store.Quote) bool { return q.Speed == store.SameDay })
	if i >= 0 && ask.Quotes[i].WhyNot == "" && dated(ask.Quotes[i]) {
		return true
	}
	if i >= 0 && ask.Quotes[i].WhyNot != "" && len(ask.Quotes[i].Short) == 0 {
		m.Today = ask.Quotes[i].WhyNot
	}
	if ask.Chosen == store.SameDay {
		for c := range m.Cards {
			m.Cards[c].Chosen = m.Cards[c].Value == string(store.Express)
		}
		m.Today = strings.TrimSpace(m.Today + " We have chosen express for you.")
	}
	return false
}

// dated tells whether a quote promises a date.
func dated(quote store.Quote) bool {
	return len(quote.Short) == 0 && !quote.Waits && !quote.PromisedAt.IsZero()
}

func dateNote(quote store.Quote, ask DatesAsk) string {
	switch {
	case len(quote.Short) > 0 && !quote.Waits:
		return "There is too little left: see below."
	case !dated(quote):
		return waitNote(quote, ask)
	}
	day := ui.Day(quote.PromisedAt.In(ask.Now.Location()))
	if quote.Speed == store.SameDay {
		day = "today, by " + ui.Clock(quote.PromisedAt.In(ask.Now.Location()))
	}
	if !ask.Exact {
		return "about " + day
	}
	return day
}

// waitNote says when an order that waits is sent, and when what is there now would come.
func waitNote(quote store.Quote, ask DatesAsk) string {
	note := "Sent when all is there. We will say the date on your order's page."
	if !quote.Expected.IsZero() {
		note = "Sent when all is there: " + ui.DayWord(quote.Expected.In(ask.Now.Location()), ask.Now) + "."
	}
	if !quote.NowAt.IsZero() {
		note += " What is there now could arrive " + ui.DayWord(quote.NowAt.In(ask.Now.Location()), ask.Now) + "."
	}
	return note
}

func about(ask DatesAsk) string {
	switch {
	case ask.Failed && ask.Changing:
		return "We cannot work out the dates just now. The order can be changed all the same: the new date then stands on its page."
	case ask.Failed:
		return "We cannot work out the dates just now. You can order all the same: the date then comes on your order's page."
	case ask.Place == "":
		return "Choose the country and type the town to see the dates."
	case ask.Exact || !slices.ContainsFunc(ask.Quotes, dated):
		return ""
	case ask.TownTyped:
		return fmt.Sprintf("We do not know this town, so the dates are for %s as a whole.", ask.Place)
	default:
		return fmt.Sprintf("For %s as a whole. Type the town to see the exact dates.", ask.Place)
	}
}

func speedName(s store.Speed) string {
	switch s {
	case store.Express:
		return "Express"
	case store.SameDay:
		return "Same day"
	}
	return "Standard"
}

// takes are the numbers of units that one could order instead: what is left, and what one may wait for.
func (s ShortLine) takes() []int {
	var units []int
	if s.Left > 0 {
		units = append(units, s.Left)
	}
	if s.Full && s.Room > s.Left {
		units = append(units, s.Room)
	}
	return units
}

// takeValue is what the button sends that takes so many.
func (s ShortLine) takeValue(units int) string { return fmt.Sprintf("%s:%d", s.ID, units) }

func (s ShortLine) takeWords(units int) string {
	if units > s.Left && s.From == "" {
		return fmt.Sprintf("Wait for %d instead", units)
	}
	return fmt.Sprintf("Order %d instead", units)
}
