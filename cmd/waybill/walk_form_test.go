package main

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
)

// reader is somebody whose browser runs no scripts: links, forms and reloads are all they have.
type reader struct {
	t      *testing.T
	client *http.Client
	at     *url.URL
	code   int // of the answer that made the page
	sent   int // of the answer to the last form, before it led elsewhere
	page   *html.Node
}

func newReader(t *testing.T, base string) *reader {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	at, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	r := &reader{t: t, at: at, client: &http.Client{Jar: jar, Transport: transport, Timeout: 15 * time.Second}}
	r.client.CheckRedirect = func(req *http.Request, via []*http.Request) error {
		if len(via) == 1 {
			r.sent = req.Response.StatusCode
		}
		return nil
	}
	return r
}

// open goes to an address, relative to the present one.
func (r *reader) open(path string) {
	r.t.Helper()
	target, err := r.at.Parse(path)
	if err != nil {
		r.t.Fatal(err)
	}
	r.take(r.client.Get(target.String()))
}

func (r *reader) take(response *http.Response, err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if r.page, err = html.ParseWithOptions(io.LimitReader(response.Body, 4<<20), html.ParseOptionEnableScripting(false)); err != nil {
		r.t.Fatal(err)
	}
	r.at, r.code = response.Request.URL, response.StatusCode
}

// press presses the first button that bears these words and can be pressed. What is typed are
// names and values in turn; everything else in the form goes as the page gave it.
func (r *reader) press(words string, typed ...string) {
	r.t.Helper()
	button := r.button(words)
	if button == nil || has(button, "disabled") {
		r.t.Fatalf("at %s: nothing to press says %q:\n%s", r.at, words, r.text())
	}
	r.submit(formOf(button), button, typed...)
}

// submit sends a form, by a button of it or, as Enter in a field may, without.
func (r *reader) submit(form, button *html.Node, typed ...string) {
	r.t.Helper()
	values := filled(form)
	if name := attribute(button, "name"); name != "" {
		values.Add(name, attribute(button, "value"))
	}
	for i := 0; i+1 < len(typed); i += 2 {
		if !values.Has(typed[i]) && all(form, func(n *html.Node) bool { return attribute(n, "name") == typed[i] }) == nil {
			r.t.Fatalf("the form at %s has no field %q", r.at, typed[i])
		}
		values.Set(typed[i], typed[i+1])
	}
	target, err := r.at.Parse(attribute(form, "action"))
	if err != nil {
		r.t.Fatal(err)
	}
	r.sent = 0
	if strings.EqualFold(attribute(form, "method"), "post") {
		r.take(r.client.PostForm(target.String(), values))
	} else {
		target.RawQuery = values.Encode()
		r.take(r.client.Get(target.String()))
	}
	if r.sent == 0 {
		r.sent = r.code
	}
}

// button finds a button or a link by what it says, or nil.
func (r *reader) button(words string) *html.Node {
	found := all(r.page, func(n *html.Node) bool {
		return n.Data == "button" && attribute(n, "type") != "button" && strings.Contains(name(n), words)
	})
	if i := slices.IndexFunc(found, func(n *html.Node) bool { return !has(n, "disabled") }); i >= 0 {
		return found[i]
	}
	return first(found)
}

// follow goes where a link with these words leads.
func (r *reader) follow(words string) {
	r.t.Helper()
	link := first(all(r.page, func(n *html.Node) bool { return n.Data == "a" && strings.Contains(name(n), words) }))
	if link == nil {
		r.t.Fatalf("at %s: no link says %q", r.at, words)
	}
	r.open(attribute(link, "href"))
}

// sees fails the test if the page does not say all of this.
func (r *reader) sees(words ...string) {
	r.t.Helper()
	text := r.text()
	for _, w := range words {
		if !strings.Contains(text, w) {
			r.t.Fatalf("%s (%d) does not say %q:\n%s", r.at, r.code, w, text)
		}
	}
}

// text is what the page's main part and its toasts say.
func (r *reader) text() string {
	var parts []string
	for _, id := range []string{"toasts", "main"} {
		if n := byID(r.page, id); n != nil {
			parts = append(parts, words(n))
		}
	}
	return strings.Join(parts, "\n")
}

func (r *reader) value(id string) string { return attribute(byID(r.page, id), "value") }

// filled is what a browser would send of a form that nobody touched.
func filled(form *html.Node) url.Values {
	values := url.Values{}
	for _, n := range all(form, func(n *html.Node) bool { return attribute(n, "name") != "" && !has(n, "disabled") }) {
		field := attribute(n, "name")
		switch kind := attribute(n, "type"); {
		case n.Data == "input" && (kind == "radio" || kind == "checkbox"):
			if has(n, "checked") {
				values.Add(field, attribute(n, "value"))
			}
		case n.Data == "input":
			values.Add(field, attribute(n, "value"))
		case n.Data == "textarea":
			values.Add(field, words(n))
		case n.Data == "select":
			options := all(n, func(n *html.Node) bool { return n.Data == "option" })
			i := max(0, slices.IndexFunc(options, func(n *html.Node) bool { return has(n, "selected") }))
			if len(options) > 0 {
				values.Add(field, attribute(options[i], "value"))
			}
		}
	}
	return values
}
