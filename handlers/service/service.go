// Package service answers customer service's pages: the desk, from which any order is found,
// and the story of one order.
package service

import (
	"context"
	"net/http"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	"waybill/store"
	view "waybill/views/service"
)

// Store is what customer service needs of the shop's memory. It may be called by many
// requests at once.
type Store interface {
	Directory(ctx context.Context) (store.Directory, error)
	Attention(ctx context.Context) ([]store.Attention, error)
	Order(ctx context.Context, n store.Number) (store.Order, error)
	OrderByToken(ctx context.Context, token string) (store.Order, error)
	Return(ctx context.Context, who store.Actor, n store.Number, warehouse, reason string) error
	Cancel(ctx context.Context, who store.Actor, n store.Number, reason string) error
}

// Handlers has one method per route. Many requests may use it at once.
type Handlers struct {
	kit   *page.Kit
	store Store
}

// New makes the handlers of customer service's pages.
func New(kit *page.Kit, store Store) *Handlers { return &Handlers{kit: kit, store: store} }

// allowed lets in those who may see every order.
func (h *Handlers) allowed(c echo.Context) error {
	account, ok := h.kit.Account(c)
	if !ok {
		return store.Errorf(store.Unauthorized, "Please sign in first.")
	}
	switch account.Role {
	case store.Service, store.Owner, store.Admin:
		return nil
	}
	return store.Errorf(store.NotFound, "This page is for customer service.")
}

func (h *Handlers) scene(ctx context.Context, role store.Role) (view.Scene, error) {
	directory, err := h.store.Directory(ctx)
	return view.Scene{Now: h.kit.Now(), Zone: h.kit.Zone(), Directory: directory, Role: role, Country: h.kit.Country}, err
}

// Desk shows the search box and the orders that need a person. What is found is gone to at
// once.
func (h *Handlers) Desk(c echo.Context) error {
	if err := h.allowed(c); err != nil {
		return err
	}
	ctx := c.Request().Context()
	search := view.Search{Text: c.QueryParam("q")}
	if search.Text != "" {
		n, err := h.find(ctx, search.Text)
		switch store.KindOf(err) {
		case store.NotFound, store.Invalid:
			search.Text, _ = page.Line(search.Text, longestSearch)
			search.Problem = store.MessageOf(err)
		default:
			if err != nil {
				return err
			}
			return c.Redirect(http.StatusSeeOther, "/service/orders/"+n.String())
		}
	}
	items, err := h.attention(ctx)
	if err != nil {
		return err
	}
	model := h.kit.Model(c, "Orders")
	model.Class, model.LiveURL = "staff", "/service/live"
	return h.kit.Render(c, http.StatusOK, view.Desk(model, search, items))
}

func (h *Handlers) attention(ctx context.Context) ([]view.Item, error) {
	list, err := h.store.Attention(ctx)
	if err != nil {
		return nil, err
	}
	scene, err := h.scene(ctx, "")
	return view.Attention(list, scene), err
}

// DeskLive keeps the list of orders that need a person up to date.
func (h *Handlers) DeskLive(c echo.Context) error {
	if err := h.allowed(c); err != nil {
		return err
	}
	return h.kit.Live(c, page.Topic{
		Name: "service", Channels: []string{"attention"},
		Render: func(ctx context.Context) (templ.Component, error) {
			items, err := h.attention(ctx)
			if err != nil {
				return nil, err
			}
			return view.Live(items, h.kit.Asset), nil
		},
	})
}

// Order shows the story of one order.
func (h *Handlers) Order(c echo.Context) error {
	if err := h.allowed(c); err != nil {
		return err
	}
	n, err := page.Number(c)
	if err != nil {
		return err
	}
	return h.show(c, http.StatusOK, n, view.Forms{})
}

// show renders an order's story, with what was typed into a form that could not be taken.
func (h *Handlers) show(c echo.Context, code int, n store.Number, forms view.Forms) error {
	story, err := h.story(c.Request().Context(), n, h.kit.Actor(c).Role)
	if err != nil {
		return err
	}
	story.Forms = forms
	model := h.kit.Model(c, "Order "+n.String())
	model.Class, model.LiveURL = "staff", orderURL(n)+"/live"
	return h.kit.Render(c, code, view.Order(model, story))
}

func orderURL(n store.Number) string { return "/service/orders/" + n.String() }

func (h *Handlers) story(ctx context.Context, n store.Number, role store.Role) (view.Story, error) {
	order, err := h.store.Order(ctx, n)
	if err != nil {
		return view.Story{}, err
	}
	scene, err := h.scene(ctx, role)
	if err != nil {
		return view.Story{}, err
	}
	return view.Tell(order, scene), nil
}

// OrderLive keeps the story up to date.
func (h *Handlers) OrderLive(c echo.Context) error {
	if err := h.allowed(c); err != nil {
		return err
	}
	n, err := page.Number(c)
	if err != nil {
		return err
	}
	if _, err := h.store.Order(c.Request().Context(), n); err != nil {
		return err
	}
	role := h.kit.Actor(c).Role
	return h.kit.Live(c, page.Topic{
		Name: "story:" + n.String() + ":" + string(role), Channels: []string{"order:" + n.String()},
		Render: func(ctx context.Context) (templ.Component, error) {
			story, err := h.story(ctx, n, role)
			if err != nil {
				return nil, err
			}
			return view.LiveStory(story), nil
		},
	})
}
