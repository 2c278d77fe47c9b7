package live_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"waybill/web/live"
)

// tab is a page in Chromium with our scripts, under our Content-Security-Policy.
type tab struct {
	t   *testing.T
	ctx context.Context
}

func openTab(t *testing.T, url string) *tab {
	t.Helper()
	program, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("this test needs chromium: run `make test`, or install it (Debian and Ubuntu: apt-get install chromium)")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true))
	allocator, end := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(end)
	ctx, closeTab := chromedp.NewContext(allocator)
	t.Cleanup(closeTab)
	if err := chromedp.Do(ctx, chromedp.Navigate(url)); err != nil {
		t.Fatal(err)
	}
	return &tab{t: t, ctx: ctx}
}

// is says whether a JavaScript condition holds.
func (b *tab) is(condition string) func() bool {
	return func() bool {
		b.t.Helper()
		yes, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](condition))
		if err != nil {
			b.t.Fatalf("%s: %v", condition, err)
		}
		return yes
	}
}

func (b *tab) do(script string) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, chromedp.Evaluate[chromedp.Void](script+"; 0")); err != nil {
		b.t.Fatalf("%s: %v", script, err)
	}
}

const browserPage = `<!doctype html><html><head><title>x</title>
<script defer src="/vendor/idiomorph-ext-0.8.0.min.js"></script><script defer src="/vendor/htmx-2.0.11.min.js"></script>
<script defer src="/js/morph.js"></script><script defer src="/js/live.js"></script></head>
<body data-live="/live?topic=a"><span id="live-dot" data-state="reconnecting"><span class="live-word">Connecting…</span></span>
<p id="announcer" aria-live="polite"></p>%s</body></html>`

func browserFragment(value int) string {
	return fmt.Sprintf(`<section id="board"><p id="x" data-announce>%d parcels</p><input id="note" name="note"></section>`, value)
}

// shopFront serves the page and hands sockets to whichever hub is in charge.
func shopFront(t *testing.T, hub *atomic.Pointer[live.Hub], topic func(name string) live.Topic) string {
	mux := http.NewServeMux()
	mux.Handle("/js/", http.FileServer(http.Dir("../../static")))
	mux.Handle("/vendor/", http.FileServer(http.Dir("../../static")))
	mux.HandleFunc("/live", func(w http.ResponseWriter, r *http.Request) {
		hub.Load().Serve(w, r, topic(r.FormValue("topic")), live.Viewer{Session: "anna"})
	})
	mux.HandleFunc("/page", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'self'")
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = fmt.Fprintf(w, browserPage, browserFragment(0))
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL + "/page"
}

func TestBrowserFollowsTheTruth(t *testing.T) {
	s := newShelf()
	topic := func(name string) live.Topic {
		return live.Topic{Name: name, Channels: []string{name}, Render: func(context.Context) ([]byte, error) {
			return []byte(browserFragment(s.get(name))), nil
		}}
	}
	first := newNode(t, s, live.Options{}, topic)
	var hub atomic.Pointer[live.Hub]
	hub.Store(first.hub)
	b := openTab(t, shopFront(t, &hub, topic))
	shows := func(n int) func() bool {
		return b.is(fmt.Sprintf(`document.getElementById("x").textContent === "%d parcels"`, n))
	}
	state := func(state, word string) func() bool {
		return b.is(fmt.Sprintf(`(d => d.dataset.state === %q && d.textContent === %q)(document.getElementById("live-dot"))`, state, word))
	}
	within(t, 3*time.Second, "live", state("live", "live"))

	// A change arrives, is announced, and leaves what is being typed alone.
	b.do(`document.getElementById("note").focus(); document.getElementById("note").value = "left at the gate"`)
	s.change("a")
	within(t, time.Second, "the change", shows(1))
	within(t, time.Second, "the announcement", b.is(`document.getElementById("announcer").textContent === "1 parcels"`))
	if !b.is(`document.activeElement.id === "note" && document.activeElement.value === "left at the gate"`)() {
		t.Error("what was typed, or the focus, is lost")
	}

	// The store is lost and comes back.
	s.kill(true)
	within(t, 2*time.Second, "reconnecting", state("reconnecting", "reconnecting…"))
	s.quietly("a")
	s.kill(false)
	within(t, 2*time.Second, "the truth", func() bool { return shows(2)() && state("live", "live")() })

	// The page was changed by someone else: it asks for the truth again.
	b.do(`document.getElementById("x").textContent = "wrong"; document.dispatchEvent(new Event("htmx:afterSettle"))`)
	within(t, time.Second, "the fragment again", shows(2))

	// Another page was swapped in.
	s.change("b")
	b.do(`document.body.dataset.live = "/live?topic=b"; document.dispatchEvent(new Event("htmx:afterSettle"))`)
	within(t, time.Second, "the other topic", func() bool { return shows(1)() && state("live", "live")() })

	// The node ends; the next one goes silent, as a dead network does; the third is well.
	second := newNode(t, s, live.Options{Heartbeat: time.Hour}, topic)
	first.stop()
	within(t, time.Second, "reconnecting", state("reconnecting", "reconnecting…"))
	s.quietly("b")
	hub.Store(second.hub)
	within(t, 2*time.Second, "the truth from the second node", func() bool { return shows(2)() && state("live", "live")() })
	within(t, 4*time.Second, "it says that the second is silent", state("reconnecting", "reconnecting…"))
	third := newNode(t, s, live.Options{}, topic)
	hub.Store(third.hub)
	within(t, 4*time.Second, "live with the third", func() bool { return third.hub.Stats().Sockets == 1 && state("live", "live")() })

	// Signed out: it says so, and does not knock again by itself.
	third.hub.CloseSession("anna")
	within(t, time.Second, "offline", state("offline", "offline"))
	opened := third.hub.Stats().Opened
	time.Sleep(700 * time.Millisecond)
	if third.hub.Stats().Opened != opened {
		t.Error("it came back by itself")
	}
	b.do(`window.dispatchEvent(new Event("online"))`)
	within(t, time.Second, "live after the person came back", state("live", "live"))
}
