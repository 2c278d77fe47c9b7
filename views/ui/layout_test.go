package ui

import (
	"context"
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/a-h/templ"
)

// render gives the HTML of a part.
func render(t *testing.T, c templ.Component) string {
	t.Helper()
	var b strings.Builder
	if err := c.Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// has fails for each piece that the HTML lacks.
func has(t *testing.T, html string, pieces ...string) {
	t.Helper()
	for _, p := range pieces {
		if !strings.Contains(html, p) {
			t.Errorf("missing %q in\n%s", p, html)
		}
	}
}

func page() PageModel {
	return PageModel{Title: "Board", Class: "warehouse", Asset: func(n string) string { return "/static/" + n }}
}

func TestPageSaysWhatTheModelSays(t *testing.T) {
	p := page()
	p.Nav = []NavLink{{Href: "/a", Label: "A", Current: true}, {Href: "/b", Label: "B"}}
	p.Person = &Person{Name: "Ewa <Clerk>", Role: "clerk"}
	p.Notice = "Demo shop"
	p.LiveURL = "/live?page=board"
	p.Flash = &Flash{Kind: "ok", Text: "Packed.", Undo: &UndoForm{Action: "/undo", Fields: []HiddenField{{"n", "1"}}}}
	html := render(t, Page(p))
	has(t, html, `<html lang="en">`, `<title>Board · Waybill</title>`, `<body class="warehouse" data-live="/live?page=board"`,
		`href="/a" aria-current="page"`, `id="live-dot"`, `id="announcer"`, `Ewa &lt;Clerk&gt;`, `action="/sign-out"`, `Demo shop`,
		`action="/undo"`, `name="n" value="1"`, `Undo</button>`, `<main id="main"`, `aria-live="polite"`)
	if strings.Index(html, "js/theme.js") > strings.Index(html, "css/app.css") {
		t.Error("the theme must be known before the style sheet is used")
	}
}

func TestQuietPageClaimsNothing(t *testing.T) {
	html := render(t, Page(page()))
	for _, absent := range []string{"data-live", "live-dot", `class="toast"`, "sign-out", `class="notice"`, "<nav"} {
		if strings.Contains(html, absent) {
			t.Errorf("a page without them must not hold %q", absent)
		}
	}
}

func TestPagesFitThePolicy(t *testing.T) {
	p := page()
	p.Person, p.LiveURL = &Person{Name: "Ewa"}, "/live"
	html := render(t, ErrorPage(p, ErrorModel{Title: "Gone", Happened: "It went.", Kept: "The basket.", Next: "Look again.", RequestID: "r-1"}))
	if m := regexp.MustCompile(`\sstyle=|\son[a-z]+=|<style|<script(?:[^>]*)>[^<]`).FindString(html); m != "" {
		t.Errorf("inline style or script: %q", m)
	}
	has(t, html, "It went.", "The basket.", "Look again.", "r-1", `href="/"`)
	if !json.Valid([]byte(htmxConfig)) {
		t.Error("the settings of htmx are not JSON")
	}
}

func TestStatusBadge(t *testing.T) {
	words := map[string]string{
		"received": "received", "backordered": "waiting for stock", "placed": "being assembled", "ready": "ready",
		"sent": "on its way", "delivered": "delivered", "cancelled": "cancelled", "returned": "returned", "outside": "not taken over", "odd": "odd",
	}
	icons := map[string]bool{}
	for status, word := range words {
		html := render(t, StatusBadge(status))
		has(t, html, `data-status="`+status+`"`, word, "<svg")
		icons[iconPaths(StatusIcon(status))] = true
	}
	if len(icons) != len(words) {
		t.Errorf("%d statuses share %d icons", len(words), len(icons))
	}
}

func TestFieldTellsItsErrorToEverybody(t *testing.T) {
	html := render(t, Field(FieldModel{Name: "email", Label: "E-mail", Value: `a"b`, Hint: "For the link.", Error: "This is no address.", Required: true, MaxLength: 90}))
	has(t, html, `for="f-email"`, `id="f-email"`, `value="a&#34;b"`, `aria-describedby="f-email-hint f-email-error"`, `aria-invalid="true"`,
		`id="f-email-error"`, "This is no address.", "required", `maxlength="90"`)
	fine := render(t, Field(FieldModel{Name: "email", Label: "E-mail"}))
	if strings.Contains(fine, "aria-") {
		t.Error("a field without an error claims one")
	}
	has(t, fine, "(optional)")
	has(t, render(t, Select(SelectModel{Name: "country", Label: "Country", Value: "PL", Options: []Option{{"DE", "Germany"}, {"PL", "Poland"}}})), `<option value="PL" selected>Poland`)
	has(t, render(t, ErrorSummary("Please look at this:", []FieldError{{FieldID("email"), "No address"}})), `href="#f-email"`, `tabindex="-1"`)
	if got := render(t, ErrorSummary("x", nil)); got != "" {
		t.Errorf("no errors rendered %q", got)
	}
}
