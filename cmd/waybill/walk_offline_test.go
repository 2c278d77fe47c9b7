package main

import (
	"context"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"waybill/store/storetest"
)

// reception switches a person's network on and off, for the page and for all that works behind it.
func reception(b *tab, link *storetest.Link, there bool) {
	b.t.Helper()
	if there {
		link.Heal()
	} else {
		link.Cut()
	}
	b.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, network.OverrideNetworkState, network.OverrideNetworkStateParams{Offline: !there, DownloadThroughput: -1, UploadThroughput: -1})
		return err
	}))
}

// TestCourierWithoutASignal delivers where there is none: what is confirmed is kept on the phone, also when
// the page is loaded anew, and is there once when the signal is back. Who signs out leaves nothing behind.
func TestCourierWithoutASignal(t *testing.T) {
	server := storetest.Redis(t)
	s := demoShop(t, server.URL())
	first, second := readyParcel(t, s.base), readyParcel(t, s.base)
	link := storetest.Proxy(t, strings.TrimPrefix(s.base, "http://"))
	kuba := newChromium(t).person("Kuba", "http://"+link.Addr(), 360, 740)
	kuba.signIn("kuba")
	kuba.live()
	kuba.click("#waiting #stop-" + first + " button")
	kuba.until("the parcel is on board", `document.querySelector("#run #stop-`+first+`")`)
	kuba.comes("the page is kept", `(async () => !!(await caches.match("/courier")) && (await (await caches.match("/courier")).text()).includes("deliver-`+first+`") && !!(await navigator.serviceWorker.getRegistration("/courier"))?.active)()`)

	reception(kuba, link, false)
	kuba.until("no signal", dot("offline"))
	kuba.click("#deliver-" + first + " summary")
	kuba.fill("#by-"+first, "Jan Nowak")
	kuba.click("#deliver-form-" + first + " .primary")
	kuba.shows("#kept-title", "1 confirmation is kept on this phone.")
	kuba.shows("#kept-list", "delivered, taken by Jan Nowak")
	kuba.shows("#stop-"+first, "kept on this phone, will be sent")
	kuba.click("#waiting #stop-" + second + " .stop-act button")
	kuba.shows("#kept-title", "2 confirmations are kept on this phone.")
	kuba.click(`#kept-list li:nth-child(2) button`)
	kuba.shows("#kept-title", "1 confirmation is kept on this phone.")
	kuba.click("#waiting #stop-" + second + " .stop-act button")
	kuba.shows("#kept-title", "2 confirmations are kept on this phone.")
	kuba.click(".person form button")
	kuba.shows(".toast-text", "has not been sent yet")

	kuba.reload()
	kuba.shows("main .note", "No signal. This is how it was today")
	kuba.shows("#kept-title", "2 confirmations are kept on this phone.")
	kuba.until("its style is there", `getComputedStyle(document.querySelector("#stop-`+first+` .stop-failed")).display === "none"`)
	if status := server.Client().Get(t.Context(), "order:"+first+":status").Val(); status != "sent" {
		t.Errorf("without a signal the order became %s", status)
	}

	reception(kuba, link, true)
	kuba.until("all is sent", `document.getElementById("kept").hidden && !document.querySelector(".stop-kept")`)
	kuba.until("the second parcel is on board", `document.querySelectorAll("#run .stop").length === 1 && document.querySelector("#run #stop-`+second+`")`)
	kuba.live()
	ctx := t.Context()
	if status, by := server.Client().Get(ctx, "order:"+first+":status").Val(), server.Client().HGet(ctx, "order:"+first, "received_by").Val(); status != "delivered" || by != "Jan Nowak" {
		t.Errorf("the order is %s, taken by %q", status, by)
	}
	told := 0
	for _, event := range server.Client().LRange(ctx, "order:"+first+":history", 0, -1).Val() {
		if strings.Contains(event, `"delivered"`) && strings.Contains(event, `"phone"`) {
			told++
		}
	}
	if told != 1 {
		t.Errorf("the history tells %d times that it was delivered", told)
	}

	kuba.click(".person form button")
	kuba.until("signed out", `location.pathname === "/signin"`)
	kuba.comes("nothing is left", `(async () => (await caches.keys()).length === 0 && !Object.keys(localStorage).some((key) => key.startsWith("waybill-kept")) && (await navigator.serviceWorker.getRegistrations()).length === 0)()`)
}
