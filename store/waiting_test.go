package store

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// crowd draws orders that wait for some of three products, and the queues that they stand in.
func crowd(t *rapid.T) (orders []Claim, wants map[Number]map[string]int, queues Queues) {
	wants, queues = map[Number]map[string]int{}, Queues{}
	for i := range rapid.IntRange(0, 12).Draw(t, "orders") {
		order := Claim{
			Order: Number(95 + i), Priority: rapid.IntRange(-1, 1).Draw(t, "priority"),
			Since: time.Unix(int64(rapid.IntRange(0, 5).Draw(t, "since")), 0),
		}
		orders, wants[order.Order] = append(orders, order), map[string]int{}
		for _, product := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c"}), 1, 3, rapid.ID).Draw(t, "products") {
			order.Units = rapid.IntRange(1, 4).Draw(t, "units")
			wants[order.Order][product] = order.Units
			queues[product] = append(queues[product], order)
		}
	}
	slices.SortFunc(orders, Claim.Compare)
	for product := range queues {
		slices.SortFunc(queues[product], Claim.Compare)
	}
	return orders, wants, queues
}

// handOut is the rule in the plainest way: one order after the other, by priority and age, takes its units
// of each product off the heap, or as many as there are; it is served if it got all.
func handOut(orders []Claim, wants map[Number]map[string]int, free map[string]int) []Number {
	heap := map[string]int{}
	for product, units := range free {
		heap[product] = units
	}
	var served []Number
	for _, order := range orders {
		whole := true
		for product, units := range wants[order.Order] {
			got := min(units, heap[product])
			heap[product] -= got
			whole = whole && got == units
		}
		if whole {
			served = append(served, order.Order)
		}
	}
	return served
}

func TestServedIsHandingOutInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		orders, wants, queues := crowd(t)
		free := map[string]int{}
		for _, product := range []string{"a", "b", "c"} {
			free[product] = rapid.IntRange(0, 15).Draw(t, product)
		}
		if got, want := queues.Served(free), handOut(orders, wants, free); !slices.Equal(got, want) {
			t.Fatalf("served %v, want %v", got, want)
		}
	})
}

// Dates are the days on which the rule, followed day by day, serves each order.
func TestDatesAreWhatComesTrue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		orders, wants, queues := crowd(t)
		supplies, perDay := map[string]Supply{}, make([]map[string]int, 8)
		release := map[string]int{}
		for day := range perDay {
			perDay[day] = map[string]int{}
		}
		for _, product := range []string{"a", "b", "c"} {
			supply := Supply{Free: rapid.IntRange(0, 5).Draw(t, "free")}
			if release[product] = rapid.IntRange(0, 3).Draw(t, "release"); release[product] > 0 {
				supply.Release = midnight(release[product])
			}
			for day := 1; day < len(perDay); day++ {
				if units := rapid.IntRange(-4, 6).Draw(t, "arriving"); units > 0 {
					perDay[day][product] = units
					supply.Arriving = append(supply.Arriving, Arrival{At: midnight(day), Units: units})
				}
			}
			perDay[0][product], supplies[product] = supply.Free, supply
		}
		got, stock := queues.Dates(supplies), map[string]int{}
		want, waiting := map[Number]time.Time{}, orders
		for day := range perDay {
			for product, units := range perDay[day] {
				stock[product] += units
			}
			usable := map[string]int{}
			for product, units := range stock {
				if day >= release[product] {
					usable[product] = units
				}
			}
			for _, n := range handOut(waiting, wants, usable) {
				want[n] = time.Time{}
				if day > 0 {
					want[n] = midnight(day)
				}
				waiting = slices.DeleteFunc(slices.Clone(waiting), func(c Claim) bool { return c.Order == n })
				for product, units := range wants[n] {
					stock[product] -= units
				}
			}
		}
		if len(got) != len(want) {
			t.Fatalf("dates %v, want %v", got, want)
		}
		for n, at := range want {
			if !got[n].Equal(at) {
				t.Fatalf("order %s: %s, want %s", n, got[n], at)
			}
		}
	})
}

func midnight(day int) time.Time { return time.Date(2026, 12, day, 0, 0, 0, 0, time.UTC) }

// A delivery's books: what was received is the sum of its receipts, it closes when all is there or
// somebody says so, and more or less than announced needs a reason.
func TestReceipts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := Delivery{State: DeliveryAnnounced, Lines: []DeliveryLine{{Product: "a", Announced: 5}, {Product: "b", Announced: 2}}}
		sums := map[string]int{}
		for d.State == DeliveryAnnounced {
			receipt := DeliveryReceipt{Last: rapid.Float64().Draw(t, "last") < 0.2}
			for _, product := range []string{"a", "b", "c"} {
				if units := rapid.IntRange(0, 3).Draw(t, product); units > 0 {
					receipt.Lines = append(receipt.Lines, Line{product, units})
				}
			}
			after := map[string]int{}
			extra, missing := false, false
			for product, announced := range map[string]int{"a": 5, "b": 2, "c": 0} {
				after[product] = sums[product] + Quantity(receipt.Lines, product)
				extra = extra || Quantity(receipt.Lines, product) > 0 && after[product] > announced
				missing = missing || after[product] < announced
			}
			nothing := len(receipt.Lines) == 0 && !receipt.Last
			needsReason := extra || missing && receipt.Last
			next, err := d.Receive(receipt)
			if (err != nil) != (nothing || needsReason) {
				t.Fatalf("%+v on %+v: %v", receipt, d, err)
			}
			if err != nil {
				receipt.Why = "counted twice"
				if next, err = d.Receive(receipt); (err != nil) != nothing {
					t.Fatalf("with a reason: %v", err)
				}
				if nothing {
					continue
				}
			}
			if (next.State == DeliveryReceived) != (receipt.Last || !missing) {
				t.Fatalf("%+v left it %s", receipt, next.State)
			}
			d, sums = next, after
			for product, units := range sums {
				if d.Line(product).Received != units {
					t.Fatalf("received %v, want %v", d.Lines, sums)
				}
			}
		}
		if _, err := d.Receive(DeliveryReceipt{Lines: []Line{{"a", 1}}, Why: "late"}); KindOf(err) != Conflict {
			t.Fatal("a closed delivery took more")
		}
	})
}

// What is free and was refused to an order does not make it go on: it waits for what nobody has refused to
// it, keeps its place, and the others' turns are what they were.
func TestWhatWasRefusedServesNobody(t *testing.T) {
	queues := Queues{
		"a": {{Order: 1, Units: 2}, {Order: 2, Units: 3}},
		"b": {{Order: 1, Units: 1}},
	}
	site := func(id string, a, b int) Site {
		return Site{Warehouse: Warehouse{ID: id}, Free: map[string]int{"a": a, "b": b}}
	}
	free := map[string]int{"a": 5, "b": 1}
	queues.Bar(map[Number]map[string][]Line{1: {"w1": {{"a", 4}}}}, []Site{site("w1", 4, 1), site("w2", 1, 0)})
	if got := queues["a"][0].Barred; got != 1 || queues["b"][0].Barred != 0 || queues["a"][1].Barred != 0 {
		t.Fatalf("barred: %+v", queues)
	}
	if got := queues.Served(free); !slices.Equal(got, []Number{2}) {
		t.Errorf("served %v", got)
	}
	shares := queues.Shares("a", free)
	if shares[0].Goes || shares[0].Gets != 2 || !shares[1].Goes {
		t.Errorf("shares %+v", shares)
	}
	if other := queues.Shares("b", free); other[0].Goes || !slices.Equal(other[0].Lacks, []string{"a"}) {
		t.Errorf("shares of b %+v", other)
	}
	day := time.Date(2026, 12, 3, 0, 0, 0, 0, time.UTC)
	dates := queues.Dates(map[string]Supply{"a": {Free: 5, Arriving: []Arrival{{At: day, Units: 1}}}, "b": {Free: 1}})
	if at, known := dates[2]; !dates[1].Equal(day) || !known || !at.IsZero() {
		t.Errorf("dates %v", dates)
	}
	if dates = queues.Dates(map[string]Supply{"a": {Free: 5}, "b": {Free: 1}}); len(dates) != 1 {
		t.Errorf("nothing is announced, and the dates are %v", dates)
	}
}
