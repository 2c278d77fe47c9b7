// Package signin draws the pages on which staff sign in, and on which a new shop gets its
// first account.
package signin

import (
	"waybill/store"
	"waybill/views/ui"
)

// Page is the sign-in page. Error says why the last try failed. People is not empty only in
// the demo, where one click signs in.
type Page struct {
	UI     ui.PageModel
	Login  string // what was typed
	Next   string // where to go afterwards, "" for the person's own page
	Error  string
	People []Person
}

// Person is one card of the demo: "Clerk in Gdańsk", "Gosia assembles orders".
type Person struct{ Login, Work, Does, Icon string }

// People makes the demo's cards, in the order given. Words says what an account's work is.
func People(accounts []store.Account, words func(store.Account) string) []Person {
	people := make([]Person, 0, len(accounts))
	for _, account := range accounts {
		does, icon := work(account.Role)
		people = append(people, Person{Login: account.Login, Work: words(account), Does: account.Name + " " + does, Icon: icon})
	}
	return people
}

// work says what a role does all day, and gives its icon.
func work(role store.Role) (does, icon string) {
	switch role {
	case store.Clerk:
		return "assembles orders, sends and receives", "box"
	case store.Courier:
		return "picks parcels up and delivers them", "truck"
	case store.Service:
		return "finds any order and helps", "phone"
	case store.Owner:
		return "sees every order and every warehouse", "home"
	}
	return "sets up people, warehouses and products", "lock"
}

// Setup is the page for the first account. Errors holds messages by field.
type Setup struct {
	UI          ui.PageModel
	Token       string
	Login, Name string
	Errors      map[string]string
}

// problems lists the messages in the order of the fields.
func (s Setup) problems() []ui.FieldError {
	var list []ui.FieldError
	for _, field := range []string{"name", "login", "password"} {
		if message := s.Errors[field]; message != "" {
			list = append(list, ui.FieldError{Field: ui.FieldID(field), Message: message})
		}
	}
	return list
}
