package service

import (
	"testing"
	"time"

	"waybill/store"
)

// What nobody has worked out to the end is shown as a bound, and never as a fact.
func TestCandidatesSayWhatIsNotProven(t *testing.T) {
	scene := sampleScene()
	c := store.Candidate{Warehouse: "warehouse1", PromisedAt: time.Date(2026, 11, 25, 17, 0, 0, 0, time.UTC), Transfers: 3}
	known := candidate(c, false, false, scene)
	c.AtLeast = true
	bound := candidate(c, false, false, scene)
	c.AtLeast, c.Rough = false, true
	rough := candidate(c, false, false, scene)
	if known.Transfers != "3" || bound.Transfers != "at least 3" || rough.Transfers != "at most 3" {
		t.Errorf("transfers: %q, %q, %q", known.Transfers, bound.Transfers, rough.Transfers)
	}
	if bound.Date != known.Date+" at best" || rough.Date != known.Date {
		t.Errorf("dates: %q, %q, %q", known.Date, bound.Date, rough.Date)
	}
}
