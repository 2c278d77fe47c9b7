package rdb

import (
	"context"
	"fmt"
	"testing"
	"time"

	"waybill/store"
)

// What a look has put right is counted, and told to the administrator on every node; what it has only found is
// not.
func TestMendingsAreTold(t *testing.T) {
	s := demoShop(t)
	ctx := t.Context()
	o := mustPlace(t, s, line("prod1", 1))
	sweep(t, s, "before")
	before := s.Mended()
	s.client.LRem(ctx, keyQueue(s.part(o.Number), store.Placed), 0, orderName(o.Number))
	if repairs, err := s.Reconcile(ctx, true); err != nil || len(repairs) != 1 || s.Mended() != before {
		t.Errorf("only found: %v, %v, %d", repairs, err, s.Mended()-before)
	}
	if repairs, err := s.Reconcile(ctx, false); err != nil || len(repairs) != 1 || s.Mended() != before+1 {
		t.Errorf("mended: %v, %v, %d", repairs, err, s.Mended()-before)
	}
	told, err := newStore(s.client).Mendings(ctx, 10)
	must(t, err)
	if len(told) == 0 || told[0].Subject != orderName(o.Number) || told[0].What == "" || time.Since(told[0].At) > time.Minute {
		t.Errorf("told %+v", told)
	}
	var many []Repair
	for n := range 3 * mendingsKept {
		many = append(many, Repair{fmt.Sprint("order:", n), "was so"})
	}
	s.noteRepairs(ctx, many)
	if told, err := s.Mendings(ctx, 1000); err != nil || len(told) != mendingsKept || told[0].Subject != "order:149" {
		t.Errorf("%d are kept, the newest is %+v: %v", len(told), told[0], err)
	}
}

// One node at a time does the housekeeping. When it leaves, another takes over at once; when it dies, as soon as
// its lease has run out.
func TestOneNodeKeepsHouse(t *testing.T) {
	s := demoShop(t)
	type worker struct {
		*keeper
		stop func()
	}
	var workers []*worker
	for range 3 {
		node := newStore(s.client)
		w := &worker{keeper: &keeper{Store: node, reconciler: &reconciler{Store: node}}}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- w.run(ctx, newListener(node)) }()
		w.stop = func() { cancel(); must(t, <-done); w.leads.Store(false) }
		workers = append(workers, w)
	}
	leading := func() (first *worker) {
		eventually(t, time.Minute, "one node leads", func() (bool, string) {
			count := 0
			for _, w := range workers {
				if w.leads.Load() {
					first, count = w, count+1
				}
			}
			return count == 1, fmt.Sprint(count)
		})
		return first
	}
	first := leading()
	for range 20 { // and it stays the one
		if leading() != first {
			t.Fatal("the lead changes without need")
		}
		time.Sleep(50 * time.Millisecond)
	}
	first.stop()
	second := leading()
	if second == first {
		t.Fatal("who has left leads")
	}
	second.stop()
	must(t, s.client.Set(t.Context(), s.keyLease("keeper"), "a node that died", 2*time.Second).Err())
	for _, w := range workers {
		w.leads.Store(false)
	}
	if third := leading(); third == first || third == second {
		t.Fatal("who has left leads")
	} else {
		third.stop()
	}
}
