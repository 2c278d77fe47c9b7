package page

import (
	"strings"

	"github.com/labstack/echo/v4"

	"waybill/store"
	"waybill/views/ui"
)

// Model gives what all pages share: where one can go, who is signed in, the shop's notice,
// and the message that the last form left behind, which is shown this once. The handler
// sets LiveURL and Class. Call it once per answer, before writing.
func (k *Kit) Model(c echo.Context, title string) ui.PageModel {
	model := ui.PageModel{
		Title:  title,
		Lang:   "en",
		Nav:    navigation(c),
		Notice: k.options.Notice,
		Flash:  k.takeFlash(c),
		Asset:  k.options.Asset,
	}
	if account, ok := AccountOf(c); ok {
		model.Person = &ui.Person{Name: account.Name, Role: RoleWords(account.Role), SignOut: "/signout"}
	}
	return model
}

// navigation lists where this person can go, with the page they are on marked.
func navigation(c echo.Context) []ui.NavLink {
	links := []ui.NavLink{{Href: "/", Label: "Shop"}}
	add := func(href, label string) { links = append(links, ui.NavLink{Href: href, Label: label}) }
	account, _ := AccountOf(c)
	switch account.Role {
	case store.Clerk:
		add(Home(account), "My warehouse")
		add("/waiting", "Waiting")
	case store.Courier:
		add("/courier", "Parcels")
	case store.Service:
		add("/service", "Orders")
		add("/service/what-if", "What if?")
		add("/warehouses", "Warehouses")
		add("/waiting", "Waiting")
	case store.Owner:
		add("/service", "Orders")
		add("/service/what-if", "What if?")
		add("/warehouses", "Warehouses")
		add("/waiting", "Waiting")
		add("/admin", "Shop set-up")
	case store.Admin:
		add("/service", "Orders")
		add("/service/what-if", "What if?")
		add("/warehouses", "Warehouses")
		add("/waiting", "Waiting")
		add("/courier", "Parcels")
		add("/admin", "Shop set-up")
	default:
		add("/signin", "Staff")
	}
	mark(links, c.Request().URL.Path)
	return links
}

// mark marks the link of the page that one is on: of several that fit, the longest.
func mark(links []ui.NavLink, path string) {
	here := -1
	for i, link := range links {
		if current(link.Href, path) && (here < 0 || len(link.Href) > len(links[here].Href)) {
			here = i
		}
	}
	if here >= 0 {
		links[here].Current = true
	}
}

func current(href, path string) bool {
	return path == href || href != "/" && strings.HasPrefix(path, href+"/")
}
