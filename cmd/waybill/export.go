package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"waybill/handlers/stockfile"
	"waybill/store/rdb"
)

// exportCommand writes what is in the shop into files.
type exportCommand struct {
	Shop  exportShopCommand  `cmd:"" default:"withargs" help:"Write the whole shop into a file, for waybill import dump into another Redis, single or cluster. All nodes must be stopped. The word shop can be left out."`
	Stock exportStockCommand `cmd:"" help:"Write what every warehouse holds and below how many free units it runs low, as a CSV file that can be changed and brought back by waybill import stock. Nodes may run meanwhile."`
}

// exportStockCommand writes stock as it is in the browser's download.
type exportStockCommand struct {
	common
	File string `arg:"" default:"-" help:"Where to write it; a file that is there is replaced. - writes it to the screen, for other programs."`
}

func (c *exportStockCommand) run(ctx context.Context, stdout io.Writer) error {
	return c.onStore(ctx, func(s *rdb.Store) error {
		directory, err := s.Directory(ctx)
		if err != nil {
			return err
		}
		stock, err := stockfile.Shelves(ctx, s, directory.WarehouseIDs)
		if err != nil {
			return err
		}
		if c.File == "-" {
			return stockfile.Write(stdout, stock)
		}
		if err := replace(c.File, func(w io.Writer) error { return stockfile.Write(w, stock) }); err != nil {
			return err
		}
		_, err = fmt.Fprintf(stdout, "%s holds the stock of %d warehouses.\n", c.File, len(stock))
		return err
	})
}

// replace writes a file or leaves the one that is there: whoever reads it meanwhile finds one of them whole.
func replace(path string, write func(io.Writer) error) (err error) {
	file, err := os.CreateTemp(filepath.Dir(path), ".waybill-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(file.Name())
		}
	}()
	out := bufio.NewWriter(file)
	err = errors.Join(write(out), out.Flush(), file.Chmod(0o644), file.Close())
	if err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}
