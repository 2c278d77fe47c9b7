package customer

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	"waybill/store"
	"waybill/views/customer"
	"waybill/views/ui"
)

// door is how somebody came to the form in which an order is changed: the customer by their
// link, customer service by the order's number.
type door struct {
	order store.Order
	who   store.Actor
	back  string // the page of the order, as they see it
}

// byLink is the customer's door.
func (h *Handlers) byLink(c echo.Context) (door, error) {
	order, err := h.store.OrderByToken(c.Request().Context(), h.reference(c))
	return door{order, shopper, trackURL(order)}, err
}

// byNumber is customer service's door; nobody else gets through.
func (h *Handlers) byNumber(c echo.Context) (door, error) {
	account, signedIn := h.kit.Account(c)
	switch {
	case !signedIn:
		return door{}, store.Errorf(store.Unauthorized, "Please sign in first.")
	case account.Role != store.Service && account.Role != store.Admin:
		return door{}, store.Errorf(store.NotFound, "This page is for customer service.")
	}
	n, err := page.Number(c)
	if err != nil {
		return door{}, err
	}
	order, err := h.store.Order(c.Request().Context(), n)
	return door{order, h.kit.Actor(c), "/service/orders/" + n.String()}, err
}

// Change shows the form in which a customer changes their order.
func (h *Handlers) Change(c echo.Context) error { return h.openChange(c, h.byLink) }

// SaveChange takes the customer's change.
func (h *Handlers) SaveChange(c echo.Context) error { return h.saveChange(c, h.byLink) }

// ChangeFor shows the form to customer service.
func (h *Handlers) ChangeFor(c echo.Context) error { return h.openChange(c, h.byNumber) }

// SaveChangeFor takes the change that customer service makes for a customer.
func (h *Handlers) SaveChangeFor(c echo.Context) error { return h.saveChange(c, h.byNumber) }

func (h *Handlers) openChange(c echo.Context, enter func(echo.Context) (door, error)) error {
	d, err := enter(c)
	if err != nil {
		return err
	}
	if err := d.order.CheckEdit(d.who.Role); err != nil {
		return h.kit.Failed(c, d.back, err)
	}
	dir, err := h.store.Directory(c.Request().Context())
	if err != nil {
		return err
	}
	f := formOf(d.order)
	return h.showChange(c, http.StatusOK, d, dir, &f, "")
}

// formOf fills the form in with an order as it is.
func formOf(o store.Order) form {
	r, a := o.Recipient, o.Recipient.Address
	f := form{faults: map[string]string{}, speed: o.Speed, typed: map[string]string{
		"name": r.Name, "email": r.Email, "phone": r.Phone, "line1": a.Line1, "line2": a.Line2,
		"postal_code": a.PostalCode, "city": a.City, "country": a.Country,
	}}
	if a.Country == "" {
		f.typed["country"] = "PL"
	}
	for _, line := range o.Lines {
		f.lines = append(f.lines, typedLine{product: line.Product, raw: strconv.Itoa(line.Quantity), units: line.Quantity})
	}
	return f
}

// saveChange changes the order as typed. The small buttons within the form come here too: they
// change the form only.
func (h *Handlers) saveChange(c echo.Context, enter func(echo.Context) (door, error)) error {
	values, err := page.Posted(c)
	if err != nil {
		return err
	}
	d, err := enter(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	dir, err := h.store.Directory(ctx)
	if err != nil {
		return err
	}
	f := readForm(values)
	if pressed := addLine(&f, values); f.change(values) || pressed {
		f.faults = map[string]string{}
		return h.showChange(c, http.StatusOK, d, dir, &f, "")
	}
	version, err := strconv.Atoi(values.Get("version"))
	if err != nil {
		return h.showChange(c, http.StatusUnprocessableEntity, d, dir, &f, "This form was out of date, so nothing was changed. What you typed is still here: please send it once more.")
	}
	draft := h.draft(&f, as(dir, d.order, h.kit.Country))
	if f.faulty() {
		return h.showChange(c, http.StatusUnprocessableEntity, d, dir, &f, "")
	}
	at, _, _ := h.place(&f)
	order, err := h.store.Edit(ctx, d.who, d.order.Number, store.Edit{Draft: draft, To: at, Version: version})
	if err != nil {
		return h.changeRefused(c, d, dir, &f, err)
	}
	return h.kit.Done(c, d.back, ui.Flash{Text: changedTo(order, h)})
}

// as is the directory as an order sees it: what is in the order already may stay there, and its country
// is good enough, whatever has been decided since. What is asked for beyond that is the store's to judge.
func as(dir store.Directory, o store.Order, name func(country string) string) store.Directory {
	dir.Products = maps.Clone(dir.Products)
	for _, line := range o.Lines {
		if p, known := dir.Products[line.Product]; known {
			p.Withdrawn = false
			if p.Limit > 0 {
				p.Limit = max(p.Limit, line.Quantity)
			}
			dir.Products[line.Product] = p
		}
	}
	if country := o.Recipient.Address.Country; !dir.Serves(country) {
		dir.Served = append(slices.Clone(dir.Served), store.Country{Code: country, Name: name(country)})
	}
	return dir
}

// addLine puts the chosen product into the form, and tells whether that was all that was asked.
func addLine(f *form, values url.Values) bool {
	if product := values.Get("add"); product != "" {
		f.add(product, "1")
	}
	return values.Get("do") == "add"
}

// changedTo says what the order is now.
func changedTo(o store.Order, h *Handlers) string {
	switch {
	case o.Status == store.Backordered:
		return "The order is changed. It still waits for stock."
	case o.PromisedAt.IsZero():
		return "The order is changed."
	}
	return fmt.Sprintf("The order is changed. It arrives %s.", ui.Day(o.PromisedAt.In(h.kit.Zone())))
}

// changeRefused shows the form again after a change could not be made; one that can never be
// made leads back to the order's page, which says why.
func (h *Handlers) changeRefused(c echo.Context, d door, dir store.Directory, f *form, err error) error {
	known, ok := errors.AsType[*store.Error](err)
	if !ok {
		return err
	}
	now, readErr := h.store.Order(c.Request().Context(), d.order.Number)
	if readErr == nil {
		d.order = now
	}
	switch {
	case d.order.CheckEdit(d.who.Role) != nil:
		return h.kit.Failed(c, d.back, err)
	case known.Kind == store.Invalid:
		f.note(known.Fields)
		return h.showChange(c, http.StatusUnprocessableEntity, d, dir, f, page.FlashText(err))
	case known.Kind == store.Conflict:
		f.lack(known.Short)
		return h.showChange(c, http.StatusConflict, d, dir, f, known.Message)
	}
	return err
}

// lack says at the lines of a change what there is too little of; another fault of a line stays.
func (f *form) lack(short []store.Shortage) {
	for i, line := range f.lines {
		for _, s := range short {
			if s.Product == line.product {
				f.lines[i].fault = cmp.Or(line.fault, fmt.Sprintf("We have %d of it for this order.", s.Left))
			}
		}
	}
}

// showChange shows the form as it was typed, for the order as it is now.
func (h *Handlers) showChange(c echo.Context, code int, d door, dir store.Directory, f *form, problem string) error {
	model := customer.ChangeModel{
		CheckoutModel: customer.CheckoutModel{
			PageModel: h.kit.Model(c, "Change order "+d.order.Number.String()), Typed: f.typed, Faults: f.faults, Problem: problem,
		},
		Number: d.order.Number.String(), Version: strconv.Itoa(d.order.Version), Path: d.back + "/change", Back: d.back,
	}
	model.Class = "shop"
	if err := d.order.CheckEditLines(); err != nil {
		model.Locked = store.MessageOf(err)
		f.lines = formOf(d.order).lines
	}
	for _, country := range h.options.Places.Countries() {
		if dir.Serves(country.Code) || country.Code == d.order.Recipient.Address.Country {
			model.Country(country.Code, country.Name)
		}
	}
	model.Dates = h.changeDates(c.Request().Context(), d, dir, f)
	if code == http.StatusUnprocessableEntity && model.Locked == "" { // beside other faults, as in the order form
		f.lack(slices.DeleteFunc(slices.Clone(model.Dates.Lacks), func(s store.Shortage) bool { return s.Waits && !s.Full }))
	}
	chosen := map[string]bool{}
	for _, line := range f.lines[:min(len(f.lines), store.MaxLines)] {
		chosen[line.product] = true
		product, sold := dir.Products[line.product]
		if !sold {
			product = store.Product{Name: "Unknown product"}
			product.ID, _ = page.Line(line.product, page.LongestLine)
		}
		model.Line(product, line.raw, line.fault)
	}
	for _, id := range dir.ProductIDs {
		if !chosen[id] && dir.Sold(id) {
			model.More = append(model.More, customer.Offered{ID: id, Name: dir.ProductName(id)})
		}
	}
	return h.kit.Render(c, code, customer.Change(model))
}
