package rdb

import (
	"errors"
	"testing"

	"waybill/store"
)

// overtaken has an attempt at an order learn that a later one is faster: when it reserves, when it finds the
// order made, and when it is not let make it. What it has reserved is free at once, and no unit of the later one.
func overtaken(t testing.TB, l *lab) {
	ctx := t.Context()
	here, there := store.Source{Warehouse: "warehouse1", Lines: []store.Line{line("prod1", 2)}}, store.Source{Warehouse: "warehouse2", Lines: []store.Line{line("prod6", 1)}}
	for what, late := range map[string]func(*Store, store.Order) error{
		"reserves": func(s *Store, o store.Order) error {
			o.Plan = store.Plan{Assembly: "warehouse1", Sources: []store.Source{here}}
			if _, err := s.reserve(ctx, o, 1001, o.Plan, shopper); err != nil {
				return err
			}
			_, err := s.reserve(ctx, o, 1, store.Plan{Assembly: "warehouse2", Sources: []store.Source{here, there}}, shopper)
			if store.KindOf(err) != store.Conflict {
				t.Errorf("the earlier attempt reserved: %v", err)
			}
			o.Attempt, o.Warehouse, o.PromisedAt, o.FirstDate = 1001, "warehouse1", s.now(), s.now()
			_, err = s.create(ctx, shopper, o, "body")
			return err
		},
		"finds it made": func(s *Store, o store.Order) error {
			plan := store.Plan{Assembly: "warehouse1", Sources: []store.Source{here}}
			if _, err := s.reserve(ctx, o, 1001, plan, shopper); err != nil {
				return err
			}
			made := o
			made.Plan, made.Attempt, made.Warehouse, made.PromisedAt, made.FirstDate = plan, 1001, "warehouse1", s.now(), s.now()
			if _, err := s.create(ctx, shopper, made, "body"); err != nil {
				return err
			}
			o.Lines = there.Lines
			found, err := s.placeOnce(ctx, store.Acceptance{Placement: store.Placement{Who: shopper}}, o, "body", 1, mustStock(t, s, o.Lines))
			if found.Attempt != 1001 {
				t.Errorf("it found %s", asJSON(found))
			}
			return err
		},
		"finds it cancelled": func(s *Store, o store.Order) error {
			made := o
			made.Status, made.Attempt = store.Cancelled, 1001
			if _, err := s.create(ctx, shopper, made, "body"); err != nil {
				return err
			}
			o.Lines = there.Lines
			found, err := s.placeOnce(ctx, store.Acceptance{Placement: store.Placement{Who: shopper}}, o, "body", 1, mustStock(t, s, o.Lines))
			if found.Status != store.Cancelled {
				t.Errorf("it found %s", asJSON(found))
			}
			return err
		},
		"is not let": func(s *Store, o store.Order) error {
			if _, err := s.fence(ctx, o.Number, 1000); err != nil {
				return err
			}
			o.Lines = there.Lines
			if _, err := s.placeOnce(ctx, store.Acceptance{Placement: store.Placement{Who: shopper}}, o, "body", 1, mustStock(t, s, o.Lines)); !errors.Is(err, store.ErrBusy) {
				t.Errorf("the earlier attempt: %v", err)
			}
			return nil
		},
	} {
		s := l.shop(t)
		o := store.Order{Number: 300104, UID: "overtaken", Token: "overtaken", Lines: here.Lines, Speed: store.Standard, Status: store.Placed, PlacedAt: s.now(), Recipient: draft().Recipient}
		must(t, late(s, o))
		if level, err := s.level(t.Context(), "warehouse2", "prod6"); err != nil || level.Reserved != 0 {
			t.Errorf("%s: %d are reserved, %v", what, level.Reserved, err)
		}
		check(t, s)
		sweep(t, l.later(), "overtaken: "+what)
	}
}
