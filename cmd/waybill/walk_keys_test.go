package main

import (
	"testing"

	"github.com/chromedp/chromedp/kb"

	"waybill/store/storetest"
)

// TestBoardByKeyboard does a clerk's work without a mouse.
func TestBoardByKeyboard(t *testing.T) {
	s := demoShop(t, storetest.Redis(t).URL())
	buyer := newReader(t, s.base)
	soonest := digits(buyer.buys("Wool blanket", "Sopot", "81-704"))
	b := newChromium(t).person("clerk", s.base, 1280, 800)
	b.signIn("gosia")
	b.live()
	b.stays()
	b.until("the scan field has the focus", `document.activeElement.id === "scan"`)
	// What tells a person from a scanner is how soon the next character comes. The page's clock for that
	// stands still here, so that a busy machine cannot turn the one into the other: a press is a character
	// after which it runs out, a scan one in which it never does.
	js[bool](b, `(() => { const set = setTimeout, clear = clearTimeout, held = new Map(); let last = 1e6;
		window.setTimeout = (act, ms, ...rest) => ms === 70 ? (held.set(++last, act), last) : set(act, ms, ...rest);
		window.clearTimeout = (id) => held.delete(id) || clear(id);
		window.walkPause = () => { const acts = [...held.values()]; held.clear(); acts.forEach((act) => act()); return true; };
		return true; })()`)
	press := func(key string) {
		b.keys(key)
		js[bool](b, `walkPause()`)
	}
	chosen := func(id string) {
		t.Helper()
		b.until(id+" is marked", `[...document.querySelectorAll("[data-selected]")].map(e => e.id).join() === "`+id+`"`)
	}

	press("?")
	b.until("the keys are shown", `document.getElementById("keys").matches(":popover-open")`)
	press(kb.Escape)
	b.until("the keys are gone", `!document.getElementById("keys").matches(":popover-open")`)

	press("j")
	chosen("order-" + soonest)
	press("j")
	chosen("order-125")
	press("j") // it is the last one
	chosen("order-125")
	press("k")
	chosen("order-" + soonest)
	press("r") // nothing is packed: nothing happens
	press(" ")
	b.shows("#order-"+soonest+" .packed-count", "1 of 1")
	press("r")
	b.shows("#parcels #order-"+soonest, "Anna Kowalczyk")
	b.shows(".toast-text", "is ready") // the answer, which may come after the update
	chosen("order-125")

	press("s")
	b.until("the transfer is sent", `!document.querySelector("[data-send]") && document.querySelector(".toast button")`)

	// A scanner: the characters of a code come in one burst, and end with Enter, also where the
	// first of them is a key. Who types such a code by hand begins with a slash.
	b.keys("5901234100021\r")
	b.shows("#order-125 .packed-count", "1 of 3")
	b.keys("prod3\r")
	b.shows("#order-125 .packed-count", "2 of 3")
	b.keys("sku-9\r")
	b.shows(".toast-text", "“sku-9” is no product")
	press("/")
	press("r")
	b.keys("\r")
	b.shows(".toast-text", "“r” is no product")
	b.until("the scan field is free again", `document.activeElement.id === "scan" && document.activeElement.value === ""`)
	b.hasStayed()
}
