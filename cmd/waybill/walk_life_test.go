package main

import (
	"testing"

	"waybill/store/storetest"
)

// TestChangedAndCancelled lets a customer change an order and then cancel it, while the clerk looks
// on: the board follows each, and what was packed has to be put back.
func TestChangedAndCancelled(t *testing.T) {
	s := demoShop(t, storetest.Redis(t).URL())
	reader := newReader(t, s.base)
	number := digits(reader.buys("Cast-iron pan", "Gdynia", "81-368"))
	c := newChromium(t)
	buyer, gosia := c.person("buyer", s.base, 360, 740), c.person("Gosia", s.base, 1280, 800)
	gosia.signIn("gosia")
	gosia.live()
	buyer.open(reader.at.Path)
	buyer.live()

	buyer.click(`#acts a[href$="/change"]`)
	buyer.fill("#q-prod8", "99")
	buyer.fill("#f-city", "Sopot")
	buyer.click(".form-foot .primary")
	buyer.shows("#order-prod8 .field-error", "for this order")
	buyer.fill("#q-prod8", "3")
	buyer.click(".form-foot .primary")
	buyer.shows(".toast-text", "The order is changed")
	buyer.shows("#live-track", "3 × Cast-iron pan")
	buyer.shows("#live-track address", "Sopot")
	gosia.shows("#check-"+number+"-prod8 .check-units", "3 units")

	gosia.click("#pack-" + number + "-prod8")
	buyer.shows("#live-track", "3 of 3 packed")
	buyer.click("#cancel summary")
	buyer.fill("#cancel-reason", "ordered twice")
	buyer.click("#cancel form .danger")
	buyer.shows("#answer", "This order is cancelled")
	buyer.until("nothing more to do", `!document.getElementById("acts")`)
	gosia.until("the card is gone", `!document.getElementById("order-`+number+`")`)
	gosia.shows("#put-back-"+number, "3 × Cast-iron pan")
	gosia.click("#put-back-" + number + " button")
	gosia.until("it is put back", `!document.getElementById("put-back")`)
}

// TestBroughtBack follows a parcel that nobody takes: the courier tries, brings it back, and the
// clerk books what is still good.
func TestBroughtBack(t *testing.T) {
	s := demoShop(t, storetest.Redis(t).URL())
	number := readyParcel(t, s.base)
	entered(t, s.base, "Courier").press("Pick up")
	c := newChromium(t)
	kuba, gosia, sylwia := c.person("Kuba", s.base, 360, 740), c.person("Gosia", s.base, 1280, 800), c.person("Sylwia", s.base, 1280, 800)
	kuba.signIn("kuba")
	gosia.signIn("gosia")
	sylwia.signIn("sylwia")
	sylwia.open("/service/orders/" + number)
	kuba.live()
	gosia.live()
	sylwia.live()

	failed := func(attempt, problem, next string) {
		fold := "#failed-" + number + "-" + attempt
		kuba.click(fold + " summary")
		kuba.click(fold + " label:has(input[value=" + problem + "])")
		kuba.click(fold + " button[value=" + next + "]")
	}
	failed("1", "other", "again")
	kuba.shows(".stop-failed .field-error", "what went wrong")
	kuba.click("#failed-" + number + "-1 label:has(input[value=nobody])")
	kuba.click("#failed-" + number + "-1 button[value=again]")
	kuba.shows("#stop-"+number, "Tried 1 time: nobody was at home")
	sylwia.shows("#story", "Could not be delivered: nobody was at home")
	failed("2", "refused", "back")
	kuba.until("it is off the run", `!document.querySelector("#run .stop")`)

	gosia.shows("#returned-"+number, "it was not accepted at the door")
	gosia.click("#returned-" + number + " a")
	gosia.fill("#f-sellable-prod8", "0")
	gosia.fill("#f-damaged-prod8", "1")
	gosia.click("#inspect-form .primary")
	gosia.shows(".toast-text", "1 damaged")
	gosia.until("it is off the list", `!document.getElementById("returned")`)
	sylwia.shows("#story", "Looked into in Gdańsk, 1 unit damaged")
}
