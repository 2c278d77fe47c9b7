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
	Stock     importStockCommand  `cmd:"" help:"Book a CSV file of counts: all of it, or nothing and a list of its faults. The columns are warehouse, product, on_hand and perhaps threshold and reason; a count says how many units there are, so the same file twice changes nothing. The threshold is below how many free units the product runs low there: an empty cell leaves it as it is, 0 takes it away. A file with thresholds may have no column on_hand; then what is on hand stays as it is."`
	Resume    importResumeCommand `cmd:"" help:"Finish the files whose booking was interrupted. A running shop does so by itself."`
	Dump      importDumpCommand   `cmd:"" help:"Bring a shop that waybill export has written into an empty Redis, single or cluster. Afterwards what is there is counted."`
	SeedRedis importSeedCommand   `cmd:"" help:"Turn the sets warehouseN:product_list that outside programs keep in Redis into warehouses, products and stock, where the shop has none of them. Each product of a set is counted as --units units. What the shop knows stays as it is, so a second time changes nothing. A warehouse that is new has no coordinates: an administrator has to give them on /admin."`
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
				fmt.Fprintln(stdout, changeWords(change))
			}
			fmt.Fprintf(stdout, "%d of %d rows would change something. Nothing was changed.\n", len(changes), len(rows))
			return nil
		}
		im, err := s.BookFile(ctx, importer, filepath.Base(c.File), rows, func(im store.Import) { progress(stdout, im) })
		if err != nil {
			return fmt.Errorf("%w; a file that is being booked is brought to an end by `waybill serve` or `waybill import resume`", err)
		}
		return booked(stdout, im)
	})
}

// changeWords says what a row would change: "warehouse1 prod1: 3 → 12, low below 0 → 5".
func changeWords(c store.StockChange) string {
	words := fmt.Sprintf("%s %s: %d", c.Warehouse, c.Product, c.Was)
	if c.OnHand != c.Was {
		words += fmt.Sprintf(" → %d", c.OnHand)
	}
	if c.Threshold != c.WasThreshold {
		words += fmt.Sprintf(", low below %d → %d", c.WasThreshold, c.Threshold)
	}
	return words
}

// progress prints how far a file is.
func progress(stdout io.Writer, im store.Import) {
	switch im.State {
	case store.ImportRunning:
		fmt.Fprintf(stdout, "%s is being booked: %d of %d rows\n", im.File, im.Checked, im.Rows)
	case store.ImportUndoing:
		fmt.Fprintf(stdout, "%s: a row was refused, what was booked is being put back\n", im.File)
	}
}

// booked prints what came of a file.
func booked(stdout io.Writer, im store.Import) error {
	if im.State == store.ImportRefused {
		return refuse(stdout, im.Faults, 0)
	}
	fmt.Fprintf(stdout, "%d rows read, %d changed something.\n", im.Rows, im.Changes)
	return nil
}

// importResumeCommand finishes what a process has left that did not live long enough. A running shop does it
// by itself.
type importResumeCommand struct{ common }

func (c *importResumeCommand) run(ctx context.Context, stdout io.Writer) error {
	return c.onStore(ctx, func(s *rdb.Store) error {
		files, err := s.ResumeImports(ctx, func(im store.Import) { progress(stdout, im) })
		if err != nil {
			return err
		}
		if len(files) == 0 {
			fmt.Fprintln(stdout, "No file was left half booked.")
		}
		var refused error
		for _, im := range files {
			fmt.Fprintf(stdout, "%s: ", im.File)
			if err := booked(stdout, im); err != nil {
				refused = err
			}
		}
		return refused
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
