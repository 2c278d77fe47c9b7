package warehouse

import (
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	"waybill/store"
	"waybill/views/ui"
	view "waybill/views/warehouse"
)

// Say puts one sentence on a warehouse's channel. It is put together from choices, so that
// it is always one that every agent understands.
func (h *Handlers) Say(c echo.Context) error {
	place, directory, err := h.work(c)
	if err != nil {
		return err
	}
	form := view.SayForm{Product: page.Field(c, "product"), Kind: page.Field(c, "kind"), Warehouse: page.Field(c, "warehouse")}
	if form.Errors = checkSaying(form, place.ID, directory); len(form.Errors) > 0 {
		return h.show(c, http.StatusUnprocessableEntity, place, directory, view.Forms{Say: form})
	}
	m := store.Message{Kind: store.MessageKind(form.Kind), Product: form.Product, Warehouse: form.Warehouse}
	if err := h.store.Say(c.Request().Context(), h.kit.Actor(c), m, channelOf(m, place.ID)); err != nil {
		return h.kit.Failed(c, back(place.ID, "said"), err)
	}
	return h.kit.Done(c, back(place.ID, "said"), ui.Flash{Kind: "ok", Text: "Said: " + view.Words(m.String(), directory) + "."})
}

// checkSaying says what is wrong with a message, by field.
func checkSaying(form view.SayForm, own string, directory store.Directory) map[string]string {
	problems := map[string]string{}
	if _, ok := directory.Products[form.Product]; !ok {
		problems["product"] = "Choose a product from the list."
	}
	if !slices.ContainsFunc(view.Sayings(), func(s view.Saying) bool { return string(s.Kind) == form.Kind }) {
		problems["kind"] = "Choose what to say about the product."
	}
	if _, ok := directory.Warehouses[form.Warehouse]; !ok {
		problems["warehouse"] = "Choose a warehouse from the list."
		return problems
	}
	switch kind := store.MessageKind(form.Kind); {
	case (kind == store.None || kind == store.Available) && form.Warehouse != own:
		problems["warehouse"] = "Only the clerks of " + directory.WarehouseName(form.Warehouse) + " can say what is there. Choose your own warehouse."
	case kind == store.SentTo && form.Warehouse == own:
		problems["warehouse"] = "Choose the warehouse that it was sent to."
	}
	return problems
}

// channelOf is the warehouse on whose channel a sentence belongs: that which needs, that
// which answers or sends, or that which receives.
func channelOf(m store.Message, own string) string {
	if m.Kind == store.Needed || m.Kind == store.DeliveredTo {
		return m.Warehouse
	}
	return own
}
