package intake

import (
	"context"
	"testing"

	"waybill/store"
)

// told is a shop of which only links tell.
type told struct{ *shop }

func (told) OrderByToken(_ context.Context, token string) (store.Order, error) {
	return store.Order{Number: 7, Token: token, Status: store.Received}, &store.Error{Kind: store.Unavailable, Err: errOutage}
}

// TestCancelledWhenTimeIsUp: that Redis has had all the time there was does not keep the wish from the disk.
func TestCancelledWhenTimeIsUp(t *testing.T) {
	i := open(t, &shop{})
	i.Pages = told{&shop{}}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	order, done, err := i.CancelByToken(ctx, store.Actor{Role: store.Customer}, "link", "changed my mind")
	if err != nil || done || order.Number != 7 {
		t.Errorf("order %s, done %v, %v", order.Number, done, err)
	}
	if list := i.Journal.Unwanted(0, 10); len(list) != 1 || list[0].Token != "link" || list[0].Why != "changed my mind" {
		t.Errorf("written down: %+v", list)
	}
	if order, _ := i.OrderByToken(t.Context(), "link"); order.Unwanted.IsZero() {
		t.Errorf("who looks again is not told: %+v", order)
	}
}
