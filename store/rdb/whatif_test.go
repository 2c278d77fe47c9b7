package rdb

import (
	"reflect"
	"testing"

	"waybill/store"
)

// What if decides as Place does, and leaves no trace.
func TestWhatIfIsWhatPlaceDoes(t *testing.T) {
	t.Parallel()
	s := stopped(t)
	ctx := t.Context()
	limit(t, s, "warehouse2", 1)
	mustPlace(t, s, line("prod2", 1))
	to := &store.Point{Lat: 54.35, Lon: 18.65}
	for _, lines := range [][]store.Line{{line("prod2", 1)}, {line("prod1", 2), line("prod6", 1)}, {line("prod5", 3), line("prod4", 1), line("prod8", 1)}} {
		before := s.client.DBSize(ctx).Val()
		outcome, err := s.WhatIf(ctx, store.Request{Lines: lines, To: to, Speed: store.Standard})
		must(t, err)
		if after := s.client.DBSize(ctx).Val(); after != before {
			t.Errorf("asking left %d keys", after-before)
		}
		check(t, s)
		o := mustPlace(t, s, lines...)
		for i := range o.Plan.Sources {
			o.Plan.Sources[i].Transfer = ""
		}
		if !reflect.DeepEqual(outcome.Plan.Sources, o.Plan.Sources) || !outcome.Plan.PromisedAt.Equal(o.PromisedAt) || outcome.Plan.LeavesOn != o.Plan.LeavesOn {
			t.Errorf("%v: decided %+v, placed %+v", lines, outcome.Plan, o.Plan)
		}
	}
	// What waiting orders claim is not there for others.
	claim := placement(line("prod3", 40))
	claim.Draft.Backorder = true
	directory, err := s.Directory(ctx)
	must(t, err)
	lamp := directory.Products["prod3"]
	lamp.Terms.Kind = store.TermsBackorder
	must(t, s.SaveProduct(ctx, lamp))
	waiting, _, err := s.Place(ctx, claim)
	if err != nil || waiting.Status != store.Backordered {
		t.Fatalf("%s, %v", waiting.Status, err)
	}
	outcome, err := s.WhatIf(ctx, store.Request{Lines: []store.Line{line("prod3", 1)}, To: to, Speed: store.Standard})
	if err != nil || len(outcome.Short) != 1 || outcome.Short[0].Left != 0 || !outcome.Short[0].Waits {
		t.Errorf("units that are claimed are promised again: %+v, %v", outcome, err)
	}
	outcome, err = s.WhatIf(ctx, store.Request{Lines: []store.Line{line("prod2", 500), line("prod2", 400)}, Speed: store.Express})
	if err != nil || len(outcome.Short) != 1 || outcome.Short[0].Wanted != 900 {
		t.Errorf("too much: %+v, %v", outcome, err)
	}
}
