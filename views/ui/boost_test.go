package ui_test

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// TestBoostedPages drives a real browser under the policy through every promise of the scripts.
// The steps follow one another on one page, as a reader's do.
func TestBoostedPages(t *testing.T) {
	ctx, url, site := browser(t)
	do := func(steps ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, steps...); err != nil {
			t.Fatal(err)
		}
	}
	watch := `window.same = true; window.broken = [];
		addEventListener("securitypolicyviolation", (e) => broken.push(e.violatedDirective + " " + e.blockedURI));
		addEventListener("error", (e) => broken.push(e.message)); true`
	js[bool](t, ctx, watch)

	t.Run("a post keeps what the reader did elsewhere, and runs once", func(t *testing.T) {
		do(chromedp.SendKeys("#f-email", "anna"), chromedp.SendKeys("#area", "second floor"), chromedp.Click("#tick"), chromedp.Click("#more summary"))
		js[bool](t, ctx, `sel.value = "b"; qty.value = "3"; scrollTo(0, 90); document.getElementById("f-email").focus(); document.getElementById("f-email").setSelectionRange(2, 2);
			add.requestSubmit(); add.requestSubmit(); add.requestSubmit(); add.hasAttribute("data-busy")`)
		until(t, ctx, `n.textContent === "1 added" && !add.hasAttribute("data-busy")`)
		for _, fact := range []string{
			`window.same === true`, `document.getElementById("f-email").value === "anna"`, `area.value === "second floor"`, `tick.checked`,
			`sel.value === "b"`, `more.open`, `scrollY === 90`, `document.activeElement.id === "f-email"`, `document.activeElement.selectionStart === 2`,
			`qty.value === "1"`, `n.classList.contains("glow")`, `location.search === "?done=Added"`, `document.querySelector(".toast button") !== null`,
		} {
			if !js[bool](t, ctx, fact) {
				t.Errorf("not so: %s", fact)
			}
		}
		site.mu.Lock()
		defer site.mu.Unlock()
		if site.added != 1 {
			t.Errorf("three presses made %d requests", site.added)
		}
	})

	t.Run("the answer to a form that is gone by then keeps what the reader did elsewhere", func(t *testing.T) {
		js[bool](t, ctx, `window.field = document.getElementById("f-email"); add.requestSubmit(); add.remove(); true`)
		until(t, ctx, `n.textContent === "2 added"`)
		if !js[bool](t, ctx, `field.isConnected && field.value === "anna" && document.activeElement === field && sel.value === "b"`) {
			t.Error("the page was replaced, with what was typed in it")
		}
	})

	t.Run("a toast stays while it is used and goes by itself", func(t *testing.T) {
		js[bool](t, ctx, `document.querySelector(".toast button").focus(); true`)
		until(t, ctx, `document.querySelector(".toast-bar").getAnimations()[0].playState === "paused"`)
		js[bool](t, ctx, `document.activeElement.blur(); document.querySelector(".toast-bar").getAnimations()[0].finish(); true`)
		until(t, ctx, `!document.querySelector(".toast")`)
	})

	t.Run("a field that was sent is empty again", func(t *testing.T) {
		do(chromedp.SendKeys("#saytext", "hello"), chromedp.Click("#sayb"))
		until(t, ctx, `document.querySelector("#said li")?.textContent === "hello" && saytext.value === ""`)
		if !js[bool](t, ctx, `document.getElementById("f-email").value === "anna" && document.querySelector("#said li").classList.contains("glow")`) {
			t.Error("typed text went, or the new line does not glow")
		}
	})

	t.Run("a refused form shows why and keeps the address", func(t *testing.T) {
		do(chromedp.Click("#orderb"))
		until(t, ctx, `document.querySelector(".error-summary") === document.activeElement`)
		if !js[bool](t, ctx, `document.getElementById("f-email").value === "anna" && location.pathname === "/a" && document.getElementById("f-email").getAttribute("aria-invalid") === "true"`) {
			t.Error("what was typed, the address or the mark is wrong")
		}
	})

	t.Run("a lost answer loses nothing", func(t *testing.T) {
		do(chromedp.Click("#dropb"))
		until(t, ctx, `document.querySelector(".toast")?.textContent.includes("No answer") && !document.getElementById("drop").hasAttribute("data-busy")`)
		if !js[bool](t, ctx, `document.getElementById("f-email").value === "anna"`) {
			t.Error("typed text went")
		}
	})

	t.Run("a link leads to a new page, and back again", func(t *testing.T) {
		js[bool](t, ctx, `qty.value = "7"; tob.click(); true`)
		until(t, ctx, `document.title === "Page B · Waybill"`)
		for _, fact := range []string{
			`location.pathname + location.search === "/b?x=1"`, `document.body.className === "track"`, `document.body.dataset.live === "/live-b"`,
			`qty.value === "1"`, `scrollY === 0`, `window.same === true`, `document.activeElement.id === "main"`, `!document.querySelector(".glow")`,
		} {
			if !js[bool](t, ctx, fact) {
				t.Errorf("not so: %s", fact)
			}
		}
		if broken := js[[]string](t, ctx, `broken`); len(broken) > 0 {
			t.Errorf("the browser complained: %v", broken)
		}
		js[bool](t, ctx, `history.back(); true`)
		until(t, ctx, `document.title === "Page A · Waybill" && document.body.className === "shop" && location.pathname === "/a"`)
	})

	t.Run("the theme is remembered", func(t *testing.T) {
		do(chromedp.Navigate(url + "/b"))
		before := js[string](t, ctx, `getComputedStyle(document.body).backgroundColor`)
		do(chromedp.Click("[data-theme-switch]"), chromedp.Navigate(url+"/a"))
		if after := js[string](t, ctx, `getComputedStyle(document.body).backgroundColor`); after == before {
			t.Errorf("still %s after the switch and a reload", after)
		}
	})
}

// TestMorph checks the rules of Waybill.morph on fragments, as the live socket uses it.
func TestMorph(t *testing.T) {
	ctx, _, _ := browser(t)
	js[bool](t, ctx, `document.getElementById("main").innerHTML = '<div id="box"><ul id="list"><li id="i1"><form id="f1" method="post" action="/one"><button id="b1">one</button></form></li></ul><p id="p" data-glow>same</p><div id="own" data-keep>server</div><select id="s"><option value="a">a</option><option value="b">b</option></select><div id="pop" popover>p</div><input id="v" value="1"></div>'; true`)
	js[bool](t, ctx, `own.textContent = "mine"; pop.showPopover(); i1.setAttribute("data-selected", ""); b1.focus(); v.value = "2"; window.old = i1;
		Waybill.morph("#box", '<ul id="list"><li id="i0">new</li><li id="i1"><form id="f1" method="post" action="/two"><button id="b1">one</button></form></li></ul><p id="p" data-glow>same</p><div id="own" data-keep>server</div><select id="s"><option value="a">a</option><option value="b" selected>b</option></select><div id="pop" popover>p</div><input id="v" value="5">'); true`)
	for _, fact := range []string{
		`i1 === old`, `i1.hasAttribute("data-selected")`, `list.firstElementChild.id === "i0"`, `own.textContent === "mine"`, `pop.matches(":popover-open")`,
		`document.activeElement === b1`, `s.value === "b"`, `v.value === "2"`, `!p.classList.contains("glow")`,
	} {
		if !js[bool](t, ctx, fact) {
			t.Errorf("not so: %s", fact)
		}
	}
	// a form that was morphed into another one posts to the new place
	js[bool](t, ctx, `window.sentTo = ""; document.addEventListener("htmx:configRequest", (e) => { sentTo = e.detail.path; e.preventDefault(); }); f1.requestSubmit(); true`)
	until(t, ctx, `sentTo === "/two"`)
	// a fragment replaces itself, as the live socket sends it, and its siblings stay
	js[bool](t, ctx, `Waybill.morph(p, '<p id="p" data-glow>same</p>', {outer: true}); Waybill.morph(list, '<ul id="list" class="fresh"><li id="i1">alone</li></ul>', {outer: true}); true`)
	for _, fact := range []string{`list.className === "fresh"`, `list.children.length === 1`, `i1 === old`, `p.isConnected && v.isConnected`, `list.nextElementSibling === p`} {
		if !js[bool](t, ctx, fact) {
			t.Errorf("not so: %s", fact)
		}
	}
	// the row with the focus goes: its neighbour in the tree takes it
	js[bool](t, ctx, `box.tabIndex = -1; v.focus(); Waybill.morph("#box", '<p id="p" data-glow>other</p>'); true`)
	for _, fact := range []string{`document.activeElement === box`, `p.classList.contains("glow")`, `document.getElementById("list") === null`} {
		if !js[bool](t, ctx, fact) {
			t.Errorf("not so: %s", fact)
		}
	}
}
