package courier

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	"waybill/store"
	"waybill/views/ui"
)

// Without a signal the courier's phone keeps what was confirmed and sends it later, perhaps more than once:
// it cannot know whether an answer got lost. Each act is done once all the same, because the order itself
// is the key: who has a parcel has picked it up, what is delivered stays so, and a failed attempt bears its
// number.

// keptHeader marks what a phone has kept: no page is wanted then, only what came of it.
const keptHeader = "X-Waybill-Kept"

func wasKept(c echo.Context) bool { return c.Request().Header.Get(keptHeader) != "" }

// done answers an act that was done.
func (h *Handlers) done(c echo.Context, to, says string) error {
	if wasKept(c) {
		return c.String(http.StatusOK, says)
	}
	return h.kit.Done(c, to, ui.Flash{Text: says})
}

// failed answers an act that could not be done. What a person can do nothing about stays an error.
func (h *Handlers) failed(c echo.Context, to string, err error) error {
	switch kind := store.KindOf(err); {
	case !wasKept(c):
		return h.kit.Failed(c, to, err)
	case kind == store.Conflict, kind == store.Invalid, kind == store.NotFound:
		return c.String(page.StatusOf(kind), page.FlashText(err))
	}
	return err
}

// longestKept is how long a phone may have been without a signal.
const longestKept = 7 * 24 * time.Hour

// handedOver is when the phone says that it was, zero for now. A clock that is ahead, or far behind, is not
// believed.
func (h *Handlers) handedOver(c echo.Context) time.Time {
	at, err := time.Parse(time.RFC3339, c.FormValue("at"))
	if age := h.kit.Now().Sub(at); err != nil || age < 0 || age > longestKept {
		return time.Time{}
	}
	return at.UTC()
}

// Kept is the page as a phone keeps it, to be read without a signal: it says how old it is, and takes no
// message away that the courier has not read yet.
func (h *Handlers) Kept(c echo.Context) error {
	account, err := h.courier(c)
	if err != nil {
		return err
	}
	rounds, err := h.read(c.Request().Context(), account.Login)
	if err != nil {
		return err
	}
	rounds.KeptAt = ui.Moment(h.kit.Now().In(h.kit.Zone()), h.kit.Now().In(h.kit.Zone()))
	return h.render(c, http.StatusOK, h.kit.Frame(c, "Parcels"), rounds)
}
