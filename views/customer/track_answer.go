package customer

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"waybill/store"
	"waybill/views/ui"
)

// answer is the first line of the page: when it comes, or what stands in the way. Why says
// the reason and what happens next.
func (t telling) answer() (state, line, why string) {
	switch t.order.Status {
	case store.Delivered:
		return "done", t.delivered(), ""
	case store.Cancelled:
		if why := t.order.WhyNotMade(); why != "" {
			return "stopped", "We are sorry: we cannot send this order", why + " So it is cancelled, and nothing will be sent. You are welcome to order again."
		}
		return "stopped", "This order is cancelled", "Nothing will be sent."
	case store.Returned:
		return "stopped", "Your parcel came back to us", t.whyBack()
	case store.Received:
		return "waiting", "We have your order", "It is safely written down. We cannot look at our shelves just now. As soon as we can, we set your products aside, and the date appears here. Should something have run out by then, we say so here. You need do nothing."
	case store.Backordered:
		if gone := t.dir.NotSold(t.order.Lines); gone != "" {
			return "waiting", "We are waiting for stock", gone + " Your order is kept: if what you wait for still comes in, we send it. If you do not want to wait, you can cancel."
		}
		return t.waiting()
	}
	return t.underWay()
}

// waiting answers for an order that waits for stock: for what, and until when.
func (t telling) waiting() (state, line, why string) {
	if trouble := t.change(); trouble != "" {
		return t.waitingAgain(trouble)
	}
	missing := fmt.Sprintf("It waits for %s, since %s.", t.things(t.waits()), t.day(t.reached[store.Backordered]))
	at := t.order.ExpectedAt
	calendar := store.Calendar{Zone: t.now.Location()}
	switch ahead, from := t.ahead(); {
	case at.IsZero() && !from.IsZero():
		return "waiting", "Sent from " + t.day(from) + " on", ahead + " not out yet. Your order is kept, and the day on which it arrives appears here. You need do nothing."
	case at.IsZero():
		return "waiting", "We are waiting for stock", missing + " Your order is kept: when it comes in, we pack it, and the date appears here. You need do nothing."
	case t.now.After(at) && !calendar.SameDay(t.now, at):
		return "late", "We are still waiting for stock", missing + fmt.Sprintf(" It was expected on %s and is late. We ask after it, and the new date appears here. We are sorry that you have to wait.", t.day(at))
	}
	return "waiting", "Expected in stock on " + t.day(at), missing + " When it comes in, we pack your order, and the day on which it arrives appears here. You need do nothing."
}

// ahead says what was ordered before it is out ("Tea towel is"), and the day from which all of it may be
// sent: zero if it is all out.
func (t telling) ahead() (things string, from time.Time) {
	var names []string
	for _, line := range t.waits() {
		if terms := t.dir.Products[line.Product].Terms; terms.Unreleased(t.now) {
			names = append(names, t.dir.ProductName(line.Product))
			if terms.Release.After(from) {
				from = terms.Release
			}
		}
	}
	if len(names) > 1 {
		return join(names) + " are", from
	}
	return join(names) + " is", from
}

// underWay answers for an order that is being assembled, waits for the courier or is with them.
func (t telling) underWay() (state, line, why string) {
	due, first := t.order.PromisedAt, t.order.FirstDate
	calendar := store.Calendar{Zone: t.now.Location()}
	switch {
	case due.IsZero() && t.order.Status == store.Sent:
		return "ok", "Your parcel is on its way", t.present()
	case due.IsZero() && t.order.Status == store.Ready:
		return "ok", "Ready, waits for the courier", t.present()
	case due.IsZero():
		return "ok", "We are putting your order together", "The date comes as soon as we know it."
	case t.now.After(due):
		return "late", "Late: it was to arrive " + t.day(due), sentences(t.change(), t.present(), t.next(), "We are sorry that you have to wait.")
	case !first.IsZero() && due.After(first) && !calendar.SameDay(due, first):
		return "late", "Arrives later: " + t.day(due), sentences(fmt.Sprintf("We first said %s.", t.day(first)), t.change(), t.present(), t.next())
	}
	return "ok", "Arrives " + t.day(due), sentences(t.change(), t.present())
}

// sentences joins those that are not empty.
func sentences(list ...string) string {
	return strings.Join(slices.DeleteFunc(list, func(s string) bool { return s == "" }), " ")
}

// whyBack says why a parcel came back, and what became of it.
func (t telling) whyBack() string {
	why := "It did not stay with you, so it comes back to us."
	if t.order.Failed != "" && t.reached[store.Delivered].IsZero() {
		why = capital(t.order.Failed.Words()) + ", so it comes back to us."
	}
	if t.order.Inspection != nil {
		return why + " We have looked into it. Customer service knows what happens next."
	}
	return why + " We look into it when it is here."
}

// present says in a sentence where the order is at this moment.
func (t telling) present() string {
	switch open := t.open(); {
	case t.order.Status == store.Sent && t.order.Failures > 0:
		return fmt.Sprintf("The courier was there, but %s. They try again.", t.order.Failed.Words())
	case t.order.Status == store.Sent:
		return "The courier has your parcel."
	case t.order.Status == store.Ready:
		return fmt.Sprintf("It is packed%s and waits for the courier.", in(t.place()))
	case len(open) > 0:
		transfer := open[0]
		from, to := t.dir.WarehouseName(transfer.From), t.dir.WarehouseName(transfer.To)
		if transfer.State == store.TransferSent {
			return fmt.Sprintf("On the way from %s to %s: %s. There we pack your parcel.", from, to, t.things(transfer.Lines))
		}
		return fmt.Sprintf("Still to come from %s to %s: %s. There we pack your parcel.", from, to, t.things(transfer.Lines))
	default:
		return fmt.Sprintf("It is being packed%s.", in(t.place()))
	}
}

// next says what happens after that.
func (t telling) next() string {
	switch {
	case t.order.Status == store.Sent:
		return "It comes to you on the next round."
	case t.order.Status == store.Ready:
		return "It leaves with the next courier."
	case len(t.open()) > 0:
		return "When all is there, it is packed and leaves with the next courier."
	default:
		return "It leaves with the next courier after that."
	}
}

func (t telling) delivered() string {
	line := "Delivered"
	if at := t.reached[store.Delivered]; !at.IsZero() {
		line = fmt.Sprintf("Delivered on %s at %s", t.day(at), ui.Clock(t.local(at)))
	}
	if t.order.ReceivedBy != "" {
		line += ", taken by " + t.order.ReceivedBy
	}
	return line
}
