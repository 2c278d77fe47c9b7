package stockfile

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"waybill/store"
)

func directory() store.Directory {
	d := store.Directory{Warehouses: map[string]store.Warehouse{}, Products: map[string]store.Product{}}
	for _, id := range []string{"warehouse1", "warehouse2"} {
		d.Warehouses[id] = store.Warehouse{ID: id}
	}
	for _, id := range []string{"prod1", "prod2"} {
		d.Products[id] = store.Product{ID: id}
	}
	return d
}

func read(t testing.TB, text string) File {
	t.Helper()
	f, err := Read(strings.NewReader(text), directory())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestGoodFiles(t *testing.T) {
	want := []store.StockRow{{Line: 2, Column: 3, Warehouse: "warehouse1", Product: "prod1", OnHand: 12, Reason: "from a file"}, {Line: 3, Column: 3, Warehouse: "warehouse2", Product: "prod1", OnHand: 0, Reason: "from a file"}}
	for name, text := range map[string]string{
		"plain":            "warehouse,product,on_hand\nwarehouse1,prod1,12\nwarehouse2,prod1,0\n",
		"no last newline":  "warehouse,product,on_hand\nwarehouse1,prod1,12\nwarehouse2,prod1,0",
		"mark and CRLF":    "\ufeffwarehouse,product,on_hand\r\nwarehouse1,prod1,12\r\nwarehouse2,prod1,0\r\n",
		"other order":      "on_hand,product,reason,warehouse\n12,prod1,,warehouse1\n0,prod1,,warehouse2\n",
		"capitals, spaces": " Warehouse ,PRODUCT,on_hand\nwarehouse1, prod1 , 12\nwarehouse2,prod1,0\n",
		"quotes":           "\"warehouse\",product,on_hand\n\"warehouse1\",\"prod1\",\"12\"\nwarehouse2,prod1,0\n",
		"empty lines last": "warehouse,product,on_hand\nwarehouse1,prod1,12\nwarehouse2,prod1,0\n\n,,\n",
		"semicolons":       "\ufeffwarehouse;product;on_hand;reason\r\nwarehouse1;prod1;12;\r\nwarehouse2;prod1;0;\r\n",
		"tabs":             "warehouse\tproduct\ton_hand\nwarehouse1\tprod1\t12\nwarehouse2\tprod1\t0\n",
		"exported":         "warehouse,product,on_hand,reserved,available,name\nwarehouse1,prod1,12,3,9,'=Mug\nwarehouse2,prod1,0,0,0,x\n",
	} {
		f := read(t, text)
		if name == "other order" { // there the units stand first
			for i := range f.Rows {
				f.Rows[i].Column += 2
			}
		}
		if !reflect.DeepEqual(f.Rows, want) || len(f.Faults) > 0 {
			t.Errorf("%s: %+v", name, f)
		}
	}
	if f := read(t, "warehouse,product,on_hand,reason\nwarehouse1,prod1,1,\"Count, \"\"A\"\"\"\n"); len(f.Rows) != 1 || f.Rows[0].Reason != `Count, "A"` {
		t.Errorf("%+v", f)
	}
}

// A threshold may stand beside the count or instead of it; an empty cell leaves it as it is.
func TestThresholds(t *testing.T) {
	below := func(n int) *int { return &n }
	row := func(line int, warehouse string, onHand int, threshold *int) store.StockRow {
		return store.StockRow{Line: line, Column: 3, Warehouse: warehouse, Product: "prod1", OnHand: onHand, Reason: "from a file", Threshold: threshold}
	}
	want := []store.StockRow{row(2, "warehouse1", 12, below(5)), row(3, "warehouse2", 0, nil)}
	if f := read(t, "warehouse,product,on_hand,threshold\nwarehouse1,prod1,12,5\nwarehouse2,prod1,0, \n"); !reflect.DeepEqual(f.Rows, want) {
		t.Errorf("%+v", f)
	}
	f := read(t, "Threshold;warehouse;product\n1000000;warehouse1;prod1\n0;warehouse2;prod1\n")
	for i, n := range []int{1_000_000, 0} {
		want[i] = store.StockRow{Line: 2 + i, Warehouse: want[i].Warehouse, Product: "prod1", Reason: "from a file", Uncounted: true, Threshold: below(n)}
	}
	if !reflect.DeepEqual(f.Rows, want) {
		t.Errorf("%+v", f)
	}
}

// Each class of bad file is refused whole, at the line and the column of its fault.
func TestBadFiles(t *testing.T) {
	const head = "warehouse,product,on_hand\n"
	for name, c := range map[string]struct {
		text         string
		line, column int
		says         string
	}{
		"empty":               {"", 0, 0, "empty"},
		"blank":               {" \r\n\r\n", 0, 0, "empty"},
		"mark only":           {"\ufeff", 0, 0, "empty"},
		"header only":         {head, 1, 0, "no rows"},
		"column missing":      {"warehouse,product\nwarehouse1,prod1\n", 1, 0, "on_hand is missing"},
		"column unknown":      {"warehouse,product,on_hand,colour\n", 1, 4, "colour"},
		"column repeated":     {"warehouse,product,on_hand,product\n", 1, 4, "twice"},
		"no header":           {"warehouse1,prod1,5\n", 1, 1, "no column"},
		"bars":                {"warehouse|product|on_hand\nwarehouse1|prod1|5\n", 1, 1, "commas"},
		"after semicolons":    {"warehouse;product;on_hand\nwarehouse1;prod1;1,5\n", 2, 3, "1,5"},
		"Latin-2, semicolons": {"warehouse;product;on_hand;reason\nwarehouse1;prod1;5;a, b\xf1\n", 2, 4, "UTF-8"},
		"UTF-16":              {"\xff\xfew\x00a\x00", 0, 0, "UTF-16"},
		"Latin-2":             {head + "warehouse1,prod1,5\nGda\xf1sk,prod1,5\n", 3, 1, "UTF-8"},
		"NUL":                 {head + "warehouse1,pr\x00d1,5\n", 2, 2, "NUL"},
		"spreadsheet":         {"PK\x03\x04\x14\x00", 0, 0, "spreadsheet"},
		"old spreadsheet":     {"\xD0\xCF\x11\xE0\xA1", 0, 0, "spreadsheet"},
		"web page":            {"<!doctype html><table>", 0, 0, "web page"},
		"quote left open":     {head + "warehouse1,\"prod1,5\nwarehouse2,prod1,5\n", 2, 0, "not closed"},
		"quote inside":        {head + "warehouse1,prod\"1,5\n", 2, 0, "inside a cell"},
		"after a quote":       {head + "warehouse1,\"prod1\"x,5\n", 2, 0, "not closed as it should"},
		"too few cells":       {head + "warehouse1,prod1\n", 2, 0, "2 cells"},
		"one cell":            {head + "warehouse1\n", 2, 0, "1 cell, the header has 3"},
		"too many cells":      {head + "warehouse1,prod1,1,200\n", 2, 0, "4 cells"},
		"unknown warehouse":   {head + "warehouse9,prod1,5\n", 2, 1, "warehouse9"},
		"unknown product":     {head + "warehouse1,prod9,5\n", 2, 2, "prod9"},
		"no number":           {head + "warehouse1,prod1,\n", 2, 3, "how many"},
		"word":                {head + "warehouse1,prod1,many\n", 2, 3, "many"},
		"negative":            {head + "warehouse1,prod1,-1\n", 2, 3, "between 0"},
		"fraction":            {head + "warehouse1,prod1,1.5\n", 2, 3, "without separators"},
		"thousands":           {head + "warehouse1,prod1,\"1,200\"\n", 2, 3, "without separators"},
		"thousands by space":  {head + "warehouse1,prod1,1 200\n", 2, 3, "without separators"},
		"exponent":            {head + "warehouse1,prod1,1e3\n", 2, 3, "1e3"},
		"hexadecimal":         {head + "warehouse1,prod1,0x10\n", 2, 3, "0x10"},
		"Arabic digits":       {head + "warehouse1,prod1,١٢\n", 2, 3, "not a number"},
		"plus":                {head + "warehouse1,prod1,+5\n", 2, 3, "not a number"},
		"minus only":          {head + "warehouse1,prod1,-\n", 2, 3, "not a number"},
		"2^63":                {head + "warehouse1,prod1,9223372036854775808\n", 2, 3, "between 0"},
		"too large":           {head + "warehouse1,prod1,1000000001\n", 2, 3, "between 0"},
		"formula":             {head + "warehouse1,prod1,=1+1\n", 2, 3, "not a number"},
		"the same row twice":  {head + "warehouse1,prod1,5\nwarehouse2,prod1,5\nwarehouse1,prod1,5\n", 4, 0, "line 2"},
		"long reason":         {"warehouse,product,on_hand,reason\nwarehouse1,prod1,5," + strings.Repeat("x", 201) + "\n", 2, 4, "200"},
		"reason turns around": {"warehouse,product,on_hand,reason\nwarehouse1,prod1,5,a\u202eb\n", 2, 4, "plain"},
		"threshold negative":  {"warehouse,product,on_hand,threshold\nwarehouse1,prod1,5,-1\n", 2, 4, "Give a threshold between 0 and 1,000,000 units."},
		"threshold too large": {"warehouse,product,threshold\nwarehouse1,prod1,1000001\n", 2, 3, "Give a threshold between 0 and 1,000,000 units."},
		"threshold a word":    {"warehouse,product,on_hand,threshold\nwarehouse1,prod1,5,some\n", 2, 4, "not a number"},
		"threshold by comma":  {"warehouse;product;on_hand;threshold\nwarehouse1;prod1;5;1,5\n", 2, 4, "without separators"},
		"threshold, no count": {"warehouse,product,on_hand,threshold\nwarehouse1,prod1,,5\n", 2, 3, "how many"},
		"thresholds twice":    {"warehouse,product,threshold,threshold\n", 1, 4, "twice"},
		"long cell":           {head + "warehouse1," + strings.Repeat("p", 100_000) + ",5\n", 2, 2, "pp…"},
		"line after quotes":   {"warehouse,product,on_hand,reason\nwarehouse1,prod1,5,\"two\nlines\"\n", 2, 4, "plain"},
	} {
		f := read(t, c.text)
		if len(f.Rows) > 0 || len(f.Faults) == 0 {
			t.Errorf("%s: %+v", name, f)
			continue
		}
		if got := f.Faults[0]; got.Line != c.line || got.Column != c.column || !strings.Contains(got.Message, c.says) || len(got.Message) > 300 {
			t.Errorf("%s: line %d, column %d: %s", name, got.Line, got.Column, got.Message)
		}
	}
}

func TestManyFaultsAndManyRows(t *testing.T) {
	bad := read(t, "warehouse,product,on_hand\n"+strings.Repeat("x,y,z\n", 1000))
	if len(bad.Faults) != MaxFaults || bad.More != 2900 {
		t.Errorf("%d faults and %d more", len(bad.Faults), bad.More)
	}
	if f := read(t, "warehouse,product,on_hand\n"+strings.Repeat("warehouse1,prod1,5\n", MaxRows+1)); !strings.Contains(fmt.Sprint(f), "100") || len(f.Rows) > 0 {
		t.Error("too many rows were taken")
	}
	if f := read(t, strings.Repeat(" ", MaxBytes+1)); len(f.Faults) != 1 || !strings.Contains(f.Faults[0].Message, "32 MB") {
		t.Errorf("a large file: %+v", f.Faults)
	}
	if _, err := Read(iotest.ErrReader(errors.New("cut off")), directory()); err == nil {
		t.Error("a broken file was read")
	}
}

// What is written can be read again, and no cell of it is a formula.
func TestRoundTrip(t *testing.T) {
	var out bytes.Buffer
	err := Write(&out, []Stock{{"warehouse1", []store.Shelf{
		{Product: store.Product{ID: "prod1", Name: `=HYPERLINK("x","y")`}, Level: store.Level{OnHand: 5, Reserved: 2}, Threshold: 4},
		{Product: store.Product{ID: "prod2", Name: "+1 Mug, \"blue\""}, Level: store.Level{OnHand: 7}},
	}}})
	want := "warehouse,product,on_hand,threshold,reserved,available,name\nwarehouse1,prod1,5,4,2,3,\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\"\nwarehouse1,prod2,7,0,0,7,\"'+1 Mug, \"\"blue\"\"\"\n"
	if err != nil || out.String() != want {
		t.Fatalf("%v\n%s", err, out.String())
	}
	if f := read(t, out.String()); len(f.Rows) != 2 || f.Rows[0].OnHand != 5 || *f.Rows[0].Threshold != 4 || *f.Rows[1].Threshold != 0 {
		t.Errorf("%+v", f)
	}
}

func TestLongFileIsReadQuickly(t *testing.T) {
	d := directory()
	var b strings.Builder
	b.WriteString("warehouse,product,on_hand,reason\n")
	for i := range 100_000 {
		id := fmt.Sprint("p", i)
		d.Products[id] = store.Product{ID: id}
		fmt.Fprintf(&b, "warehouse1,%s,%d,yearly count\n", id, i)
	}
	start := time.Now()
	f, err := Read(strings.NewReader(b.String()), d)
	if err != nil || len(f.Rows) != 100_000 || time.Since(start) > 30*time.Second {
		t.Errorf("%d rows in %v: %v %v", len(f.Rows), time.Since(start), f.Faults, err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add("warehouse,product,on_hand\nwarehouse1,prod1,5\n")
	f.Add("\ufeffwarehouse;product\r\n\"")
	d := directory()
	f.Fuzz(func(t *testing.T, text string) {
		file, err := Read(strings.NewReader(text), d)
		if err != nil || (len(file.Rows) > 0) == (len(file.Faults) > 0) {
			t.Errorf("%+v %v", file, err)
		}
	})
}
