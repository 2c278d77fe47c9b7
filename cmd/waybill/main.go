// Command waybill runs the shop. It is the only place that sees every room of the house.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	_ "time/tzdata" // zones, for machines that have none installed

	"github.com/alecthomas/kong"
)

// version says what this program was built from; the Makefile stamps it.
var version = "unstamped"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the process at once
	if err := run(ctx, os.Args[1:], os.Getenv, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "waybill:", err)
		os.Exit(1)
	}
}

// cli is the command line. Each setting can also be given as an environment variable:
// --data-dir is WAYBILL_DATA_DIR.
type cli struct {
	Serve     serveCommand     `cmd:"" help:"Run the shop."`
	Reconcile reconcileCommand `cmd:"" help:"Make the lists in Redis equal to what the orders say, and print what was mended."`
	Import    importCommand    `cmd:"" help:"Bring stock in from a file, or from what outside programs have written; or a whole shop from an export."`
	Export    exportCommand    `cmd:"" help:"Write stock, or the whole shop, into a file."`
	Version   struct{}         `cmd:"" help:"Print which version this is."`
}

// common is what every command that talks to Redis wants to know.
type common struct {
	Redis    string `placeholder:"URL" help:"Which Redis to use: redis://, rediss://, unix://, redis+sentinel://host1,host2/master or redis+cluster://host1,host2. Without it Waybill runs its own redis-server; \"memory\" keeps everything in this process only. (WAYBILL_REDIS)"`
	DataDir  string `default:"./data" placeholder:"DIR" help:"Where data is kept: ${default}. (WAYBILL_DATA_DIR)"`
	Zone     string `default:"Europe/Warsaw" help:"Time zone of the shop: ${default}. (WAYBILL_ZONE)"`
	LogLevel string `default:"warn" enum:"debug,info,warn,error" help:"What is logged: debug, info, warn or error; ${default} unless told. (WAYBILL_LOG_LEVEL)"`
}

// run is the program, for main and for tests: it returns when the command is done, or when
// ctx ends and everything that it started is gone. Logs go to stderr, all else to stdout.
func run(ctx context.Context, args []string, getenv func(string) string, stdout io.Writer) error {
	var c cli
	exited := false // kong has answered by itself, to --help
	parser, err := kong.New(&c,
		kong.Name("waybill"),
		kong.Description("Order management for a shop with several warehouses: one program and Redis."),
		kong.Writers(stdout, os.Stderr),
		kong.Exit(func(int) { exited = true }),
		kong.Resolvers(fromEnvironment(getenv)),
		kong.UsageOnError(),
	)
	if err != nil {
		return err
	}
	chosen, err := parser.Parse(args)
	if exited {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%w (waybill --help tells what can be said)", err)
	}
	switch chosen.Command() {
	case "serve":
		return c.Serve.run(ctx, getenv("WAYBILL_API_KEY"), stdout)
	case "reconcile":
		return c.Reconcile.run(ctx, stdout)
	case "import stock <file>":
		return c.Import.Stock.run(ctx, stdout)
	case "import resume":
		return c.Import.Resume.run(ctx, stdout)
	case "import dump <file>":
		return c.Import.Dump.run(ctx, stdout)
	case "export stock", "export stock <file>":
		return c.Export.Stock.run(ctx, stdout)
	case "export shop <file>":
		return c.Export.Shop.run(ctx, stdout)
	case "import seed-redis":
		return c.Import.SeedRedis.run(ctx, stdout)
	default:
		_, err := fmt.Fprintln(stdout, "waybill", version)
		return err
	}
}

// fromEnvironment finds the value of a flag that was not given: WAYBILL_ and its name.
func fromEnvironment(getenv func(string) string) kong.Resolver {
	return kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
		if value := getenv("WAYBILL_" + strings.ToUpper(strings.ReplaceAll(flag.Name, "-", "_"))); value != "" {
			return value, nil
		}
		return nil, nil //nolint:nilnil // kong's way to say "not set"
	})
}
