package main

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"waybill/store/engine"
	"waybill/store/rdb"
)

// exportShopCommand writes a whole shop into a file.
type exportShopCommand struct {
	common
	File string `arg:"" help:"Where to write it; a file that is there already is left alone. With a name that ends in .gz it is compressed."`
}

// run writes the file or nothing: one that is there is whole.
func (c *exportShopCommand) run(ctx context.Context, stdout io.Writer) (err error) {
	shop, done, err := c.patientStore(ctx, c.join)
	if err != nil {
		return err
	}
	defer done()
	file, err := os.OpenFile(c.File, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err = errors.Join(err, file.Close()); err != nil {
			_ = os.Remove(c.File)
		}
	}()
	out := io.WriteCloser(nopCloser{file})
	if strings.HasSuffix(c.File, ".gz") {
		out = gzip.NewWriter(file)
	}
	result, err := shop.Export(ctx, out, every(stdout, "keys"))
	if err := errors.Join(err, out.Close(), file.Sync()); err != nil {
		return err
	}
	fmt.Fprintf(stdout, "%s holds the shop: %s.\nIt holds its secrets and its customers' addresses too: keep it where nobody else can read it.\n", c.File, tally(result))
	return nil
}

// importDumpCommand brings such a file into an empty Redis.
type importDumpCommand struct {
	common
	File string `arg:"" help:"The file that waybill export has written."`
}

func (c *importDumpCommand) run(ctx context.Context, stdout io.Writer) error {
	file, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer file.Close()
	in := io.Reader(file)
	if strings.HasSuffix(c.File, ".gz") {
		if in, err = gzip.NewReader(file); err != nil {
			return fmt.Errorf("%s: %w", c.File, err)
		}
	}
	shop, done, err := c.patientStore(ctx, func(ctx context.Context, log *slog.Logger) (*engine.Engine, error) {
		return engine.Open(ctx, c.engine(log))
	})
	if err != nil {
		return err
	}
	defer done()
	result, err := shop.ImportDump(ctx, in, every(stdout, "records"))
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "The shop is there, and was counted: %s.\n", tally(result))
	return nil
}

// patientStore is the shop's memory for work that takes long and waits for seconds.
func (c common) patientStore(ctx context.Context, open func(context.Context, *slog.Logger) (*engine.Engine, error)) (*rdb.Store, func(), error) {
	log, err := c.logger()
	if err != nil {
		return nil, nil, err
	}
	zone, err := c.zone()
	if err != nil {
		return nil, nil, err
	}
	redis, err := open(ctx, log)
	if err != nil {
		return nil, nil, err
	}
	partitions, err := rdb.Partitions(ctx, redis.Listening())
	if err != nil {
		closeEngine(redis, log)
		return nil, nil, err
	}
	return newStore(redis, partitions, zone, log).On(redis.Listening()), func() { closeEngine(redis, log) }, nil
}

// every tells how far something is, once a second.
func every(stdout io.Writer, what string) func(int) {
	told := time.Now()
	return func(n int) {
		if time.Since(told) > time.Second {
			told = time.Now()
			fmt.Fprintf(stdout, "%d %s\n", n, what)
		}
	}
}

func tally(r rdb.DumpResult) string {
	entries := 0
	for _, n := range r.Movements {
		entries += n
	}
	return fmt.Sprintf("%d orders, %d products, %d warehouses with %d entries in their ledgers", r.Orders, r.Products, len(r.Movements), entries)
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }
