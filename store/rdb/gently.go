package rdb

import (
	"context"
	"time"
)

const (
	restsFor  = 4                      // times as long as a step took, so Redis is busy with it for a fifth of the time
	restsMost = 250 * time.Millisecond // after one step
)

type gentle struct{}

// gently marks work that nobody waits for, such as a look at all orders that there ever were: between its
// steps it leaves Redis to those who do wait.
func gently(ctx context.Context) context.Context { return context.WithValue(ctx, gentle{}, true) }

// rest is called after each step of work that may be long. It sleeps only in work that goes gently.
func rest(ctx context.Context, began time.Time) error {
	if ctx.Value(gentle{}) == nil {
		return ctx.Err()
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(min(restsMost, restsFor*time.Since(began))):
		return nil
	}
}
