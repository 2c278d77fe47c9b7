package store

import (
	"testing"
	"time"
)

// The day on which a delivery comes is one of the shop's zone, whatever day it is in Greenwich; it ends at
// 18:00 on that zone's clocks, in summer too.
func TestDueOn(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Warsaw")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 27, 23, 30, 0, 0, time.UTC).In(zone) // the 28th in Warsaw
	for day, want := range map[string]string{
		"2026-03-28": "2026-03-28T17:00:00Z", "2026-03-29": "2026-03-29T16:00:00Z", "2029-03-28": "2029-03-28T16:00:00Z",
		"2026-03-27": "", "2029-03-29": "", "28.03.2026": "", "2026-02-30": "", "": "", "2026-3-28": "",
	} {
		due, err := DueOn(day, now)
		if want == "" {
			if KindOf(err) != Invalid || err == nil {
				t.Errorf("%q is %s, %v", day, due, err)
			}
		} else if err != nil || due.Format(time.RFC3339) != want {
			t.Errorf("%q is %s, %v", day, due.Format(time.RFC3339), err)
		}
	}
}

func TestAReceiptThatWasBookedIsKnownAgain(t *testing.T) {
	ola := Actor{Role: Clerk, ID: "ola"}
	receipt := DeliveryReceipt{Lines: []Line{{"mug", 4}}, Why: "so"}
	d := Delivery{Steps: []DeliveryStep{{Version: 1, What: "announced", Who: ola}, {Version: 2, What: "received", Who: ola, Lines: receipt.Lines, Why: "so"}}}
	if !d.Booked(ola, 1, receipt) {
		t.Error("the same is not known again")
	}
	other := receipt
	other.Lines = []Line{{"mug", 5}}
	if d.Booked(ola, 2, receipt) || d.Booked(Actor{ID: "ida"}, 1, receipt) || d.Booked(ola, 1, other) || d.Booked(ola, 0, DeliveryReceipt{}) {
		t.Error("something else is taken for the same")
	}
}
