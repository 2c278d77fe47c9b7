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

// uploadPath is the only address that takes a file.
const uploadPath = "/admin/stock"

// Routes is the one table of all pages.
func (h Handlers) Routes() []Route {
	const get, post = http.MethodGet, http.MethodPost
	var (
		anyone  []store.Role
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
		{get, "/", anyone, false, false, h.Customer.Shop},
		{get, "/live", anyone, false, false, h.Customer.ShopLive},
		{post, "/basket", anyone, false, false, h.Customer.Basket},
		{get, "/order", anyone, false, true, h.Customer.Checkout},
		{get, "/order/dates", anyone, false, true, h.Customer.Dates},
		{post, "/order", anyone, false, true, h.Customer.Place},
		{get, "/track/:token", anyone, false, true, h.Customer.Track},
		{get, "/track/:token/live", anyone, false, true, h.Customer.TrackLive},
		{get, "/track/:token/change", anyone, false, true, h.Customer.Change},
		{post, "/track/:token/change", anyone, false, true, h.Customer.SaveChange},
		{post, "/track/:token/cancel", anyone, false, true, h.Customer.Cancel},

		{get, "/warehouses", looking, false, true, h.Warehouse.List},
		{get, "/live/warehouses", helping, false, true, h.Warehouse.ListLive},
		{get, "/warehouses/:id", looking, true, true, h.Warehouse.Board},
		{get, "/warehouses/:id/live", looking, true, true, h.Warehouse.BoardLive},
		{post, "/warehouses/:id/pack", packing, true, true, h.Warehouse.Pack},
		{post, "/warehouses/:id/ready", packing, true, true, h.Warehouse.Ready},
		{post, "/warehouses/:id/unready", packing, true, true, h.Warehouse.Unready},
		{post, "/warehouses/:id/inspect", packing, true, true, h.Warehouse.Inspect},
		{post, "/warehouses/:id/putback", packing, true, true, h.Warehouse.PutBack},
		{post, "/warehouses/:id/send", packing, true, true, h.Warehouse.Send},
		{post, "/warehouses/:id/unsend", packing, true, true, h.Warehouse.Unsend},
		{post, "/warehouses/:id/send-all", packing, true, true, h.Warehouse.SendAll},
		{post, "/warehouses/:id/unsend-all", packing, true, true, h.Warehouse.UnsendAll},
		{get, "/warehouses/:id/short", packing, true, true, h.Warehouse.Short},
		{post, "/warehouses/:id/send-part", packing, true, true, h.Warehouse.SendPart},
		{post, "/warehouses/:id/receive-part", packing, true, true, h.Warehouse.ReceivePart},
		{get, "/warehouses/:id/shelf", packing, true, true, h.Warehouse.Shelf},
		{post, "/warehouses/:id/ask", asking, true, true, h.Warehouse.Ask},
		{post, "/warehouses/:id/unask", packing, true, true, h.Warehouse.Unask},
		{post, "/warehouses/:id/threshold", packing, true, true, h.Warehouse.Threshold},
		{post, "/warehouses/:id/receive", packing, true, true, h.Warehouse.Receive},
		{post, "/warehouses/:id/unreceive", packing, true, true, h.Warehouse.Unreceive},
		{post, "/warehouses/:id/scan", packing, true, true, h.Warehouse.Scan},
		{post, "/warehouses/:id/say", packing, true, true, h.Warehouse.Say},
		{post, "/warehouses/:id/count", packing, true, true, h.Warehouse.Count},
		{post, "/warehouses/:id/book", packing, true, true, h.Warehouse.Book},
		{post, "/warehouses/:id/drop", packing, true, true, h.Warehouse.Drop},

		{get, "/warehouses/:id/ledger", looking, true, true, h.Books.Ledger},
		{get, "/warehouses/:id/stock/:product", looking, true, true, h.Books.Shelf},
		{post, "/warehouses/:id/stock/:product/damaged", packing, true, true, h.Books.Damaged},
		{post, "/warehouses/:id/stock/:product/adjust", packing, true, true, h.Books.Adjust},
		{get, "/warehouses/:id/count", packing, true, true, h.Books.Sheet},
		{post, "/warehouses/:id/count/compare", packing, true, true, h.Books.Compare},
		{post, "/warehouses/:id/count/book", packing, true, true, h.Books.BookSheet},
		{get, "/warehouses/:id/give-way", asking, true, true, h.Books.AskGiveWay},
		{post, "/warehouses/:id/give-way", asking, true, true, h.Books.GiveWay},

		{get, "/warehouses/:id/deliveries", looking, true, true, h.Supply.Deliveries},
		{post, "/warehouses/:id/deliveries", buying, true, true, h.Supply.Announce},
		{get, "/warehouses/:id/deliveries/:delivery", looking, true, true, h.Supply.Delivery},
		{post, "/warehouses/:id/deliveries/:delivery/scan", packing, true, true, h.Supply.Scan},
		{post, "/warehouses/:id/deliveries/:delivery/receive", packing, true, true, h.Supply.Receive},
		{post, "/warehouses/:id/deliveries/:delivery/due", buying, true, true, h.Supply.Move},

		{get, "/waiting", looking, false, true, h.Supply.Waiting},
		{get, "/waiting/live", looking, false, true, h.Supply.WaitingLive},
		{get, "/waiting/:product", looking, false, true, h.Supply.Queue},
		{post, "/waiting/:product/move", looking, false, true, h.Supply.Prioritize},

		{get, "/courier", driving, false, true, h.Courier.Rounds},
		{get, "/courier/live", driving, false, true, h.Courier.Live},
		{post, "/courier/pickup", driving, false, true, h.Courier.PickUp},
		{post, "/courier/deliver", driving, false, true, h.Courier.Deliver},
		{post, "/courier/failed", driving, false, true, h.Courier.Failed},

		{get, "/service", helping, false, true, h.Service.Desk},
		{get, "/service/what-if", helping, false, true, h.WhatIf.Page},
		{get, "/service/live", helping, false, true, h.Service.DeskLive},
		{get, "/service/orders/:number", helping, false, true, h.Service.Order},
		{get, "/service/orders/:number/live", helping, false, true, h.Service.OrderLive},
		{get, "/service/orders/:number/change", mending, false, true, h.Customer.ChangeFor},
		{post, "/service/orders/:number/change", mending, false, true, h.Customer.SaveChangeFor},
		{post, "/service/orders/:number/cancel", mending, false, true, h.Service.Cancel},
		{post, "/service/orders/:number/return", mending, false, true, h.Service.Return},

		{get, "/signin", anyone, false, true, h.SignIn.Form},
		{post, "/signin", anyone, false, true, h.SignIn.SignIn},
		{post, "/signin/demo", anyone, false, true, h.SignIn.Demo},
		{post, "/signout", anyone, false, true, h.SignIn.SignOut},
		{get, "/setup", anyone, false, true, h.SignIn.SetupForm},
		{post, "/setup", anyone, false, true, h.SignIn.SetUp},

		{get, "/admin", running, false, true, h.Admin.Overview},
		{post, "/admin/warehouses", running, false, true, h.Admin.SaveWarehouse},
		{post, "/admin/products", running, false, true, h.Admin.SaveProduct},
		{post, "/admin/countries", running, false, true, h.Admin.SaveServed},
		{post, "/admin/accounts", hiring, false, true, h.Admin.AddAccount},
		{post, "/admin/accounts/delete", hiring, false, true, h.Admin.DeleteAccount},
		{get, "/admin/keys", hiring, false, true, h.Admin.Keys},
		{post, "/admin/keys", hiring, false, true, h.Admin.AddKey},
		{post, "/admin/keys/revoke", hiring, false, true, h.Admin.RevokeKey},
		{get, "/admin/stock", running, false, true, h.Books.Files},
		{post, uploadPath, running, false, true, h.Books.Upload},
		{get, "/admin/stock/export.csv", running, false, true, h.Books.Export},
		{get, "/admin/stock/files/:file", running, false, true, h.Books.File},
		{post, "/admin/stock/files/:file/book", running, false, true, h.Books.BookFile},
		{get, "/admin/audit", running, false, true, h.Books.Audit},
		{post, "/admin/audit/repair", running, false, true, h.Books.Repair},
	}
}
