package main

import (
	"bytes"
	"context"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// TestWalkSlips prints packing slips as a clerk does: one while packing, and those of all parcels that wait,
// each on a sheet of its own and in ink on white, by night too.
func TestWalkSlips(t *testing.T) {
	s := demoShop(t, inMemory)
	reader := entered(t, s.base, "Clerk in Gdańsk")
	numbers := []string{newReader(t, s.base).buys("Cast-iron pan", "Gdynia", "81-368"), newReader(t, s.base).buys("Cast-iron pan", "Sopot", "81-704")}
	for _, number := range numbers {
		reader.open("/warehouses/warehouse2")
		reader.press("Pack 1 unit of Cast-iron pan")
		reader.press("Mark ready: order " + number)
	}
	clerk := newChromium(t).person("clerk", s.base, 1280, 800)
	clerk.signIn("gosia")
	clerk.paint("dark")
	clerk.click("#order-125 a[href$='/slips/125']")
	clerk.shows("#slip-125", "Lewandowski")
	clerk.shows("#slip-125", "3 units of 3 not in the box yet")
	clerk.click(".crumb a")
	clerk.click("#all-slips")
	clerk.shows("h1", "Slips for the courier's parcels")
	js[bool](clerk, `(window.print = () => { window.printed = true }, true)`)
	clerk.click("[data-print]")
	clerk.until("printed", `window.printed`)

	clerk.onPaper()
	white := `getComputedStyle(document.body).backgroundColor === "rgb(255, 255, 255)" && getComputedStyle(document.querySelector(".slip")).backgroundColor === "rgb(255, 255, 255)"`
	if !clerk.is(white) {
		t.Error("the paper is not white")
	}
	if seen := js[string](clerk, `[...document.querySelectorAll(".site-head, .crumb, h1, .site-foot, [data-print]")].filter(e => e.checkVisibility()).map(e => e.className || e.tagName).join(" ")`); seen != "" {
		t.Errorf("on paper there is also %s", seen)
	}
	for _, paper := range []chromedp.PaperSize{chromedp.PaperA5, chromedp.PaperA4} {
		pdf, err := chromedp.Run(clerk.ctx, chromedp.PrintToPDF(chromedp.PDFPaper(paper)))
		if err != nil {
			t.Fatal(err)
		}
		if sheets := bytes.Count(pdf, []byte("/Type /Page\n")); sheets != len(numbers) {
			t.Errorf("%d slips take %d sheets of %v", len(numbers), sheets, paper)
		}
	}
}

// onPaper shows the page as it is printed.
func (b *tab) onPaper() {
	b.t.Helper()
	b.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print", Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}})
		return err
	}))
}
