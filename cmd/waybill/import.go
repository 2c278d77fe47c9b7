package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"waybill/handlers/stockfile"
	"waybill/store"
	"waybill/store/rdb"
)

// importCommand brings stock in from files and from what outside programs have written.
type importCommand struct {
	Stock     importStockCommand `cmd:"" help:"Book a CSV file of counts: all of it, or nothing and a list of its faults. The columns are warehouse, product, on_hand and perhaps reason; a count says how many units there are, so the same file twice changes nothing."`
	SeedRedis importSeedCommand  `cmd:"" help:"Turn the sets warehouseN:product_list that outside programs keep in Redis into warehouses, products and stock, where the shop has none of them. Each product of a set is counted as --units units. What the shop knows stays as it is, so a second time changes nothing. A warehouse that is new has no coordinates: an administrator has to give them on /admin."`
}

// importer is whoever runs the command, as the ledger names them.
var importer = store.Actor{Role: store.Admin, ID: "command-line", Name: "The command line"}

type importStockCommand struct {
	common
	File   string `arg:"" help:"The CSV file; - reads what is piped in."`
	DryRun bool   `help:"Only print what would change."`
}

// run prints what changed, or every fault of the file with its line and column.
func (c *importStockCommand) run(ctx context.Context, stdout io.Writer) error {
	return c.onStore(ctx, func(s *rdb.Store) error {
		rows, err := c.read(ctx, s, stdout)
		if err != nil {
			return err
		}
		changes, faults, err := s.CompareStock(ctx, rows)
		if err != nil {
			return err
		}
		if len(faults) > 0 {
			return refuse(stdout, faults, 0)
		}
		if c.DryRun {
			for _, change := range changes {
				fmt.Fprintf(stdout, "%s %s: %d → %d\n", change.Warehouse, change.Product, change.Was, change.OnHand)
			}
			fmt.Fprintf(stdout, "%d of %d rows would change something. Nothing was changed.\n", len(changes), len(rows))
			return nil
		}
		changed, faults, err := s.BookStock(ctx, importer, rows, "file:"+filepath.Base(c.File), func(int) {})
		if err != nil {
			return err
		}
		if len(faults) > 0 {
			return refuse(stdout, faults, 0)
		}
		fmt.Fprintf(stdout, "%d rows read, %d changed something.\n", len(rows), changed)
		return nil
	})
}

func (c *importStockCommand) read(ctx context.Context, s *rdb.Store, stdout io.Writer) ([]store.StockRow, error) {
	directory, err := s.Directory(ctx)
	if err != nil {
		return nil, err
	}
	in := io.Reader(os.Stdin)
	if c.File != "-" {
		file, err := os.Open(c.File)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		in = file
	}
	read, err := stockfile.Read(in, directory)
	if err != nil {
		return nil, err
	}
	if len(read.Faults) > 0 {
		return nil, refuse(stdout, read.Faults, read.More)
	}
	return read.Rows, nil
}

// refuse prints what is wrong with a file.
func refuse(stdout io.Writer, faults []store.StockFault, more int) error {
	for _, fault := range faults {
		place := ""
		if fault.Line > 0 {
			place = fmt.Sprintf("line %d", fault.Line)
		}
		if fault.Column > 0 {
			place += fmt.Sprintf(", column %d", fault.Column)
		}
		fmt.Fprintln(stdout, strings.TrimPrefix(place+": "+fault.Message, ": "))
	}
	if more > 0 {
		fmt.Fprintf(stdout, "and %d more\n", more)
	}
	return errors.New("the file was refused, nothing was changed")
}

type importSeedCommand struct {
	common
	Units int `default:"1" help:"How many units a product in a set stands for: ${default}."`
}

// run prints what the sets have become.
func (c *importSeedCommand) run(ctx context.Context, stdout io.Writer) error {
	return c.onStore(ctx, func(s *rdb.Store) error {
		done, err := s.ImportSeed(ctx, importer, c.Units)
		for _, w := range done.Warehouses {
			fmt.Fprintf(stdout, "new warehouse %s: give its coordinates on /admin\n", w)
		}
		for _, p := range done.Products {
			fmt.Fprintf(stdout, "new product %s\n", p)
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(stdout, "%d warehouses, %d products and %d counts are new.\n", len(done.Warehouses), len(done.Products), done.Counts)
		return nil
	})
}

// onStore does something with the shop's memory, beside a running shop or without one.
func (c common) onStore(ctx context.Context, do func(*rdb.Store) error) error {
	log, err := c.logger()
	if err != nil {
		return err
	}
	zone, err := c.zone()
	if err != nil {
		return err
	}
	redis, err := c.join(ctx, log)
	if err != nil {
		return err
	}
	defer closeEngine(redis, log)
	return do(newStore(redis, zone, log))
}
