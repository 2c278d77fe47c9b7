package rdb

import (
	"context"
	"sync"
	"testing"
	"time"

	"waybill/store"
	"waybill/store/demo"
	"waybill/store/storetest"
)

// TestNobodyQueuesForTheDirectory asks from many at once while Redis is silent: each waits for as long as
// they want to, not for those who came before.
func TestNobodyQueuesForTheDirectory(t *testing.T) {
	server := storetest.Redis(t)
	s := newStore(server.Client())
	must(t, demo.Load(t.Context(), s))
	time.Sleep(directoryAge + 10*time.Millisecond)
	server.Stop()
	began := time.Now()
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			if _, err := s.Directory(ctx); store.KindOf(err) != store.Unavailable {
				t.Errorf("a silent Redis: %v", err)
			}
		})
	}
	all.Wait()
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("20 callers took %v: one after the other", took)
	}
	server.Cont()
	d, err := s.Directory(t.Context())
	must(t, err)
	must(t, s.SaveProduct(t.Context(), store.Product{ID: "fresh", Name: "Fresh"}))
	after, err := s.Directory(t.Context())
	must(t, err)
	if _, known := after.Products["fresh"]; !known || len(after.Products) != len(d.Products)+1 {
		t.Error("the node does not see its own change")
	}
}

// TestAReadingThatAChangeOvertook is told to those who asked before the change, and to nobody after it.
func TestAReadingThatAChangeOvertook(t *testing.T) {
	var d directory
	now := time.Now()
	_, old, mine := d.join(now)
	if !mine {
		t.Fatal("nobody else reads")
	}
	if _, same, mine := d.join(now); same != old || mine {
		t.Error("two read the same")
	}
	d.read, d.reading = time.Time{}, nil // a change
	_, fresh, mine := d.join(now)
	if fresh == old || !mine {
		t.Error("after the change an old reading was joined")
	}
	d.finish(old, store.Directory{ProductIDs: []string{"old"}}, nil, false, now)
	if _, reading, _ := d.join(now); reading != fresh {
		t.Error("the old reading was kept")
	}
	d.finish(fresh, store.Directory{ProductIDs: []string{"new"}}, nil, false, now)
	if kept, reading, _ := d.join(now); reading != nil || kept.ProductIDs[0] != "new" {
		t.Errorf("kept %v", kept.ProductIDs)
	}
}
