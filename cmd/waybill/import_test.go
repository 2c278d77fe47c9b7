package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"waybill/store/storetest"
)

// told runs a command and gives what it printed.
func told(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	err := run(context.Background(), args, func(string) string { return "" }, &out)
	return out.String(), err
}

// The seed's sets become a shop, a file of counts is booked, booked again, and refused.
func TestImportCommands(t *testing.T) {
	server := storetest.Redis(t)
	if err := server.Client().SAdd(t.Context(), "warehouse1:product_list", "prod1", "prod4").Err(); err != nil {
		t.Fatal(err)
	}
	at := []string{"--redis", server.URL(), "--data-dir", t.TempDir()}
	command := func(args ...string) (string, error) { return told(t, append(args, at...)...) }
	file := func(text string) string {
		name := filepath.Join(t.TempDir(), "stock.csv")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	good := file("warehouse,product,on_hand\nwarehouse1,prod1,12\nwarehouse1,prod4,3\n")
	low := file("warehouse,product,threshold\nwarehouse1,prod1,5\nwarehouse1,prod4,\n")
	bad := file("warehouse,product,on_hand\nwarehouse1,prod1,99\nwarehouse1,prod7,-3\n")
	for _, step := range []struct {
		args  []string
		says  string
		fails bool
	}{
		{[]string{"import", "seed-redis", "--units", "3"}, "1 warehouses, 2 products and 2 counts are new", false},
		{[]string{"import", "seed-redis"}, "0 warehouses, 0 products and 0 counts are new", false},
		{[]string{"import", "stock", good, "--dry-run"}, "warehouse1 prod1: 3 → 12\n1 of 2 rows would change", false},
		{[]string{"import", "stock", good}, "2 rows read, 1 changed", false},
		{[]string{"import", "stock", good}, "2 rows read, 0 changed", false},
		{[]string{"import", "stock", low, "--dry-run"}, "warehouse1 prod1: 12, low below 0 → 5\n1 of 2 rows would change", false},
		{[]string{"import", "stock", low}, "2 rows read, 1 changed", false},
		{[]string{"import", "stock", low}, "2 rows read, 0 changed", false},
		{[]string{"import", "stock", good}, "2 rows read, 0 changed", false},
		{[]string{"import", "resume"}, "No file was left half booked", false},
		{[]string{"import", "stock", bad}, "line 3, column 2: There is no product \"prod7\".\nline 3, column 3: Count between", true},
		{[]string{"import", "stock", filepath.Join(t.TempDir(), "none.csv")}, "", true},
	} {
		out, err := command(step.args...)
		if !strings.Contains(out, step.says) || (err != nil) != step.fails {
			t.Errorf("%v: %v\n%s", step.args, err, out)
		}
	}
	if units := server.Client().HGet(t.Context(), "warehouse1:stock", "prod1").Val(); units != "12" {
		t.Errorf("prod1: %s", units)
	}

	const stock = "warehouse,product,on_hand,threshold,reserved,available,name\nwarehouse1,prod1,12,5,0,12,prod1\nwarehouse1,prod4,3,0,0,3,prod4\n"
	if out, err := command("export", "stock"); err != nil || out != stock {
		t.Errorf("export to the screen: %v\n%s", err, out)
	}
	name := file("an older export")
	if out, err := command("export", "stock", name); err != nil || !strings.Contains(out, "holds the stock of 1 warehouses") {
		t.Errorf("export to a file: %v\n%s", err, out)
	}
	if written, err := os.ReadFile(name); err != nil || string(written) != stock {
		t.Errorf("%v: the file is\n%s", err, written)
	}
	if out, err := command("import", "stock", name); err != nil || !strings.Contains(out, "2 rows read, 0 changed") {
		t.Errorf("what was exported comes back: %v\n%s", err, out)
	}
	if err := errors.Join(server.Client().HSet(t.Context(), "warehouse1:thresholds", "prod4", 9).Err(), server.Client().HSet(t.Context(), "warehouse1:thresholds", "prod1", 9).Err()); err != nil {
		t.Fatal(err)
	}
	if out, err := command("import", "stock", name, "--dry-run"); err != nil || !strings.Contains(out, "warehouse1 prod1: 12, low below 9 → 5\nwarehouse1 prod4: 3, low below 9 → 0\n") {
		t.Errorf("thresholds would come back: %v\n%s", err, out)
	}
	if out, err := command("import", "stock", name); err != nil || !strings.Contains(out, "2 rows read, 2 changed") {
		t.Errorf("thresholds come back: %v\n%s", err, out)
	}
	if out, err := command("export", "stock"); err != nil || out != stock {
		t.Errorf("export after import: %v\n%s", err, out)
	}
	if _, err := command("export", "stock", filepath.Join(t.TempDir(), "none", "stock.csv")); err == nil {
		t.Error("exported into a folder that is not there")
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(name), ".waybill-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// The command is stopped in the middle of a file. Nothing has to be run with the file again: the next
// process brings it to its end.
func TestImportIsResumed(t *testing.T) {
	server := storetest.Redis(t)
	client, ctx := server.Client(), t.Context()
	const products = 12_000
	_, err := client.Pipelined(ctx, func(p redis.Pipeliner) error {
		p.SAdd(ctx, "warehouses", "w1")
		p.HSet(ctx, "w1", "name", "One")
		for i := range products {
			p.SAdd(ctx, "products", fmt.Sprint("p", i))
			p.HSet(ctx, fmt.Sprint("product:p", i), "name", fmt.Sprint("Product ", i))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	text.WriteString("warehouse,product,on_hand\n")
	for i := range products {
		fmt.Fprintf(&text, "w1,p%d,%d\n", i, 1+i%9)
	}
	name := filepath.Join(t.TempDir(), "long.csv")
	if err := os.WriteFile(name, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	at := []string{"--redis", server.URL(), "--data-dir", t.TempDir()}
	stopped, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() {
		ended <- run(stopped, append([]string{"import", "stock", name}, at...), func(string) string { return "" }, &bytes.Buffer{})
	}()
	await(t, 2*time.Minute, "some rows are booked", func() bool { return client.HLen(ctx, "w1:stock").Val() > 0 || len(ended) > 0 })
	stop()
	if err := <-ended; err == nil {
		t.Fatal("the file was through before it was stopped")
	}
	if n := client.HLen(ctx, "w1:stock").Val(); n == products {
		t.Fatal("all of it was booked before it was stopped")
	}
	out, err := told(t, append([]string{"import", "resume"}, at...)...)
	if err != nil || !strings.Contains(out, fmt.Sprintf("long.csv: %d rows read, %d changed something.", products, products)) {
		t.Errorf("%v\n%s", err, out)
	}
	if n := client.HLen(ctx, "w1:stock").Val(); n != products {
		t.Errorf("%d of %d counts are booked", n, products)
	}
}
