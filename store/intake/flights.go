package intake

import (
	"context"
	"sync"
	"time"

	"waybill/store"
)

// flights are the orders that somebody is making at this moment, on this node.
type flights struct {
	mu  sync.Mutex
	all map[store.Number]chan struct{}
}

// begin notes that an order is being made, until land is called.
func (f *flights) begin(n store.Number) (land func()) {
	landed := make(chan struct{})
	f.mu.Lock()
	f.all[n] = landed
	f.mu.Unlock()
	return func() {
		f.mu.Lock()
		if f.all[n] == landed {
			delete(f.all, n)
		}
		f.mu.Unlock()
		close(landed)
	}
}

// up tells whether somebody is making an order.
func (f *flights) up(n store.Number) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.all[n] != nil
}

// await waits until nobody is making an order any more, for a while; false when nobody was.
func (f *flights) await(ctx context.Context, n store.Number, most time.Duration) bool {
	f.mu.Lock()
	landed := f.all[n]
	f.mu.Unlock()
	if landed == nil {
		return false
	}
	late := time.NewTimer(most)
	defer late.Stop()
	select {
	case <-landed:
	case <-late.C:
	case <-ctx.Done():
	}
	return true
}
