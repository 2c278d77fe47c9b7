package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

/* ---- reading a page ---- */

func all(top *html.Node, match func(*html.Node) bool) []*html.Node {
	var found []*html.Node
	for n := range top.Descendants() {
		if n.Type == html.ElementNode && match(n) {
			found = append(found, n)
		}
	}
	return found
}

func first(nodes []*html.Node) *html.Node {
	if len(nodes) == 0 {
		return nil
	}
	return nodes[0]
}

func byID(top *html.Node, id string) *html.Node {
	return first(all(top, func(n *html.Node) bool { return attribute(n, "id") == id }))
}

func formOf(n *html.Node) *html.Node {
	for n != nil && n.Data != "form" {
		n = n.Parent
	}
	return n
}

func has(n *html.Node, key string) bool {
	return n != nil && slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == key })
}

func attribute(n *html.Node, key string) string {
	if n != nil {
		for _, a := range n.Attr {
			if a.Key == key {
				return a.Val
			}
		}
	}
	return ""
}

// name is what a control is called: its label for those who cannot see it, else its words.
func name(n *html.Node) string {
	if label := attribute(n, "aria-label"); label != "" {
		return strings.Join(strings.Fields(label), " ")
	}
	return words(n)
}

func words(top *html.Node) string {
	var text strings.Builder
	for n := range top.Descendants() {
		if n.Type == html.TextNode && n.Parent.Data != "option" {
			fmt.Fprintf(&text, "%s", n.Data)
		}
	}
	return strings.Join(strings.Fields(text.String()), " ")
}

// withClass matches elements that bear a class.
func withClass(class string) func(*html.Node) bool {
	return func(n *html.Node) bool { return slices.Contains(strings.Fields(attribute(n, "class")), class) }
}

// buys orders one unit of a product to an address in a town, and gives the order's number as
// people read it.
func (r *reader) buys(product, town, code string) string {
	r.t.Helper()
	r.open("/")
	r.press("Add " + product)
	r.follow("Order")
	r.press("Place order", "name", "Anna Kowalczyk", "email", "anna@example.com", "line1", "ul. Morska 3", "city", town, "postal_code", code)
	if !strings.HasPrefix(r.at.Path, "/track/") {
		r.t.Fatalf("after ordering at %s:\n%s", r.at, r.text())
	}
	return words(byID(r.page, "order-number"))
}

// entered is a reader who has become one of the demo's people.
func entered(t *testing.T, base, card string) *reader {
	t.Helper()
	r := newReader(t, base)
	r.open("/signin")
	r.press(card)
	return r
}
