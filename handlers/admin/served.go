package admin

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"waybill/store"
	"waybill/store/geo"
	views "waybill/views/admin"
)

// servedSize is the longest list of countries, in bytes, that is read.
const servedSize = 20_000

// Served shows to which countries the shop sends.
func (h *Handlers) Served(c echo.Context) error {
	directory, err := h.Store.Directory(c.Request().Context())
	if err != nil {
		return err
	}
	return h.showServed(c, http.StatusOK, views.FormOfServed(directory.Served))
}

func (h *Handlers) showServed(c echo.Context, code int, form views.ServedForm) error {
	return h.kit.Render(c, code, views.Served(views.ServedPage{UI: h.model(c, "Where we send to"), Form: form}))
}

// SaveServed sets to which countries the shop sends; an empty list means to all.
func (h *Handlers) SaveServed(c echo.Context) error {
	typed := c.FormValue("countries")
	form := views.ServedForm{Countries: strings.ToValidUTF8(typed[:min(len(typed), servedSize)], "")}
	countries, problem := readCountries(form.Countries, h.Countries())
	if problem != "" {
		form.Errors = map[string]string{"countries": problem}
		return h.showServed(c, http.StatusUnprocessableEntity, form)
	}
	if err := h.Store.SaveServed(c.Request().Context(), countries); err != nil {
		return err
	}
	return h.done(c, "countries", saidServed(countries))
}

func saidServed(countries []store.Country) string {
	switch len(countries) {
	case 0:
		return "We send everywhere now."
	case 1:
		return "We send to " + countries[0].Name + " only now."
	}
	return fmt.Sprintf("We send to %d countries now.", len(countries))
}

// readCountries reads names and codes, one a line or with commas between them; each counts once.
func readCountries(text string, known []geo.Country) ([]store.Country, string) {
	var countries []store.Country
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune(",;\r\n", r) }) {
		if word = tidy(word); word == "" {
			continue
		}
		i := slices.IndexFunc(known, func(k geo.Country) bool {
			return strings.EqualFold(k.Code, word) || geo.Fold(k.Name) == geo.Fold(word)
		})
		if i < 0 {
			return nil, fmt.Sprintf("%q is no country that we know. Use its English name or its two letters.", short(word))
		}
		country := store.Country(known[i])
		if !slices.Contains(countries, country) {
			countries = append(countries, country)
		}
	}
	return countries, ""
}
