package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"

	"waybill/store/rdb"
)

var errNoShop = errors.New("there is no shop in this Redis: name its --data-dir or its --redis")

// reconcileCommand mends what outsiders or accidents put out of step in Redis.
type reconcileCommand struct {
	common
	DryRun bool `help:"Only print what would be mended."`
}

// run prints one line for each repair. It may work beside a running shop.
func (c *reconcileCommand) run(ctx context.Context, stdout io.Writer) error {
	return c.onStore(ctx, func(shop *rdb.Store) error {
		if opened, err := shop.Marked(ctx, opened); err != nil || !opened {
			return cmp.Or(err, errNoShop)
		}
		repairs, err := shop.Reconcile(ctx, c.DryRun)
		for _, repair := range repairs {
			what := repair.What
			if c.DryRun {
				what = repair.Would()
			}
			fmt.Fprintf(stdout, "%s: %s\n", repair.Subject, what)
		}
		if err != nil {
			return err
		}
		switch {
		case len(repairs) == 0:
			fmt.Fprintln(stdout, "Everything is as it should be.")
		case c.DryRun:
			fmt.Fprintf(stdout, "%d to mend. Nothing was changed.\n", len(repairs))
		default:
			fmt.Fprintf(stdout, "%d mended.\n", len(repairs))
		}
		return nil
	})
}
