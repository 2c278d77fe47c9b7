// Package service draws customer service's pages: the desk with its search box and the orders
// that need a person, and one order as a story.
package service

import (
	"time"

	"waybill/store"
	"waybill/views/ui"
)

// Scene is the moment that a page is drawn for.
type Scene struct {
	Now       time.Time
	Zone      *time.Location
	Directory store.Directory
	Role      store.Role // of who looks; customer service and administrators may act
	Country   ui.Names
}

// acts tells whether whoever looks may change an order.
func (s Scene) acts() bool { return s.Role == store.Service || s.Role == store.Admin }

// moment says a time by the shop's clock.
func (s Scene) moment(t time.Time) Moment {
	if t.IsZero() {
		return Moment{}
	}
	return Moment{ISO: ui.ISO(t), Text: ui.BriefMoment(t.In(s.Zone), s.Now.In(s.Zone))}
}

// day says a day in a sentence, as one would say it now: "tomorrow", "Thursday, 3 December". Tables have
// store.BriefDay.
func (s Scene) day(t time.Time) string { return ui.DayWord(t.In(s.Zone), s.Now.In(s.Zone)) }

// Moment is a time for people and for programs; both are "" where there is none.
type Moment struct{ ISO, Text string }

// Search is what was looked for, and what came of it.
type Search struct {
	Text    string // as it was typed
	Problem string // why nothing was found
}

// Item is an order that cannot go on by itself.
type Item struct {
	Number, Reason string // Number is what Redis says where it is no number
	Link           bool   // there is a page of it
	Since          Moment
}

func itemName(a store.Attention) string {
	if a.Order == 0 {
		return a.Member
	}
	return a.Order.String()
}

// Attention draws up the list of orders that need a person, the oldest first.
func Attention(list []store.Attention, scene Scene) []Item {
	items := make([]Item, len(list))
	for i, a := range list {
		items[i] = Item{Number: itemName(a), Link: a.Order != 0, Reason: a.Reason, Since: scene.moment(a.At)}
	}
	return items
}

// Story is one order with all that staff may know of it.
type Story struct {
	Number     string // plain digits
	Status     string
	Problem    string
	Outside    bool
	Promise    string // the answer to "when does it come?"
	Late       bool
	Recipient  Recipient
	Lines      []Line
	Transfers  []Transfer
	Entries    []Entry
	Candidates []Candidate
	NoPlan     string // why there is no decision to show
	Map        Map
	WhatIf     string // where the same order can be decided anew, "" if nothing is known of it
	Raw        []Fact
	Track      string // the customer's page, "" if there is none
	Queues     []Link // where it waits
	Parts      []Link // the other parts of an order that is sent in parts
	Acts       Acts
	Forms      Forms
}

// Acts is what whoever looks may do about the order now.
type Acts struct {
	Path       string // of the order's page, to which the forms belong
	Change     bool
	Cancel     bool
	Return     bool
	Warehouses []ui.Option // to which a parcel can come back
	Home       string      // the one to which it belongs
}

// Any tells whether there is anything to do.
func (a Acts) Any() bool { return a.Change || a.Cancel || a.Return }

// Forms is what was typed into a form that could not be taken; the empty one is untouched.
type Forms struct{ Cancel, Return ReasonForm }

// ReasonForm asks why, and for a return also whereto; Wrong is what is the matter with the
// warehouse.
type ReasonForm struct {
	Open             bool
	Reason, Problem  string
	Warehouse, Wrong string
}

// Link leads to another page.
type Link struct{ Words, Href string }

// Recipient is who gets the order.
type Recipient struct {
	Name, Email, Phone string
	Street             []string // the lines of the address
	Missing            bool
}

// Line is a product of the order and where its units are.
type Line struct {
	Product, Name, Units, Where string
	State                       string // packed, here, travelling, missing, gone
}

// Transfer is one that was raised for the order.
type Transfer struct {
	ID, Goods, From, To string
	State, Word, Why    string
	At, Due             Moment
}

// Entry is one event of the order's history in plain words.
type Entry struct {
	ID, Kind, What, Who, Why string
	At                       Moment
}

// Candidate is one warehouse as the place of assembly.
type Candidate struct {
	ID, Name, Date, Distance, Lost string
	Held                           string   // why it would leave later than usual
	From                           []string // what would come from where
	Transfers                      string
	Chosen                         bool
}

// Fact is a raw fact for somebody who looks with redis-cli.
type Fact struct{ Name, Value string }
