package books

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	"waybill/store"
	view "waybill/views/books"
	"waybill/views/ui"
)

// less is what a person wants to book although more is promised: counts of some products, or units of one
// to take off the shelf.
type less struct {
	kind    store.MovementKind
	units   map[string]int      // product → units counted, or to take off
	seen    map[string]int      // product → what the books said when it was counted
	chosen  map[string][]string // product → who gives way; none for those of which that was not asked
	reason  string
	said    bool // the reason is one that can be kept
	key     string
	back    string
	answer  int    // the status of the page that asks
	problem string // why it was not booked
	wants   string // what is wrong with the reason
}

// AskGiveWay shows who holds units of a product of which fewer are there than were promised.
func (h *Handlers) AskGiveWay(c echo.Context) error {
	l := less{kind: store.MoveCounted, units: map[string]int{}, reason: page.Field(c, "reason"), back: c.QueryParam("back"), answer: http.StatusOK}
	number := c.QueryParam("count")
	if kind := store.MovementKind(c.QueryParam("kind")); kind == store.MoveDamaged || kind == store.MoveAdjusted {
		l.kind, number = kind, c.QueryParam("take")
	}
	units, ok := page.Units(number, store.MaxOnHand)
	if !ok || l.kind != store.MoveCounted && units == 0 {
		return store.Errorf(store.NotFound, "This link does not say how many units are there.")
	}
	l.units[c.QueryParam("product")] = units
	return h.showGiveWay(c, l)
}

// GiveWay books what is there although more was promised: those who are chosen go without. As long as that
// was not asked, or they are not enough, it asks.
func (h *Handlers) GiveWay(c echo.Context) error {
	_, directory, err := h.place(c)
	if err != nil {
		return err
	}
	l, err := readLess(c, directory)
	if err != nil {
		return err
	}
	if l.answer = http.StatusOK; c.FormValue("act") != "book" {
		return h.showGiveWay(c, l)
	}
	if !l.said {
		l.answer, l.wants = http.StatusUnprocessableEntity, "Say in a few words why there is less."
		return h.showGiveWay(c, l)
	}
	return h.bookLess(c, l)
}

// readLess reads the page's form.
func readLess(c echo.Context, directory store.Directory) (less, error) {
	l := less{
		kind: store.MovementKind(c.FormValue("kind")), units: map[string]int{}, seen: map[string]int{}, chosen: map[string][]string{},
		key: c.FormValue("key"), back: c.FormValue("back"),
	}
	l.reason, l.said = page.Reason(c, "reason")
	if l.kind != store.MoveDamaged && l.kind != store.MoveAdjusted {
		l.kind = store.MoveCounted
	}
	form, err := c.FormParams()
	if err != nil {
		return l, err
	}
	for name := range form {
		units, whole := page.Units(strings.TrimSpace(form.Get(name)), store.MaxOnHand)
		for prefix, into := range map[string]map[string]int{"n-": l.units, "seen-": l.seen} {
			product, ok := strings.CutPrefix(name, prefix)
			if _, known := directory.Products[product]; ok && known && whole {
				into[product] = units
			}
		}
	}
	if len(l.units) == 0 {
		return l, store.Errorf(store.Invalid, "There is nothing to book.")
	}
	for _, product := range form["asked"] {
		l.chosen[product] = []string{}
	}
	for _, give := range form["give"] {
		if product, name, ok := strings.Cut(give, ":"); ok && l.chosen[product] != nil {
			l.chosen[product] = append(l.chosen[product], name)
		}
	}
	return l, nil
}

// loss is one product of what a person wants to book, beside the books as they are now.
type loss struct {
	product string
	level   store.Level
	remains store.Remains
	change  int
	losers  *store.Losers // nil when nobody has to give way
}

// losses compares what a person wants to book with the books.
func (h *Handlers) losses(c echo.Context, l less) ([]loss, error) {
	ctx, warehouse := c.Request().Context(), c.Param("id")
	shelves, err := h.store.StockOf(ctx, warehouse)
	if err != nil {
		return nil, err
	}
	var all []loss
	for _, shelf := range shelves {
		product := shelf.Product.ID
		units, counted := l.units[product]
		if !counted {
			continue
		}
		one := loss{product: product, level: shelf.Level, remains: store.Remains{Units: units}}
		if l.kind != store.MoveCounted {
			if one.remains = (store.Remains{Take: units}); units > shelf.Level.OnHand {
				return nil, store.Errorf(store.Conflict, "Only %s of %s are there by now, so nothing was booked.", ui.Units(shelf.Level.OnHand), shelf.Product.Name)
			}
		}
		onHand := one.remains.Of(shelf.Level)
		if one.change = onHand - shelf.Level.OnHand; onHand < shelf.Level.Reserved && one.change < 0 {
			losers, err := h.store.Losers(ctx, warehouse, product, one.remains, l.chosen[product])
			if err != nil {
				return nil, err
			}
			one.losers, one.level = &losers, losers.Level
			one.change = losers.OnHand - losers.Level.OnHand
		}
		all = append(all, one)
	}
	if len(all) == 0 {
		return nil, store.Errorf(store.NotFound, "There is no such product here.")
	}
	return all, nil
}

// showGiveWay asks who gives way.
func (h *Handlers) showGiveWay(c echo.Context, l less) error {
	place, directory, err := h.place(c)
	if err != nil {
		return err
	}
	losses, err := h.losses(c, l)
	if err != nil {
		return err
	}
	scene := h.scene(c, directory)
	page := view.GiveWay{
		Path: "/warehouses/" + place.ID + "/give-way", Warehouse: place.ID, Name: place.Name, Back: l.backTo(place.ID),
		Reason: l.reason, ReasonError: l.wants, Problem: l.problem,
	}
	carry := func(name, value string) { page.Fields = append(page.Fields, ui.HiddenField{Name: name, Value: value}) }
	carry("kind", string(l.kind))
	carry("key", h.newKey())
	carry("back", l.backTo(place.ID))
	for _, one := range losses {
		carry("n-"+one.product, strconv.Itoa(l.units[one.product]))
		carry("seen-"+one.product, strconv.Itoa(one.level.OnHand))
		switch {
		case one.losers != nil && one.losers.Need > 0:
			page.Groups = append(page.Groups, view.NewYieldGroup(*one.losers, scene))
		case one.change != 0:
			page.Others++
		}
	}
	model := h.kit.Model(c, "Who gives way?")
	model.Class = "staff"
	return h.kit.Render(c, l.answer, view.GiveWayPage(model, page))
}

// bookLess books it, if the books are as they were shown and enough of those who hold units are chosen.
func (h *Handlers) bookLess(c echo.Context, l less) error {
	if done, err := h.store.Corrected(c.Request().Context(), h.kit.Actor(c), c.Param("id"), l.key); err != nil || done {
		if err != nil {
			return err
		}
		return h.kit.Done(c, l.backTo(c.Param("id")), ui.Flash{Text: "It is booked."})
	}
	losses, err := h.losses(c, l)
	if err != nil {
		return err
	}
	wish := store.Correction{Warehouse: c.Param("id"), Kind: l.kind, Reason: l.reason, Key: l.key}
	var names []string
	for _, one := range losses {
		seen := store.AnyLevel
		if l.kind == store.MoveCounted {
			seen = l.seen[one.product]
			one.change = l.units[one.product] - seen
		}
		if one.change != 0 {
			wish.Lines = append(wish.Lines, store.CorrectionLine{Product: one.product, Change: one.change, Seen: seen})
		}
		if one.losers == nil || one.losers.Need == 0 {
			continue
		}
		if one.losers.Left > 0 || l.chosen[one.product] == nil {
			l.answer, l.problem = http.StatusUnprocessableEntity, "Not enough orders are chosen yet, so nothing was booked."
			return h.showGiveWay(c, l)
		}
		wish.Yields = append(wish.Yields, one.losers.Yields()...)
		for _, loser := range one.losers.List {
			if name := ui.OrderNumber(loser.Order.String()); loser.Gives > 0 && loser.Order != 0 && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	_, err = h.store.Correct(c.Request().Context(), h.kit.Actor(c), wish)
	if kind := store.KindOf(err); kind == store.Conflict || kind == store.Invalid {
		l.answer, l.problem = http.StatusConflict, page.FlashText(err)
		return h.showGiveWay(c, l)
	}
	if err != nil {
		return err
	}
	text := "It is booked."
	if len(names) > 0 {
		text = fmt.Sprintf("It is booked. %s gave way: %s.", ui.Count(len(names), "order"), strings.Join(names, ", "))
	}
	return h.kit.Done(c, l.backTo(wish.Warehouse), ui.Flash{Text: text})
}

// backTo is where the person came from: a page of ours, or the warehouse's stock.
func (l less) backTo(warehouse string) string {
	if page.LocalPath(l.back) {
		return l.back
	}
	return "/warehouses/" + warehouse + "/stock"
}
