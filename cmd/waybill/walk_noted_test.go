package main

import (
	"net/http"
	"testing"
	"time"
)

// TestACancelledPageStaysCancelled has a customer cancel on a node that does not have their order while Redis is
// stopped: the open page never offers it again, nor does it on the node that has the order, and is cancelled as
// soon as Redis is back, by itself.
func TestACancelledPageStaysCancelled(t *testing.T) {
	server, holder, other, _, _ := openPair(t)
	server.Stop()
	code, order, _ := partner{t, holder.base}.place("cancelled", "prod1", 2)
	if code != http.StatusAccepted {
		t.Fatalf("placing: %d %+v", code, order)
	}
	link := "/track/" + order.Reference
	anna := newChromium(t).person("Anna", other.base, 360, 740)
	anna.open(link)
	anna.click("#cancel summary")
	anna.fill("#cancel-reason", "ordered twice")
	anna.click("#cancel form .danger")
	anna.shows("#answer", "Cancellation noted at")
	never := func(what string) {
		t.Helper()
		time.Sleep(2500 * time.Millisecond) // its socket has begun anew meanwhile, more than once
		if anna.is(`document.getElementById("cancel")`) {
			t.Errorf("%s: it can be cancelled once more", what)
		}
	}
	never("where it was asked")

	anna.base = holder.base // as a balancer may have it
	anna.open(link)
	anna.shows("#answer", "This order is cancelled")
	never("where the order is")
	anna.base = other.base
	anna.open(link)
	anna.shows("#answer", "This order is cancelled")
	never("where it was asked, later")

	anna.stays()
	server.Cont()
	anna.live()
	anna.shows(".goes-to", "Kraków") // which only the records tell
	anna.shows("#answer", "This order is cancelled")
	anna.hasStayed()
	cancelledOnce(t, server, "the order", order)
}
