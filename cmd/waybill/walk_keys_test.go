package main

import (
	"testing"
	"time"

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
	press := func(key string) { // at a person's pace: what comes faster is a scanner
		b.keys(key)
		time.Sleep(120 * time.Millisecond)
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
