package ui_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/chromedp/chromedp"

	"waybill/static"
	"waybill/views/ui"
)

// policy is as strict as the one that the server sends.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'"

// shop is a tiny site of two pages, which the browser tests press and type on.
type shop struct {
	assets *static.Assets
	mu     sync.Mutex
	added  int
	said   []string
}

// write sends a page in the frame of Page.
func (s *shop) write(w http.ResponseWriter, status int, p ui.PageModel, body string) {
	p.Asset = s.assets.URL
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", policy)
	w.WriteHeader(status)
	raw := templ.ComponentFunc(func(_ context.Context, w io.Writer) error { _, err := io.WriteString(w, body); return err })
	_ = ui.Page(p).Render(templ.WithChildren(context.Background(), raw), w)
}

// form is page A, with what was typed and what is wrong with it.
func (s *shop) form(w http.ResponseWriter, status int, email, problem, done string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := ui.PageModel{Title: "Page A", Class: "shop"}
	if done != "" {
		p.Flash = &ui.Flash{Text: done, Undo: &ui.UndoForm{Action: "/undo"}}
	}
	var b strings.Builder
	ctx := context.Background()
	fmt.Fprintf(&b, `<h1>Page A</h1><p id="n" data-glow>%d added</p>
		<form id="add" method="post" action="/add"><input id="qty" name="qty" type="number" value="1"><button id="addb">Add</button></form>
		<form id="order" method="post" action="/order">`, s.added)
	if problem != "" {
		_ = ui.ErrorSummary("Please look:", []ui.FieldError{{Field: "f-email", Message: problem}}).Render(ctx, &b)
	}
	_ = ui.Field(ui.FieldModel{Name: "email", Label: "E-mail", Value: email, Error: problem}).Render(ctx, &b)
	b.WriteString(`<label><input id="tick" type="checkbox" name="t"> t</label><select id="sel" name="s"><option>a</option><option>b</option></select>
		<textarea id="area" name="area"></textarea><button id="orderb">Order</button></form>
		<form id="drop" method="post" action="/drop"><button id="dropb">Drop</button></form>
		<details id="more"><summary>More</summary>text</details><ol id="said" data-glow-new>`)
	for i, text := range s.said {
		fmt.Fprintf(&b, `<li id="m-%d">%s</li>`, i, text)
	}
	b.WriteString(`</ol><form id="say" method="post" action="/say"><input id="saytext" name="text"><button id="sayb">Say</button></form>
		<a id="tob" href="/b?x=1">to B</a>` + strings.Repeat("<p>filler</p>", 80))
	s.write(w, status, p, b.String())
}

// handler serves the two pages and what can be pressed on them.
func (s *shop) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle(static.Prefix, s.assets.Handler())
	mux.HandleFunc("GET /a", func(w http.ResponseWriter, r *http.Request) { s.form(w, 200, "", "", r.URL.Query().Get("done")) })
	mux.HandleFunc("POST /add", func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(100 * time.Millisecond)
		s.mu.Lock()
		s.added++
		s.mu.Unlock()
		http.Redirect(w, r, "/a?done=Added", http.StatusSeeOther)
	})
	mux.HandleFunc("POST /say", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.said = append(s.said, r.FormValue("text"))
		s.mu.Unlock()
		http.Redirect(w, r, "/a", http.StatusSeeOther)
	})
	mux.HandleFunc("POST /order", func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.FormValue("email"), "@") {
			s.form(w, 422, r.FormValue("email"), "This is no address.", "")
			return
		}
		http.Redirect(w, r, "/b", http.StatusSeeOther)
	})
	mux.HandleFunc("POST /drop", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	mux.HandleFunc("GET /b", func(w http.ResponseWriter, _ *http.Request) {
		s.write(w, 200, ui.PageModel{Title: "Page B", Class: "track", LiveURL: "/live-b"}, `<h1>Page B</h1><input id="qty" value="1"><a id="toa" href="/a">to A</a>`)
	})
	return mux
}

// browser starts the site and one headless Chromium; both end with the test.
func browser(t *testing.T) (context.Context, string, *shop) {
	t.Helper()
	if testing.Short() {
		t.Skip("needs a browser")
	}
	assets, err := static.New()
	if err != nil {
		t.Fatal(err)
	}
	s := &shop{assets: assets}
	site := httptest.NewServer(s.handler())
	t.Cleanup(site.Close)
	opts := append([]chromedp.ExecAllocatorOption{}, chromedp.DefaultExecAllocatorOptions[:]...)
	if os.Geteuid() == 0 {
		opts = append(opts, chromedp.NoSandbox)
	}
	ctx, stop := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(stop)
	ctx, stopTab := chromedp.NewContext(ctx)
	t.Cleanup(stopTab)
	ctx, stopTime := context.WithTimeout(ctx, time.Minute)
	t.Cleanup(stopTime)
	if err := chromedp.Do(ctx, chromedp.Navigate(site.URL+"/a")); err != nil {
		t.Fatalf("no browser (install chromium): %v", err)
	}
	return ctx, site.URL, s
}

// js runs an expression in the page.
func js[T any](t *testing.T, ctx context.Context, expression string) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// until waits for an expression to be true.
func until(t *testing.T, ctx context.Context, expression string) {
	t.Helper()
	for range 250 {
		if v, err := chromedp.Run(ctx, chromedp.Evaluate[bool](expression)); err == nil && v {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	html := js[string](t, ctx, `location.href + "\n" + document.body.innerHTML.slice(0, 3000)`)
	t.Fatalf("never true: %s\n%s", expression, html)
}
