package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// soon is how long a page may take to show something. Live pages are measured apart: this
// only bounds a test that fails, on a machine however busy.
const soon = 40 * time.Second

// pressable is how long something to press may be covered once it is there: less than a toast stays.
const pressable = 5 * time.Second

// chromium is one browser process; each person in it has a browser of their own.
type chromium struct {
	t   *testing.T
	ctx context.Context
}

// theBrowser is the one process that all walks share: to start one takes a second, and memory. TestMain
// ends it.
var theBrowser struct {
	sync.Mutex
	ctx  context.Context
	stop func()
}

func TestMain(m *testing.M) {
	code := m.Run()
	if theBrowser.stop != nil {
		theBrowser.stop()
	}
	os.Exit(code)
}

func newChromium(t *testing.T) *chromium {
	t.Helper()
	theBrowser.Lock()
	defer theBrowser.Unlock()
	if theBrowser.ctx == nil || theBrowser.ctx.Err() != nil {
		theBrowser.ctx, theBrowser.stop = startChromium(t)
	}
	return &chromium{t: t, ctx: theBrowser.ctx}
}

func startChromium(t *testing.T) (context.Context, func()) {
	t.Helper()
	program := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			program = path
			break
		}
	}
	if program == "" {
		t.Fatal("this test needs chromium: run `make test`, or install it (Debian and Ubuntu: apt-get install chromium)")
	}
	options := append([]chromedp.ExecAllocatorOption{}, chromedp.DefaultExecAllocatorOptions[:]...)
	options = append(options, chromedp.ExecPath(program), chromedp.DisableGPU,
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-domain-reliability", true))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	allocator, end := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, stop := chromedp.NewContext(allocator, chromedp.WithErrorf(func(string, ...any) {}))
	if err := chromedp.Do(ctx); err != nil {
		stop()
		end()
		t.Fatal(err)
	}
	return ctx, func() { stop(); end() }
}

// tab is one person's browser with one page. It is used by one goroutine at a time.
type tab struct {
	t    *testing.T
	name string
	base string
	ctx  context.Context

	mu     sync.Mutex
	faults []string
}

// person opens a browser with cookies of its own. A width below 600 is a telephone.
func (c *chromium) person(name, base string, width, height int64) *tab {
	c.t.Helper()
	ctx, stop := chromedp.NewContext(c.ctx, chromedp.WithNewBrowserContext())
	c.t.Cleanup(stop)
	b := &tab{t: c.t, name: name, base: base, ctx: ctx}
	messages := chromedp.Console(ctx)
	go b.listen(messages)
	b.size(width, height)
	b.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
		return err
	}))
	c.t.Cleanup(b.harmless)
	return b
}

// listen notes what no page of ours may do: scripts that fail, and what our policy forbids.
func (b *tab) listen(messages func(func(chromedp.ConsoleMessage, error) bool)) {
	for m, err := range messages {
		if err != nil {
			return
		}
		if m.IsException() || strings.Contains(m.Text, "Content Security Policy") {
			b.mu.Lock()
			b.faults = append(b.faults, m.String()+" at "+m.URL)
			b.mu.Unlock()
		}
	}
}

func (b *tab) harmless() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, fault := range b.faults {
		b.t.Errorf("%s: %s", b.name, fault)
	}
}

func (b *tab) size(width, height int64) {
	b.t.Helper()
	if width < 600 {
		b.do(chromedp.EmulateViewport(width, height, chromedp.EmulateMobile, chromedp.EmulateTouch, chromedp.EmulatePortrait))
	} else {
		b.do(chromedp.EmulateViewport(width, height))
	}
}

func (b *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		b.t.Fatalf("%s: %v", b.name, err)
	}
}

// open loads a page as a typed address does.
func (b *tab) open(path string) {
	b.t.Helper()
	b.do(chromedp.Navigate(b.base + path))
}

// reload loads the page anew. One that has only just come back from the browser's history may not be there
// yet for who drives the browser.
func (b *tab) reload() {
	b.t.Helper()
	for begun := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		err := chromedp.Do(b.ctx, chromedp.Reload())
		if err == nil {
			return
		}
		if !strings.Contains(err.Error(), "Not attached to an active page") || time.Since(begun) > soon {
			b.t.Fatalf("%s: %v", b.name, err)
		}
	}
}

// js evaluates an expression in a page.
func js[T any](b *tab, expression string) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.t.Fatalf("%s: %s: %v", b.name, expression, err)
	}
	return v
}

// is tells whether a condition holds in the page now.
func (b *tab) is(condition string) bool {
	b.t.Helper()
	return js[bool](b, "!!("+condition+")")
}

// until waits for a condition. A page that is being replaced has no answer yet.
func (b *tab) until(what, condition string) { b.t.Helper(); b.within(soon, what, condition) }

// comes waits for a condition that is itself a promise.
func (b *tab) comes(what, promise string) {
	b.t.Helper()
	b.wait(soon, what, "("+promise+").then(Boolean)", chromedp.EvalAwaitPromise)
}

func (b *tab) within(limit time.Duration, what, condition string) {
	b.t.Helper()
	b.wait(limit, what, "!!("+condition+")")
}

func (b *tab) wait(limit time.Duration, what, condition string, options ...chromedp.EvaluateOption) {
	b.t.Helper()
	begun := time.Now()
	for {
		yes, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](condition, options...))
		if yes && err == nil {
			return
		}
		if time.Since(begun) > limit {
			page, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string](`location.href + "\n" + document.body.innerText.slice(0, 3000)`))
			b.t.Fatalf("%s, not within %s: %s (%s) %v\n%s", b.name, limit, what, condition, err, page)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// shows waits until an element has these words in it.
func (b *tab) shows(selector, words string) {
	b.t.Helper()
	b.until(selector+" says "+words, fmt.Sprintf(`[...document.querySelectorAll(%q)].some(e => e.textContent.replace(/\s+/g, " ").includes(%q))`, selector, words))
}

// live waits until the page says that it follows every change.
func (b *tab) live() { b.t.Helper(); b.until("live", dot("live")) }

func dot(state string) string {
	word := state
	if state == "reconnecting" {
		word = "reconnecting…"
	}
	return fmt.Sprintf(`(d => d && d.dataset.state === %q && d.textContent.trim() === %q)(document.getElementById("live-dot"))`, state, word)
}

// where brings an element into view and gives its middle, once a press there would reach it.
const where = `(() => { const e = document.querySelector(%q); if (!e || e.disabled) return [];
	const seen = () => { const r = e.getBoundingClientRect(), x = r.x + r.width / 2, y = r.y + r.height / 2;
		const top = document.elementFromPoint(x, y); return r.width && top && (e === top || e.contains(top) || top.contains(e) && top.matches("label")) ? [x, y] : []; };
	let at = seen(); if (!at.length) { e.scrollIntoView({ block: "center", behavior: "instant" }); at = seen(); } return at; })()`

// at gives the middle of what can be pressed.
func (b *tab) at(selector string) (x, y float64) {
	b.t.Helper()
	b.until("something to press at "+selector, fmt.Sprintf(`(e => e && !e.disabled)(document.querySelector(%q))`, selector))
	var point []float64
	for deadline := time.Now().Add(pressable); len(point) < 2; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			b.t.Fatalf("%s: nothing to press at %s:\n%s", b.name, selector, js[string](b, `location.href + "\n" + document.body.innerText.slice(0, 3000)`))
		}
		point, _ = chromedp.Run(b.ctx, chromedp.Evaluate[[]float64](fmt.Sprintf(where, selector)))
	}
	return point[0], point[1]
}

// click presses with the mouse what a person would see there.
func (b *tab) click(selector string) {
	b.t.Helper()
	x, y := b.at(selector)
	b.do(chromedp.MouseClickXY(x, y))
}

// fill replaces what a field holds by typing, and leaves the focus in it.
func (b *tab) fill(selector, text string) {
	b.t.Helper()
	b.click(selector)
	js[bool](b, fmt.Sprintf(`(document.querySelector(%q).select(), true)`, selector))
	b.do(chromedp.KeyEvent(text))
}

// keys types where the focus is.
func (b *tab) keys(keys string) { b.t.Helper(); b.do(chromedp.KeyEvent(keys)) }

// signIn becomes one of the demo's people by one click.
func (b *tab) signIn(login string) {
	b.t.Helper()
	b.open("/signin")
	b.click("#as-" + login)
	b.until("signed in", `location.pathname !== "/signin" && document.querySelector(".person")`)
}

// stays marks the page; hasStayed fails the test if it was loaded anew since.
func (b *tab) stays() { b.t.Helper(); js[bool](b, `(window.walkMark = true)`) }

func (b *tab) hasStayed() {
	b.t.Helper()
	if !b.is(`window.walkMark`) {
		b.t.Errorf("%s: the page was loaded anew", b.name)
	}
}
