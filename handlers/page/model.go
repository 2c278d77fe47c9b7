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
	model := k.Frame(c, title)
	model.Flash = k.takeFlash(c)
	return model
}

// Frame is Model without the message: for a page that nobody reads at once.
func (k *Kit) Frame(c echo.Context, title string) ui.PageModel {
	model := ui.PageModel{
		Title: title,
		Lang:  "en",
		Nav:   navigation(c), Sub: beneath(c), SubName: "This warehouse",
		Notice: k.options.Notice,
		Asset:  k.options.Asset,
	}
	if account, ok := AccountOf(c); ok {
		model.Person = &ui.Person{Name: account.Name, Role: account.Role.Words(), SignOut: "/signout"}
	}
	return model
}

// way is one link of a navigation. It is the current one on its own page and on those under it, and on
// those that begin with one of the others.
type way struct {
	href, label string
	also        []string
}

// navigation lists where this person can go, with the page they are on marked. Staff reach the shop by
// its name in the corner.
func navigation(c echo.Context) []ui.NavLink {
	account, signedIn := AccountOf(c)
	switch {
	case !signedIn && c.Get(unsureKey) != nil:
		return marked(c, []way{{"/", "Shop", nil}})
	case !signedIn:
		return marked(c, []way{{"/", "Shop", nil}, {"/signin", "Staff", nil}})
	}
	orders, whatIf := way{"/service", "Orders", nil}, way{"/service/what-if", "What if?", nil}
	warehouses, waiting := way{"/warehouses", "Warehouses", nil}, way{"/waiting", "Waiting", nil}
	parcels, setUp := way{"/courier", "Parcels", nil}, way{"/admin", "Shop set-up", nil}
	switch account.Role {
	case store.Clerk:
		return marked(c, append(within(account.Warehouse), waiting))
	case store.Courier:
		return marked(c, []way{parcels})
	case store.Service:
		return marked(c, []way{orders, whatIf, warehouses, waiting})
	case store.Owner:
		return marked(c, []way{orders, whatIf, warehouses, waiting, setUp})
	case store.Admin:
		return marked(c, []way{orders, whatIf, warehouses, waiting, parcels, setUp})
	}
	return marked(c, []way{{"/", "Shop", nil}})
}

// beneath lists the pages of the warehouse that one looks at, for those who look after more than one;
// a clerk has them in the header.
func beneath(c echo.Context) []ui.NavLink {
	account, signedIn := AccountOf(c)
	if id := c.Param("id"); signedIn && account.Role != store.Clerk && store.ValidID(id) && strings.HasPrefix(c.Path(), "/warehouses/:id") {
		return marked(c, within(id))
	}
	return nil
}

// within lists the pages of one warehouse.
func within(warehouse string) []way {
	at := "/warehouses/" + warehouse
	return []way{{at, "Board", nil}, {at + "/stock", "Stock", []string{at + "/count", at + "/ledger"}}, {at + "/deliveries", "Deliveries", nil}}
}

// marked makes links, and marks that of the page that one is on: of several that fit, the longest.
func marked(c echo.Context, ways []way) []ui.NavLink {
	path, here, best := c.Request().URL.Path, -1, ""
	links := make([]ui.NavLink, len(ways))
	for i, w := range ways {
		links[i] = ui.NavLink{Href: w.href, Label: w.label}
		for _, begin := range append(w.also, w.href) {
			if current(begin, path) && len(begin) > len(best) {
				here, best = i, begin
			}
		}
	}
	if here >= 0 {
		links[here].Current = true
	}
	return links
}

func current(href, path string) bool {
	return path == href || href != "/" && strings.HasPrefix(path, href+"/")
}
