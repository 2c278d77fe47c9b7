// Package courier answers the courier's page: what can be picked up, what is on board, and
// the acts that a courier has.
package courier

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	"waybill/store"
	view "waybill/views/courier"
	"waybill/views/ui"
)

// Store is what the courier's page needs of the shop's memory. It may be called by many
// requests at once.
type Store interface {
	Directory(ctx context.Context) (store.Directory, error)
	Rounds(ctx context.Context, courier string) (store.Rounds, error)
	PickUp(ctx context.Context, who store.Actor, n store.Number) error
	Deliver(ctx context.Context, who store.Actor, n store.Number, proof store.Proof) error
	CouldNotDeliver(ctx context.Context, who store.Actor, n store.Number, f store.Failure) error
}

// Handlers has one method per route. Many requests may use it at once.
type Handlers struct {
	kit   *page.Kit
	store Store
}

// New makes the handlers of the courier's page.
func New(kit *page.Kit, store Store) *Handlers { return &Handlers{kit: kit, store: store} }

const (
	home        = "/courier"
	longestName = 100 // characters of who took a parcel
)

// courier is who is signed in; only couriers, and administrators, have parcels.
func (h *Handlers) courier(c echo.Context) (store.Account, error) {
	account, ok := h.kit.Account(c)
	switch {
	case !ok:
		return account, store.Errorf(store.Unauthorized, "Please sign in first.")
	case account.Role != store.Courier && account.Role != store.Admin:
		return account, store.Errorf(store.NotFound, "This page is for couriers.")
	}
	return account, nil
}

// Rounds shows what waits at the warehouses and what is on board.
func (h *Handlers) Rounds(c echo.Context) error {
	account, err := h.courier(c)
	if err != nil {
		return err
	}
	rounds, err := h.read(c.Request().Context(), account.Login)
	if err != nil {
		return err
	}
	return h.show(c, http.StatusOK, rounds)
}

func (h *Handlers) show(c echo.Context, code int, rounds view.Rounds) error {
	return h.render(c, code, h.kit.Model(c, "Parcels"), rounds)
}

func (h *Handlers) render(c echo.Context, code int, model ui.PageModel, rounds view.Rounds) error {
	account, _ := h.kit.Account(c)
	model.Class, model.LiveURL = "courier", home+"/live"
	return h.kit.Render(c, code, view.Page(model, rounds, account.Login))
}

func (h *Handlers) read(ctx context.Context, login string) (view.Rounds, error) {
	directory, err := h.store.Directory(ctx)
	if err != nil {
		return view.Rounds{}, err
	}
	rounds, err := h.store.Rounds(ctx, login)
	if err != nil {
		return view.Rounds{}, err
	}
	return view.New(rounds, view.Scene{Now: h.kit.Now(), Zone: h.kit.Zone(), Directory: directory, Country: h.kit.Country}), nil
}

// Live keeps the page up to date. A run is personal, so each courier has a topic.
func (h *Handlers) Live(c echo.Context) error {
	account, err := h.courier(c)
	if err != nil {
		return err
	}
	return h.kit.Live(c, page.Topic{
		Name:     "rounds:" + account.Login,
		Channels: []string{"courier"},
		Render: func(ctx context.Context) (templ.Component, error) {
			rounds, err := h.read(ctx, account.Login)
			if err != nil {
				return nil, err
			}
			return view.Live(rounds, h.kit.Asset), nil
		},
	})
}

// PickUp takes a parcel on board. If somebody else has it, the message says who.
func (h *Handlers) PickUp(c echo.Context) error {
	if _, err := h.courier(c); err != nil {
		return err
	}
	n, err := number(c)
	if err != nil {
		return h.failed(c, home+"#waiting", err)
	}
	if err := h.store.PickUp(c.Request().Context(), h.kit.Actor(c), n); err != nil {
		return h.failed(c, home+"#waiting", err)
	}
	return h.done(c, home+"#stop-"+n.String(), fmt.Sprintf("Order %s is with you now.", ui.OrderNumber(n.String())))
}

// Deliver notes that a parcel was handed over, and to whom.
func (h *Handlers) Deliver(c echo.Context) error {
	account, err := h.courier(c)
	if err != nil {
		return err
	}
	n, err := number(c)
	if err != nil {
		return h.failed(c, home+"#run", err)
	}
	rounds, err := h.read(c.Request().Context(), account.Login)
	if err != nil {
		return err
	}
	name, whole := page.Line(c.FormValue("received_by"), longestName)
	typed := view.Typed{Number: n.String(), ReceivedBy: name, Took: c.FormValue("took")}
	taker, problem := taker(typed, whole, rounds)
	if problem != "" {
		typed.Problem = problem
		return h.refuse(c, rounds, typed)
	}
	err = h.store.Deliver(c.Request().Context(), h.kit.Actor(c), n, store.Proof{ReceivedBy: taker, At: h.handedOver(c)})
	if store.KindOf(err) == store.Invalid {
		typed.Problem = page.FlashText(err)
		return h.refuse(c, rounds, typed)
	}
	if err != nil {
		return h.failed(c, home+"#run", err)
	}
	return h.done(c, home+"#run", fmt.Sprintf("Order %s is delivered. Taken by %s.", ui.OrderNumber(n.String()), taker))
}

// refuse shows the page with the message at the field; a parcel that is no longer in the run
// has no field, so it is told above the page.
func (h *Handlers) refuse(c echo.Context, rounds view.Rounds, typed view.Typed) error {
	if wasKept(c) {
		return c.String(http.StatusUnprocessableEntity, typed.Problem)
	}
	for _, stop := range rounds.Run {
		if stop.Number == typed.Number {
			return h.show(c, http.StatusUnprocessableEntity, rounds.With(typed))
		}
	}
	return h.kit.Failed(c, home+"#run", store.Errorf(store.NotFound, "This parcel is not in your run any more."))
}

// taker says who took the parcel, or what is wrong with what was typed: whole tells that nothing of it
// had to be left out.
func taker(typed view.Typed, whole bool, rounds view.Rounds) (who, problem string) {
	recipient := ""
	for _, stop := range rounds.Run {
		if stop.Number == typed.Number {
			recipient = stop.Name
		}
	}
	who = view.Taker(typed.Took, typed.ReceivedBy, recipient)
	switch {
	case !whole:
		return "", "This name was too long, or had characters that cannot be read. Please look at it again."
	case who == "":
		return "", "Say who took the parcel."
	case !store.ValidText(who, 1, longestName):
		return "", "Keep the name shorter: 100 characters are enough."
	}
	return who, ""
}

// number reads the order that a form names.
func number(c echo.Context) (store.Number, error) {
	n, ok := store.ParseNumber(strings.TrimSpace(c.FormValue("order")))
	if !ok {
		return 0, store.Errorf(store.NotFound, "There is no such parcel.")
	}
	return n, nil
}
