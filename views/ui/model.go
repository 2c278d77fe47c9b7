// Package ui holds the frame of every page and the small parts that all pages share.
// Its models are plain structs: whoever handles the request fills them, nothing here reads or writes.
package ui

// PageModel is what the frame of a page needs to know.
type PageModel struct {
	Title   string              // of the window; the page's own h1 is written by the page
	Lang    string              // "" means "en"
	Shop    string              // name in the header; "" means "Waybill"
	Nav     []NavLink           // links in the header
	Sub     []NavLink           // links below the header, among pages that belong together; mostly none
	SubName string              // what they belong to
	Person  *Person             // who is signed in; nil on the customers' pages
	Notice  string              // one line under the header, "" for none
	Flash   *Flash              // what the last act did; nil for nothing
	LiveURL string              // where the page listens; "" means that it is not live
	Asset   func(string) string // turns "products/prod1.svg" into its address
	Class   string              // family of the page: shop, track, warehouse, courier, staff
}

// NavLink is one link of the header.
type NavLink struct {
	Href, Label string
	Current     bool
}

// Person is who is signed in.
type Person struct {
	Name, Role string
	SignOut    string // where the sign-out form goes; "" means "/sign-out"
}

// Flash tells what the last act did, and may offer to take it back.
type Flash struct {
	Kind string // ok, warn or error
	Text string
	Undo *UndoForm
}

// UndoForm is the form behind an undo button.
type UndoForm struct {
	Action string
	Label  string // "" means "Undo"
	Fields []HiddenField
}

// HiddenField is one hidden value of a form.
type HiddenField struct{ Name, Value string }

// or gives v, or the other one if v is empty.
func or(v, other string) string {
	if v == "" {
		return other
	}
	return v
}

// lang is the language of the page.
func (p PageModel) lang() string { return or(p.Lang, "en") }

// shop is the name in the header.
func (p PageModel) shop() string { return or(p.Shop, "Waybill") }

// title is the title of the window.
func (p PageModel) title() string {
	if p.Title == "" {
		return p.shop()
	}
	return p.Title + " · " + p.shop()
}

// htmxConfig forbids what the content security policy would refuse (styles and code made at run time),
// shows every answer of ours, whatever its status, and keeps no pages in the browser's storage:
// going back asks the server again.
const htmxConfig = `{"includeIndicatorStyles":false,"allowEval":false,"allowScriptTags":false,"selfRequestsOnly":true,` +
	`"historyCacheSize":0,"refreshOnHistoryMiss":true,"scrollIntoViewOnBoost":false,"defaultSettleDelay":0,"timeout":15000,` +
	`"responseHandling":[{"code":"204","swap":false},{"code":"...","swap":true}]}`

// scripts lists the deferred scripts in the order in which they run.
func scripts() []string {
	return []string{
		"vendor/htmx-2.0.11.min.js", "vendor/idiomorph-ext-0.8.0.min.js",
		"js/morph.js", "js/forms.js", "js/live.js", "js/warehouse.js", "js/courier.js",
	}
}
