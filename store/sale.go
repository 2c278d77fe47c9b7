package store

import (
	"fmt"
	"slices"
	"strings"
)

// Country is a country that parcels can go to: its ISO 3166-1 alpha-2 code and what people call it.
type Country struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

// Most is how many units of the product one order may hold.
func (p Product) Most() int {
	if p.Limit > 0 {
		return min(p.Limit, MaxQuantity)
	}
	return MaxQuantity
}

// Sold tells whether a product can be ordered now: it is known, and was not withdrawn.
func (d Directory) Sold(product string) bool {
	p, known := d.Products[product]
	return known && !p.Withdrawn
}

// Serves tells whether the shop sends to a country. A shop that names none sends to all.
func (d Directory) Serves(code string) bool {
	return len(d.Served) == 0 || slices.ContainsFunc(d.Served, func(c Country) bool { return c.Code == code })
}

// NotServed says to a customer where the shop does send to.
func (d Directory) NotServed() string {
	const named = 6
	var names []string
	for _, c := range d.Served[:min(len(d.Served), named)] {
		names = append(names, c.Name)
	}
	if more := len(d.Served) - named; more > 1 {
		names = append(names, fmt.Sprintf("%d other countries", more))
	} else if more == 1 {
		names = append(names, d.Served[named].Name)
	}
	return "We do not send to this country. We send to " + list(names) + "."
}

// Refuses says why a line cannot be ordered; "" if it can, as far as the product's own terms go.
func (d Directory) Refuses(line Line) (field, message string) {
	p, known := d.Products[line.Product]
	switch {
	case !known:
		return "product", fmt.Sprintf("There is no product %s in this shop.", line.Product)
	case p.Withdrawn:
		return "product", p.Name + " is not sold any more."
	case line.Quantity > p.Most():
		return "quantity", fmt.Sprintf("One order can hold at most %d of %s.", p.Most(), p.Name)
	}
	return "", ""
}

// Takes tells whether the shop takes a clean draft, by what is sold, how many of it, and where the
// shop sends to; Invalid by field. What is in stock is not its question.
func (d Directory) Takes(draft Draft) error {
	fields := map[string]string{}
	for i, line := range draft.Lines {
		if field, message := d.Refuses(line); field != "" {
			fields[fmt.Sprintf("lines[%d].%s", i, field)] = message
		}
	}
	if a := draft.Recipient.Address; a.Country != "" && !d.Serves(a.Country) {
		fields["recipient.address.country"] = d.NotServed()
	}
	return invalid(fields)
}

// ShortFields says at each line of which there is too little how much can be had.
func ShortFields(lines []Line, short []Shortage) map[string]string {
	fields := map[string]string{}
	for _, s := range short {
		if i := slices.IndexFunc(lines, func(l Line) bool { return l.Product == s.Product }); i >= 0 {
			fields[fmt.Sprintf("lines[%d].quantity", i)] = s.Words()
		}
	}
	return fields
}

// Words says how much of a product can be had, now or by waiting.
func (s Shortage) Words() string {
	switch {
	case s.Ahead && !s.Full:
		return "This is not out yet. It can be ordered ahead."
	case s.Ahead && s.Room > 0:
		return fmt.Sprintf("Only %d more can be ordered ahead.", s.Room)
	case s.Ahead:
		return "No more of these can be ordered ahead."
	}
	words := "None is left."
	if s.Left > 0 {
		words = fmt.Sprintf("Only %d left.", s.Left)
	}
	if s.Full && s.Room > s.Left {
		words += fmt.Sprintf(" An order can wait for %d at most.", s.Room)
	}
	return words
}

// NotSold says which products of some lines were withdrawn, for orders that wait for them: "Mug is not
// sold any more."; "" if none was.
func (d Directory) NotSold(lines []Line) string {
	var names []string
	for _, line := range lines {
		if p := d.Products[line.Product]; p.Withdrawn {
			names = append(names, p.Name)
		}
	}
	switch len(names) {
	case 0:
		return ""
	case 1:
		return names[0] + " is not sold any more."
	}
	return list(names) + " are not sold any more."
}

// list joins names as people do: "a, b and c".
func list(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}
