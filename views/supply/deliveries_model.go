package supply

import (
	"slices"
	"strconv"

	"waybill/store"
	"waybill/views/ui"
)

// DeliveriesModel is what is announced to one warehouse.
type DeliveriesModel struct {
	ID, Name  string
	Path      string // of this page
	Announces bool
	Tomorrow  string // the earliest day that one can type
	Open      []DeliveryRow
	Closed    []DeliveryRow
}

// DeliveryRow is one delivery of the list.
type DeliveryRow struct {
	ID, Href, Supplier, Reference string
	Goods                         string // what is still to come of it, or what came
	Due                           Day
	Late                          bool
}

// AnnounceForm is what was typed to announce a delivery, and messages by field.
type AnnounceForm struct {
	Supplier, Reference, Due, Goods string
	Errors                          map[string]string
}

// NewDeliveries draws up the list.
func NewDeliveries(place store.Warehouse, open, closed []store.Delivery, scene Scene) DeliveriesModel {
	m := DeliveriesModel{
		ID: place.ID, Name: place.Name, Path: "/warehouses/" + place.ID + "/deliveries",
		Announces: scene.Announces, Tomorrow: scene.day(scene.Now).ISO,
	}
	for _, d := range open {
		row := m.row(d, scene)
		var coming []store.Line
		for _, line := range d.Lines {
			if line.Coming() > 0 {
				coming = append(coming, store.Line{Product: line.Product, Quantity: line.Coming()})
			}
		}
		row.Goods = scene.goods(coming)
		m.Open = append(m.Open, row)
	}
	for _, d := range closed {
		row := m.row(d, scene)
		var came []store.Line
		for _, line := range d.Lines {
			if line.Received > 0 {
				came = append(came, store.Line{Product: line.Product, Quantity: line.Received})
			}
		}
		if row.Goods = scene.goods(came); row.Goods == "" {
			row.Goods = "nothing came"
		}
		m.Closed = append(m.Closed, row)
	}
	return m
}

func (m DeliveriesModel) row(d store.Delivery, scene Scene) DeliveryRow {
	return DeliveryRow{ID: d.ID, Href: m.Path + "/" + d.ID, Supplier: d.Supplier, Reference: d.Reference, Due: scene.day(d.Due), Late: d.Late(scene.Now)}
}

// problems lists what is wrong with a form, in the order of its fields.
func problems(errors map[string]string, fields ...string) []ui.FieldError {
	var list []ui.FieldError
	for _, field := range fields {
		if errors[field] != "" {
			list = append(list, ui.FieldError{Field: ui.FieldID(field), Message: errors[field]})
		}
	}
	return list
}

// DeliveryModel is one delivery.
type DeliveryModel struct {
	Path, List, Place   string
	Supplier, Reference string
	Due                 Day
	Late, Closed        bool
	Coming              int
	Version             string
	Receives, Moves     bool
	Lines               []DeliveryLine
	Steps               []DeliveryStep
}

// DeliveryLine is one product of the delivery. Now is what stands in the field for what has come.
type DeliveryLine struct {
	Product, Name       string
	Announced, Received int
	Coming              int
	Counted             int // units scanned and not booked yet
	Now, Error          string
	State               string // extra, missing or done; "" while it is awaited
	Waits               string // how many orders wait for it, "" if none does
	Queue               string // where is shown which of them get what is to come
}

// DeliveryStep is one entry of the history.
type DeliveryStep struct {
	ID, What, Why, Who string
	At                 Day
}

// ReceiveForm is what was typed to book what has come, or to change the day, and messages by field; those
// about a product's units stand under the product.
type ReceiveForm struct {
	Units             map[string]string
	Why, Due, MoveWhy string
	Errors            map[string]string
}

// NewDelivery draws up one delivery, with what was typed into its form, and who waits for its products.
func NewDelivery(d store.Delivery, waited []store.Waited, form ReceiveForm, scene Scene) DeliveryModel {
	m := DeliveryModel{
		List: "/warehouses/" + d.Warehouse + "/deliveries", Place: scene.Directory.WarehouseName(d.Warehouse),
		Supplier: d.Supplier, Reference: d.Reference, Due: scene.day(d.Due), Late: d.Late(scene.Now),
		Closed: d.State == store.DeliveryReceived, Coming: d.Coming(), Version: strconv.Itoa(d.Version),
	}
	m.Path = m.List + "/" + d.ID
	m.Receives, m.Moves = scene.Receives && !m.Closed, scene.Announces && !m.Closed
	lines := d.Lines
	for _, product := range scene.Directory.ProductIDs { // what was scanned though nobody announced it
		if d.Counted[product] > 0 && d.Line(product).Announced == 0 && d.Line(product).Received == 0 {
			lines = append(lines, store.DeliveryLine{Product: product})
		}
	}
	for _, line := range lines {
		m.Lines = append(m.Lines, deliveryLine(line, d.Counted[line.Product], m.Closed, form, scene))
	}
	for i, l := range m.Lines {
		at := slices.IndexFunc(waited, func(w store.Waited) bool { return w.Product.ID == l.Product })
		if at >= 0 && waited[at].Orders > 0 && !m.Closed {
			m.Lines[i].Waits = ui.Count(waited[at].Orders, "order")
			m.Lines[i].Queue = "/waiting/" + l.Product + "?arriving=" + strconv.Itoa(max(l.Coming, l.Counted))
		}
	}
	for i := len(d.Steps) - 1; i >= 0; i-- {
		m.Steps = append(m.Steps, deliveryStep(d.Steps[i], scene))
	}
	return m
}

func deliveryLine(line store.DeliveryLine, counted int, closed bool, form ReceiveForm, scene Scene) DeliveryLine {
	l := DeliveryLine{
		Product: line.Product, Name: scene.Directory.ProductName(line.Product), Announced: line.Announced, Received: line.Received,
		Coming: line.Coming(), Counted: counted, Error: form.Errors[line.Product],
	}
	if counted > 0 {
		l.Now = strconv.Itoa(counted)
	}
	if text, was := form.Units[line.Product]; was {
		l.Now = text
	}
	switch {
	case line.Received > line.Announced || counted > line.Coming():
		l.State = "extra"
	case line.Coming() == 0:
		l.State = "done"
	case closed:
		l.State = "missing"
	}
	return l
}

// Word says how the line stands.
func (l DeliveryLine) Word() string {
	switch l.State {
	case "extra":
		return "more than announced"
	case "missing":
		return ui.Units(l.Coming) + " missing"
	case "done":
		return "all here"
	}
	return ui.Units(l.Coming) + " to come"
}

func deliveryStep(step store.DeliveryStep, scene Scene) DeliveryStep {
	s := DeliveryStep{ID: "step-" + strconv.Itoa(step.Version), Why: step.Why, Who: step.Who.Name, At: scene.moment(step.At)}
	switch {
	case step.What == "announced":
		s.What = "Announced"
	case step.What == "moved":
		s.What = "Moved to another day"
	case len(step.Lines) == 0:
		s.What = "Closed: nothing more is coming"
	default:
		s.What = "On the shelf: " + scene.goods(step.Lines)
	}
	return s
}

// receiveProblems lists what is wrong with a receipt, product by product and then the reason.
func (m DeliveryModel) receiveProblems(f ReceiveForm) []ui.FieldError {
	var list []ui.FieldError
	for _, line := range m.Lines {
		if line.Error != "" {
			list = append(list, ui.FieldError{Field: "units-" + line.Product, Message: line.Name + ": " + line.Error})
		}
	}
	if message := f.Errors["units"]; message != "" {
		list = append(list, ui.FieldError{Field: "goods", Message: message})
	}
	return append(list, problems(f.Errors, "reason")...)
}
