package store

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// The whole life of an order, as a shopkeeper would read it.
const lifeOfAnOrder = `
received → backordered by system
received → placed by system
received → cancelled by customer service admin system partner
backordered → placed by system
backordered → cancelled by customer service admin system partner
placed → backordered by system
placed → ready by clerk admin
placed → cancelled by customer service admin partner
ready → placed by clerk admin
ready → sent by courier admin
ready → cancelled by customer service admin partner
sent → delivered by courier admin
sent → returned by clerk courier service admin
delivered → returned by clerk service admin
`

var roles = []Role{Customer, Clerk, Courier, Service, Owner, Admin, System, Outside, Partner}

func TestSteps(t *testing.T) {
	var b strings.Builder
	for _, from := range Statuses() {
		for _, to := range Statuses() {
			var by []string
			for _, role := range roles {
				if MayStep(from, to, role) {
					by = append(by, string(role))
				}
			}
			if len(by) > 0 {
				fmt.Fprintf(&b, "\n%s → %s by %s", from, to, strings.Join(by, " "))
			}
		}
	}
	if got := b.String() + "\n"; got != lifeOfAnOrder {
		t.Errorf("an order's life is now:%s", got)
	}
}

func TestEveryStatusCanBeReached(t *testing.T) {
	reached := []Status{Received}
	for i := 0; i < len(reached); i++ {
		for _, s := range steps {
			if s.from == reached[i] && !slices.Contains(reached, s.to) {
				reached = append(reached, s.to)
			}
		}
	}
	if len(reached) != len(Statuses()) {
		t.Errorf("only %v can be reached", reached)
	}
	for _, s := range steps {
		if s.from == Cancelled || s.from == Returned {
			t.Errorf("there is a way out of %s, to %s", s.from, s.to)
		}
		if s.from == s.to || !s.from.Known() || !s.to.Known() || len(s.by) == 0 {
			t.Errorf("odd step %v", s)
		}
	}
	for _, s := range Statuses() {
		leaves := slices.ContainsFunc(steps, func(step step) bool { return step.from == s })
		if !leaves && s.Open() {
			t.Errorf("an order is stuck in %s", s)
		}
	}
}

func TestCheckStep(t *testing.T) {
	for _, c := range []struct {
		from, to Status
		by       Role
		want     Kind
	}{
		{Ready, Sent, Customer, Forbidden},
		{Received, Placed, Admin, Forbidden}, // only Waybill itself finds the stock
		{Placed, Ready, Outside, Forbidden},
		{Placed, Ready, "", Forbidden},
		{Placed, Sent, Courier, Conflict},
		{Delivered, Cancelled, Customer, Conflict},
		{Sent, Sent, Courier, Conflict},
		{Sent, "lost", Admin, Conflict},
	} {
		if err := CheckStep(c.from, c.to, c.by); err == nil || KindOf(err) != c.want {
			t.Errorf("%s → %s by %q: %v", c.from, c.to, c.by, err)
		}
	}
	if err := CheckStep(Ready, Sent, Courier); err != nil {
		t.Error(err)
	}
	err := CheckStep(Sent, Ready, Clerk)
	if want := "This order is on its way now, so it cannot become ready."; MessageOf(err) != want {
		t.Errorf("says %q", MessageOf(err))
	}
}

// What becomes of a status that somebody outside wrote: y is taken over, - is put back. The
// rows are the status before, the columns the one that was written, in the order of Statuses.
const takeovers = `
received    - y y y y y y y
backordered - - y y y y y y
placed      - - - y y y y y
ready       - - - - y y y y
sent        - - - - - y - y
delivered   - - - - - - - y
cancelled   - - - - - - - -
returned    - - - - - - - -
`

func TestTakeover(t *testing.T) {
	got := "\n"
	for _, from := range Statuses() {
		got += fmt.Sprintf("%-11s", from)
		for _, to := range Statuses() {
			got += " " + map[bool]string{true: "y", false: "-"}[Takeover(from, to)]
		}
		got += "\n"
	}
	if got != takeovers {
		t.Errorf("taken over are now:%s", got)
	}
	for _, odd := range []Status{"", "lost", "SENT", "sent ", "sent\n"} {
		for _, s := range Statuses() {
			if Takeover(s, odd) || Takeover(odd, s) {
				t.Errorf("%q and %s are taken over", odd, s)
			}
		}
	}
}
