package books

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	"waybill/store"
	view "waybill/views/books"
	"waybill/views/ui"
)

// sheetRows is how many products stand on one count sheet.
const sheetRows = 500

// Sheet shows an empty count sheet: of all products, or of those that are looked for.
func (h *Handlers) Sheet(c echo.Context) error {
	return h.showSheet(c, http.StatusOK, page.Field(c, "find"), nil, nil)
}

func (h *Handlers) showSheet(c echo.Context, code int, find string, values, problems map[string]string) error {
	place, directory, err := h.place(c)
	if err != nil {
		return err
	}
	s := view.Sheet{Path: sheetPath(place.ID), Warehouse: place.ID, Name: place.Name, Find: find}
	for _, id := range directory.ProductIDs {
		name := directory.ProductName(id)
		if !strings.Contains(strings.ToLower(name+" "+id), strings.ToLower(find)) {
			continue
		}
		if len(s.Rows) == sheetRows {
			s.More++
			continue
		}
		s.Rows = append(s.Rows, view.SheetRow{Product: id, Name: name, Value: values[id], Error: problems[id]})
		if problems[id] != "" {
			s.Errors = append(s.Errors, ui.FieldError{Field: "n-" + id, Message: name + ": " + problems[id]})
		}
	}
	if message := problems[""]; message != "" {
		s.Errors = append(s.Errors, ui.FieldError{Message: message})
	}
	model := h.kit.Model(c, "Count "+place.Name)
	model.Class = "staff"
	return h.kit.Render(c, code, view.SheetPage(model, s))
}

func sheetPath(warehouse string) string { return "/warehouses/" + warehouse + "/count" }

// readSheet reads what was counted: products of the shop with a number of units.
func readSheet(c echo.Context, directory store.Directory) (counted map[string]int, values, problems map[string]string, err error) {
	form, err := c.FormParams()
	if err != nil {
		return nil, nil, nil, err
	}
	counted, values, problems = map[string]int{}, map[string]string{}, map[string]string{}
	for name := range form {
		id, ok := strings.CutPrefix(name, "n-")
		value, _ := page.Line(form.Get(name), 20)
		if _, known := directory.Products[id]; !ok || !known || value == "" {
			continue
		}
		values[id] = value
		if counted[id], ok = page.Units(value, store.MaxOnHand); !ok {
			problems[id] = page.WrongUnits
		}
	}
	if len(values) == 0 {
		problems[""] = "Write down at least one count."
	}
	return counted, values, problems, nil
}

// Compare shows how a sheet differs from the books. It books nothing.
func (h *Handlers) Compare(c echo.Context) error {
	_, directory, err := h.place(c)
	if err != nil {
		return err
	}
	counted, values, problems, err := readSheet(c, directory)
	if err != nil {
		return err
	}
	if len(problems) > 0 {
		return h.showSheet(c, http.StatusUnprocessableEntity, page.Field(c, "find"), values, problems)
	}
	return h.showCompare(c, http.StatusOK, counted, view.Compare{Reason: "Counted on the shelf"})
}

// showCompare puts what was counted beside the books as they are now.
func (h *Handlers) showCompare(c echo.Context, code int, counted map[string]int, p view.Compare) error {
	place, directory, err := h.place(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	shelves, err := h.store.StockOf(ctx, place.ID)
	if err != nil {
		return err
	}
	p.Path, p.Warehouse, p.Name = sheetPath(place.ID), place.ID, place.Name
	for _, shelf := range shelves {
		units, ok := counted[shelf.Product.ID]
		if !ok {
			continue
		}
		l := shelf.Level
		if units == l.OnHand {
			p.Agree++
			continue
		}
		d := view.Difference{
			Product: shelf.Product.ID, Name: shelf.Product.Name, Counted: units, Seen: l.OnHand, Change: view.Signed(units - l.OnHand),
			Reserved: l.Reserved, Short: units < l.OnHand && units < l.Reserved,
		}
		if d.Short {
			p.Blocked = true
			holds, err := h.store.Holds(ctx, place.ID, d.Product)
			if err != nil {
				return err
			}
			d.Holds = view.NewHolds(holds, h.scene(c, directory))
		}
		p.Rows = append(p.Rows, d)
	}
	model := h.kit.Model(c, "Count "+place.Name)
	model.Class = "staff"
	return h.kit.Render(c, code, view.ComparePage(model, p))
}

// BookSheet books the differences of a sheet, all of them or none. When stock has moved since they were
// shown, they are shown again.
func (h *Handlers) BookSheet(c echo.Context) error {
	place, directory, err := h.place(c)
	if err != nil {
		return err
	}
	counted, values, problems, err := readSheet(c, directory)
	if err != nil {
		return err
	}
	if len(problems) > 0 {
		return h.showSheet(c, http.StatusUnprocessableEntity, "", values, problems)
	}
	reason, said := page.Reason(c, "reason")
	if !said {
		return h.showCompare(c, http.StatusUnprocessableEntity, counted, view.Compare{Reason: reason, ReasonError: "Say in a few words why it was counted."})
	}
	var sheet []store.Counted
	for id, units := range counted {
		seen, ok := page.Units(c.FormValue("seen-"+id), store.MaxOnHand)
		if !ok {
			return h.showCompare(c, http.StatusUnprocessableEntity, counted, view.Compare{Reason: reason, Problem: "The differences were not shown yet. Please look at them first."})
		}
		sheet = append(sheet, store.Counted{Product: id, Units: units, Seen: seen})
	}
	differ, err := h.store.BookSheet(c.Request().Context(), h.kit.Actor(c), place.ID, sheet, reason)
	if store.KindOf(err) == store.Conflict && err != nil {
		return h.showCompare(c, http.StatusConflict, counted, view.Compare{Reason: reason, Problem: store.MessageOf(err)})
	}
	if err != nil {
		return err
	}
	return h.kit.Done(c, "/warehouses/"+place.ID+"/stock", ui.Flash{Text: fmt.Sprintf("The count is booked: %s of %d changed.", ui.Count(differ, "product"), len(counted))})
}
