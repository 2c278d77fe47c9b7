package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"waybill/handlers/admin"
	"waybill/handlers/books"
	"waybill/handlers/courier"
	"waybill/handlers/customer"
	"waybill/handlers/service"
	"waybill/handlers/signin"
	"waybill/handlers/supply"
	"waybill/handlers/warehouse"
	"waybill/handlers/whatif"
	"waybill/store"
)

// Handlers is every room that answers pages.
type Handlers struct {
	Customer  *customer.Handlers
	Warehouse *warehouse.Handlers
	Supply    *supply.Handlers
	Courier   *courier.Handlers
	Service   *service.Handlers
	WhatIf    *whatif.Handlers
	SignIn    *signin.Handlers
	Admin     *admin.Handlers
	Books     *books.Handlers
}

// Route is one address of a page, and who may go there. Without roles everyone may. Own
// lets a clerk in only where :id is their own warehouse. Private answers hold what only one
// person should see: they are kept nowhere, and their address is told to nobody.
type Route struct {
	Method  string
	Path    string
	Roles   []store.Role
	Own     bool
	Private bool
	Handle  echo.HandlerFunc
}

// open is a page that anybody may see, with nothing on it that is one person's own.
func open(method, path string, handle echo.HandlerFunc) Route {
	return Route{Method: method, Path: path, Handle: handle}
}

// link is a page that anybody may ask for, and whose answer is one person's own.
func link(method, path string, handle echo.HandlerFunc) Route {
	return Route{Method: method, Path: path, Private: true, Handle: handle}
}

// staff is a page for people with one of these roles.
func staff(roles []store.Role, method, path string, handle echo.HandlerFunc) Route {
	return Route{Method: method, Path: path, Roles: roles, Private: true, Handle: handle}
}

// own is a page of one warehouse: staff, but a clerk sees their own warehouse only.
func own(roles []store.Role, method, path string, handle echo.HandlerFunc) Route {
	return Route{Method: method, Path: path, Roles: roles, Own: true, Private: true, Handle: handle}
}

// uploadPath is the only address that takes a file.
const uploadPath = "/admin/stock"

// Routes is the one table of all pages.
func (h Handlers) Routes() []Route {
	const get, post = http.MethodGet, http.MethodPost
	var (
		looking = []store.Role{store.Clerk, store.Service, store.Owner, store.Admin}
		packing = []store.Role{store.Clerk, store.Admin}
		asking  = []store.Role{store.Clerk, store.Owner, store.Admin}
		buying  = []store.Role{store.Clerk, store.Owner, store.Admin}
		driving = []store.Role{store.Courier, store.Admin}
		helping = []store.Role{store.Service, store.Owner, store.Admin}
		running = []store.Role{store.Owner, store.Admin}
		mending = []store.Role{store.Service, store.Admin}
		hiring  = []store.Role{store.Admin}
	)
	return []Route{
		open(get, "/", h.Customer.Shop),
		open(get, "/live", h.Customer.ShopLive),
		open(post, "/basket", h.Customer.Basket),
		link(get, "/order", h.Customer.Checkout),
		link(get, "/order/dates", h.Customer.Dates),
		link(post, "/order", h.Customer.Place),
		link(get, "/track/:token", h.Customer.Track),
		link(get, "/track/:token/live", h.Customer.TrackLive),
		link(get, "/track/:token/change", h.Customer.Change),
		link(get, "/track/:token/change/dates", h.Customer.ChangeDates),
		link(post, "/track/:token/change", h.Customer.SaveChange),
		link(post, "/track/:token/cancel", h.Customer.Cancel),

		staff(looking, get, "/warehouses", h.Warehouse.List),
		staff(helping, get, "/live/warehouses", h.Warehouse.ListLive),
		own(looking, get, "/warehouses/:id", h.Warehouse.Board),
		own(looking, get, "/warehouses/:id/live", h.Warehouse.BoardLive),
		own(looking, get, "/warehouses/:id/low", h.Warehouse.Low),
		own(packing, get, "/warehouses/:id/slips", h.Warehouse.Slips),
		own(packing, get, "/warehouses/:id/slips/:number", h.Warehouse.Slip),
		own(packing, post, "/warehouses/:id/pack", h.Warehouse.Pack),
		own(packing, post, "/warehouses/:id/ready", h.Warehouse.Ready),
		own(packing, post, "/warehouses/:id/unready", h.Warehouse.Unready),
		own(packing, post, "/warehouses/:id/inspect", h.Warehouse.Inspect),
		own(packing, post, "/warehouses/:id/putback", h.Warehouse.PutBack),
		own(packing, post, "/warehouses/:id/send", h.Warehouse.Send),
		own(packing, post, "/warehouses/:id/unsend", h.Warehouse.Unsend),
		own(packing, post, "/warehouses/:id/send-all", h.Warehouse.SendAll),
		own(packing, post, "/warehouses/:id/unsend-all", h.Warehouse.UnsendAll),
		own(packing, get, "/warehouses/:id/short", h.Warehouse.Short),
		own(packing, post, "/warehouses/:id/send-part", h.Warehouse.SendPart),
		own(packing, post, "/warehouses/:id/receive-part", h.Warehouse.ReceivePart),
		own(packing, post, "/warehouses/:id/unrefuse", h.Warehouse.Unrefuse),
		own(packing, post, "/warehouses/:id/unask", h.Warehouse.Unask),
		own(packing, post, "/warehouses/:id/receive", h.Warehouse.Receive),
		own(packing, post, "/warehouses/:id/unreceive", h.Warehouse.Unreceive),
		own(packing, post, "/warehouses/:id/scan", h.Warehouse.Scan),
		own(packing, post, "/warehouses/:id/say", h.Warehouse.Say),
		own(packing, post, "/warehouses/:id/book", h.Warehouse.Book),
		own(packing, post, "/warehouses/:id/drop", h.Warehouse.Drop),

		own(looking, get, "/warehouses/:id/ledger", h.Books.Ledger),
		own(looking, get, "/warehouses/:id/stock", h.Books.Stock),
		own(looking, get, "/warehouses/:id/live/stock", h.Books.StockLive),
		own(looking, get, "/warehouses/:id/stock/:product", h.Books.Shelf),
		own(packing, post, "/warehouses/:id/stock/:product/count", h.Books.Count),
		own(packing, post, "/warehouses/:id/stock/:product/damaged", h.Books.Damaged),
		own(packing, post, "/warehouses/:id/stock/:product/adjust", h.Books.Adjust),
		own(asking, post, "/warehouses/:id/stock/:product/ask", h.Books.Ask),
		own(packing, post, "/warehouses/:id/stock/:product/threshold", h.Books.Threshold),
		own(packing, get, "/warehouses/:id/count", h.Books.Sheet),
		own(packing, post, "/warehouses/:id/count/compare", h.Books.Compare),
		own(packing, post, "/warehouses/:id/count/book", h.Books.BookSheet),
		own(asking, get, "/warehouses/:id/give-way", h.Books.AskGiveWay),
		own(asking, post, "/warehouses/:id/give-way", h.Books.GiveWay),

		own(looking, get, "/warehouses/:id/deliveries", h.Supply.Deliveries),
		own(buying, post, "/warehouses/:id/deliveries", h.Supply.Announce),
		own(looking, get, "/warehouses/:id/deliveries/:delivery", h.Supply.Delivery),
		own(packing, post, "/warehouses/:id/deliveries/:delivery/scan", h.Supply.Scan),
		own(packing, post, "/warehouses/:id/deliveries/:delivery/receive", h.Supply.Receive),
		own(buying, post, "/warehouses/:id/deliveries/:delivery/due", h.Supply.Move),

		staff(looking, get, "/waiting", h.Supply.Waiting),
		staff(looking, get, "/waiting/live", h.Supply.WaitingLive),
		staff(looking, get, "/waiting/:product", h.Supply.Queue),
		staff(looking, post, "/waiting/:product/move", h.Supply.Prioritize),
		staff(looking, post, "/waiting/:product/again", h.Supply.AskAgain),

		staff(driving, get, "/courier", h.Courier.Rounds),
		staff(driving, get, "/courier/live", h.Courier.Live),
		staff(driving, get, "/courier/kept", h.Courier.Kept),
		staff(driving, post, "/courier/pickup", h.Courier.PickUp),
		staff(driving, post, "/courier/deliver", h.Courier.Deliver),
		staff(driving, post, "/courier/failed", h.Courier.Failed),

		staff(helping, get, "/service", h.Service.Desk),
		staff(helping, get, "/service/what-if", h.WhatIf.Page),
		staff(helping, get, "/service/live", h.Service.DeskLive),
		staff(helping, get, "/service/orders/:number", h.Service.Order),
		staff(helping, get, "/service/orders/:number/live", h.Service.OrderLive),
		staff(mending, get, "/service/orders/:number/change", h.Customer.ChangeFor),
		staff(mending, get, "/service/orders/:number/change/dates", h.Customer.ChangeDatesFor),
		staff(mending, post, "/service/orders/:number/change", h.Customer.SaveChangeFor),
		staff(mending, post, "/service/orders/:number/cancel", h.Service.Cancel),
		staff(mending, post, "/service/orders/:number/return", h.Service.Return),

		link(get, "/signin", h.SignIn.Form),
		link(post, "/signin", h.SignIn.SignIn),
		link(post, "/signin/demo", h.SignIn.Demo),
		link(post, "/signout", h.SignIn.SignOut),
		link(get, "/setup", h.SignIn.SetupForm),
		link(post, "/setup", h.SignIn.SetUp),

		staff(running, get, "/admin", h.Admin.Overview),
		staff(running, get, "/admin/warehouses", h.Admin.Warehouses),
		staff(running, post, "/admin/warehouses", h.Admin.SaveWarehouse),
		staff(running, get, "/admin/products", h.Admin.Products),
		staff(running, post, "/admin/products", h.Admin.SaveProduct),
		staff(running, get, "/admin/countries", h.Admin.Served),
		staff(running, post, "/admin/countries", h.Admin.SaveServed),
		staff(hiring, get, "/admin/accounts", h.Admin.People),
		staff(hiring, post, "/admin/accounts", h.Admin.AddAccount),
		staff(hiring, post, "/admin/accounts/delete", h.Admin.DeleteAccount),
		staff(hiring, get, "/admin/keys", h.Admin.Keys),
		staff(hiring, post, "/admin/keys", h.Admin.AddKey),
		staff(hiring, post, "/admin/keys/revoke", h.Admin.RevokeKey),
		staff(running, get, "/admin/stock", h.Books.Files),
		staff(running, post, uploadPath, h.Books.Upload),
		staff(running, get, "/admin/stock/export.csv", h.Books.Export),
		staff(running, get, "/admin/stock/files/:file", h.Books.File),
		staff(running, post, "/admin/stock/files/:file/book", h.Books.BookFile),
		staff(running, get, "/admin/audit", h.Books.Audit),
		staff(running, post, "/admin/audit/repair", h.Books.Repair),
	}
}
