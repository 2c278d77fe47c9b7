package admin

import (
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"waybill/handlers/api"
	"waybill/handlers/page"
	"waybill/store"
	views "waybill/views/admin"
	"waybill/views/ui"
)

// Keys lists the keys by which programs get in.
func (h *Handlers) Keys(c echo.Context) error {
	return h.showKeys(c, http.StatusOK, views.KeysPage{})
}

// AddKey makes a key. Its secret is in this one answer and nowhere else.
func (h *Handlers) AddKey(c echo.Context) error {
	form, err := c.FormParams()
	if err != nil {
		return err
	}
	name, scopes := strings.TrimSpace(c.FormValue("name")), form["scope"]
	errors := map[string]string{}
	if !store.ValidID(name) {
		errors["name"] = "Use letters, digits, dots and dashes, 64 at the most."
	}
	if name == api.SettingsKey {
		errors["name"] = "This is the name of the key in the settings. Choose another one."
	}
	if len(scopes) == 0 || slices.ContainsFunc(scopes, func(s string) bool { return !slices.Contains(api.Scopes(), s) }) {
		errors["scope"] = "Choose at least one thing that the program may do."
	}
	p := views.KeysPage{Name: tidy(strings.ToValidUTF8(name, "")), Chosen: scopes, Errors: errors}
	if len(errors) > 0 {
		return h.showKeys(c, http.StatusUnprocessableEntity, p)
	}
	secret := "wb_" + h.NewSecret()
	key := store.APIKey{Name: name, Sum: api.SumOf(secret), Scopes: scopes, MadeAt: h.kit.Now().UTC(), MadeBy: h.kit.Actor(c).ID}
	if err := h.Store.AddAPIKey(c.Request().Context(), key); err != nil {
		if store.KindOf(err) != store.Invalid {
			return err
		}
		if p.Errors = page.FieldsOf(err); len(p.Errors) == 0 {
			p.Errors = map[string]string{"name": store.MessageOf(err)}
		}
		return h.showKeys(c, http.StatusUnprocessableEntity, p)
	}
	return h.showKeys(c, http.StatusCreated, views.KeysPage{Made: name, Secret: secret})
}

// RevokeKey shuts a program out at once.
func (h *Handlers) RevokeKey(c echo.Context) error {
	name := c.FormValue("name")
	if err := h.Store.RevokeAPIKey(c.Request().Context(), name); err != nil {
		return h.kit.Failed(c, "/admin/keys", err)
	}
	return h.kit.Done(c, "/admin/keys", ui.Flash{Text: "The key " + name + " no longer opens anything."})
}

func (h *Handlers) showKeys(c echo.Context, code int, p views.KeysPage) error {
	keys, err := h.Store.APIKeys(c.Request().Context())
	if err != nil {
		return err
	}
	for _, key := range keys {
		p.Keys = append(p.Keys, views.KeyRow{
			Name: key.Name, May: strings.Join(key.Scopes, ", "), Made: ui.Moment(key.MadeAt.In(h.kit.Zone()), h.kit.Now().In(h.kit.Zone())) + " by " + key.MadeBy,
		})
	}
	p.Scopes = []views.Scope{
		{ID: api.ReadOrders, Words: "Read orders"}, {ID: api.WriteOrders, Words: "Place and cancel orders"},
		{ID: api.ReadStock, Words: "Read stock, deliveries and transfers"}, {ID: api.WriteStock, Words: "Book counts, receipts, deliveries and transfers"},
	}
	p.UI = h.model(c, "API keys")
	return h.kit.Render(c, code, views.Keys(p))
}
