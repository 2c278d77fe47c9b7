package admin

import (
	"slices"

	"waybill/views/ui"
)

// KeysPage is the page of the keys by which programs get in. Made and Secret are there once: right
// after the key was made.
type KeysPage struct {
	UI           ui.PageModel
	Keys         []KeyRow
	Scopes       []Scope
	Made, Secret string
	Name         string   // as it was typed
	Chosen       []string // scopes
	Errors       map[string]string
}

// KeyRow is one key: who uses it, what for, and who made it when.
type KeyRow struct{ Name, May, Made string }

// Scope is one thing that a key can be made for.
type Scope struct{ ID, Words string }

func (p KeysPage) chosen(scope string) bool { return slices.Contains(p.Chosen, scope) }
