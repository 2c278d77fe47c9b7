package store

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// wantFields checks that an error is Invalid and names exactly these fields, each with words.
func wantFields(t *testing.T, err error, fields ...string) {
	t.Helper()
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Kind != Invalid {
		t.Errorf("got %v, want Invalid for %v", err, fields)
		return
	}
	slices.Sort(fields)
	if got := slices.Sorted(maps.Keys(e.Fields)); !slices.Equal(got, fields) {
		t.Errorf("blames %v, not %v", got, fields)
	}
	for field, message := range e.Fields {
		if strings.TrimSpace(message) == "" || strings.TrimSpace(e.Message) == "" {
			t.Errorf("says nothing about %s", field)
		}
	}
}

func goodDraft() Draft {
	return Draft{
		Recipient: Recipient{
			Name: "Jan Kowalski", Email: "jan@example.com", Phone: "+48501234567",
			Address: Address{Line1: "ul. Długa 1", Line2: "m. 4", City: "Łódź", PostalCode: "90-001", Country: "PL"},
		},
		Lines: []Line{{"prod1", 2}, {"prod6", 1}},
		Speed: Express,
	}
}

func TestCheckTakesWhatPeopleWrite(t *testing.T) {
	for name, change := range map[string]func(*Draft){
		"as it is":           func(*Draft) {},
		"no phone, no line2": func(d *Draft) { d.Recipient.Phone, d.Recipient.Address.Line2 = "", "" },
		"other scripts":      func(d *Draft) { d.Recipient.Name, d.Recipient.Address.City = "محمد O’Neill-Żółć", "東京" },
		"a joiner within":    func(d *Draft) { d.Recipient.Name = "می\u200cخواهم" },
		"100 wide letters":   func(d *Draft) { d.Recipient.Name = strings.Repeat("ż", 100) },
		"no postal codes":    func(d *Draft) { d.Recipient.Address.PostalCode = "-" },
		"as many as may be":  func(d *Draft) { d.Lines = manyLines(MaxLines, MaxQuantity) },
	} {
		t.Run(name, func(t *testing.T) {
			d := goodDraft()
			change(&d)
			if err := d.Clean().Check(); err != nil {
				t.Error(err)
			}
			if again := d.Clean(); !reflect.DeepEqual(again, again.Clean()) {
				t.Error("a clean draft changes when it is cleaned")
			}
		})
	}
}

// Nobody has to make up a postal code where there are none; what is there is still text.
func TestCountriesWithoutPostalCodes(t *testing.T) {
	const field = "recipient.address.postal_code"
	d := goodDraft()
	for country, needed := range map[string]bool{"HK": false, "AE": false, "ZW": false, "PL": true, "DE": true} {
		d.Recipient.Address.Country, d.Recipient.Address.PostalCode = country, ""
		if err := d.Clean().Check(); needed {
			wantFields(t, err, field)
		} else if err != nil {
			t.Errorf("%s: %v", country, err)
		}
		d.Recipient.Address.PostalCode = "1\u202e2"
		wantFields(t, d.Clean().Check(), field)
	}
	d.Recipient.Address.Country, d.Recipient.Address.PostalCode = "", ""
	wantFields(t, d.Clean().Check(), field, "recipient.address.country")
}

func manyLines(n, quantity int) []Line {
	lines := make([]Line, n)
	for i := range lines {
		lines[i] = Line{fmt.Sprintf("prod%d", i), quantity}
	}
	return lines
}

// The texts of a form, and how each is named in an answer.
var texts = map[string]struct {
	of      func(*Recipient) *string
	needed  bool
	longest int
}{
	"recipient.name":                {func(r *Recipient) *string { return &r.Name }, true, 100},
	"recipient.email":               {func(r *Recipient) *string { return &r.Email }, true, 254},
	"recipient.phone":               {func(r *Recipient) *string { return &r.Phone }, false, 24},
	"recipient.address.line1":       {func(r *Recipient) *string { return &r.Address.Line1 }, true, 120},
	"recipient.address.line2":       {func(r *Recipient) *string { return &r.Address.Line2 }, false, 120},
	"recipient.address.city":        {func(r *Recipient) *string { return &r.Address.City }, true, 80},
	"recipient.address.postal_code": {func(r *Recipient) *string { return &r.Address.PostalCode }, true, 12},
	"recipient.address.country":     {func(r *Recipient) *string { return &r.Address.Country }, true, 2},
}

func TestCheckRefusesBadText(t *testing.T) {
	for field, text := range texts {
		bad := map[string]string{
			"NUL": "Kra\x00ków", "invalid UTF-8": "Krak\xf3w", "control": "Kra\x1b[31mków", "bidi override": "Kra\u202ewók", "bidi isolate": "Kra\u2066ków",
			"byte order mark": "\ufeffKraków", "delete": "Kra\x7fków", "too long": strings.Repeat("ó", text.longest+1), "far too long": strings.Repeat("x", 1<<20),
		}
		if text.needed {
			maps.Copy(bad, map[string]string{"empty": "", "blank": " \t\r\n\u00a0\u2003 ", "nothing to be seen": "\u200b\u2060\u200d\u00ad"})
		}
		for class, value := range bad {
			t.Run(field+" "+class, func(t *testing.T) {
				d := goodDraft()
				*text.of(&d.Recipient) = value
				wantFields(t, d.Clean().Check(), field)
			})
		}
	}
}

func TestCheckRefusesBadAddresses(t *testing.T) {
	for _, email := range []string{"jan", "jan@", "@example.com", "jan@@example.com", "Jan <jan@example.com>", "<jan@example.com>", "jan@example.com, eva@example.com", "jan@example.com\r\nBcc: eva@example.com", "jan example@example.com", `"jan"@example.com (Jan)`} {
		d := goodDraft()
		d.Recipient.Email = email
		wantFields(t, d.Clean().Check(), "recipient.email")
	}
	for _, country := range []string{"P", "POL", "P1", "Poland", "ЯЯ", "--", "ß"} {
		d := goodDraft()
		d.Recipient.Address.Country = country
		wantFields(t, d.Clean().Check(), "recipient.address.country")
	}
	wantFields(t, Draft{}.Clean().Check(), "lines", "recipient.name", "recipient.email", "recipient.address.line1",
		"recipient.address.city", "recipient.address.postal_code", "recipient.address.country")
}

func TestCheckRefusesBadLines(t *testing.T) {
	for name, c := range map[string]struct {
		lines  []Line
		fields []string
	}{
		"none":                    {nil, []string{"lines"}},
		"zero":                    {[]Line{{"prod1", 0}}, []string{"lines[0].quantity"}},
		"minus one":               {[]Line{{"prod1", 1}, {"prod2", -1}}, []string{"lines[1].quantity"}},
		"one too many":            {[]Line{{"prod1", MaxQuantity + 1}}, []string{"lines[0].quantity"}},
		"2^63-1":                  {[]Line{{"prod1", math.MaxInt64}}, []string{"lines[0].quantity"}},
		"-2^63":                   {[]Line{{"prod1", math.MinInt64}}, []string{"lines[0].quantity"}},
		"a sum too large":         {[]Line{{"prod1", 500}, {"prod1", 500}}, []string{"lines[0].quantity"}},
		"a sum past 2^63":         {[]Line{{"prod1", math.MaxInt64}, {"prod1", 1}}, []string{"lines[0].quantity"}},
		"a sum that wraps to 1":   {[]Line{{"prod1", math.MaxInt64}, {"prod1", math.MaxInt64}, {"prod1", 3}}, []string{"lines[0].quantity"}},
		"a sum that hides zero":   {[]Line{{"prod1", 0}, {"prod1", 1}}, []string{"lines[0].quantity"}},
		"a sum that hides minus":  {[]Line{{"prod1", 5}, {"prod1", -4}}, []string{"lines[0].quantity"}},
		"201 products":            {manyLines(MaxLines+1, 1), []string{"lines"}},
		"500 products":            {manyLines(500, 1), []string{"lines"}},
		"no product":              {[]Line{{"", 1}}, []string{"lines[0].product"}},
		"a product of a sentence": {[]Line{{"prod1 needed", 1}}, []string{"lines[0].product"}},
		"a product with NUL":      {[]Line{{"prod1\x00", 1}}, []string{"lines[0].product"}},
		"a product of bad UTF-8":  {[]Line{{"prod\xff", 1}}, []string{"lines[0].product"}},
		"a product with a key":    {[]Line{{"prod1:waiting", 1}}, []string{"lines[0].product"}},
		"a long product":          {[]Line{{strings.Repeat("p", 65), 1}}, []string{"lines[0].product"}},
		"both wrong":              {[]Line{{"ok", 1}, {"?", 0}}, []string{"lines[1].product", "lines[1].quantity"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := goodDraft()
			d.Lines = c.lines
			wantFields(t, d.Clean().Check(), c.fields...)
		})
	}
	t.Run("speed", func(t *testing.T) {
		d := goodDraft()
		d.Speed = "yesterday"
		wantFields(t, d.Clean().Check(), "speed")
	})
}

func TestClean(t *testing.T) {
	d := Draft{
		Recipient: Recipient{Name: "  Jan \t Kowalski\n", Address: Address{City: "Łódź\u00a0", Country: " pl "}},
		Lines:     []Line{{"b", 1}, {"a", 2}, {"b", 3}},
	}
	got := d.Clean()
	want := Draft{
		Recipient: Recipient{Name: "Jan Kowalski", Address: Address{City: "Łódź", Country: "PL"}},
		Lines:     []Line{{"b", 4}, {"a", 2}}, Speed: Standard,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
	if d.Lines[0].Quantity != 1 || d.Recipient.Address.Country != " pl " {
		t.Error("the draft that was cleaned has changed")
	}
	if lines := Merge(slices.Repeat([]Line{{"prod1", 1}}, 500)); !slices.Equal(lines, []Line{{"prod1", 500}}) {
		t.Errorf("500 lines of one product are %v", lines)
	}
}

// However odd the lines are: each product stays once, in the order of first mention, and its sum
// is right where it is allowed and refused where it is not.
func TestMerge(t *testing.T) {
	odd := []int{0, -1, 1, 2, 500, MaxQuantity, MaxQuantity + 1, math.MaxInt64, math.MinInt64}
	rapid.Check(t, func(t *rapid.T) {
		var lines []Line
		for range rapid.IntRange(0, 8).Draw(t, "lines") {
			lines = append(lines, Line{rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "product"), rapid.SampledFrom(odd).Draw(t, "units")})
		}
		merged := Merge(lines)
		var first []string
		for _, line := range lines {
			if !slices.Contains(first, line.Product) {
				first = append(first, line.Product)
			}
		}
		if len(merged) != len(first) {
			t.Fatalf("%v becomes %v", lines, merged)
		}
		for i, line := range merged {
			sum, good := 0, true
			for _, l := range lines {
				if l.Product == line.Product {
					good = good && l.Quantity >= 1
					sum += min(max(l.Quantity, 0), MaxQuantity+1)
				}
			}
			allowed := line.Quantity >= 1 && line.Quantity <= MaxQuantity
			if line.Product != first[i] || allowed != (good && sum <= MaxQuantity) || allowed && line.Quantity != sum || good && line.Quantity < 1 {
				t.Fatalf("%v becomes %v", lines, merged)
			}
		}
	})
}

func TestParseNumber(t *testing.T) {
	for text, want := range map[string]Number{"1": 1, "123": 123, "100123": 100123, "999999999999999999": 999999999999999999} {
		if got, ok := ParseNumber(text); !ok || got != want || got.String() != text {
			t.Errorf("%q is read as %d, %v", text, got, ok)
		}
	}
	for _, text := range []string{"", "0", "00", "0123", "-1", "+1", "1.5", "1e3", "0x10", "1_000", "1,000", " 1", "1 ", "1\n", "1\x00", "１２３", "١٢٣", "order:123", "1000000000000000000", "18446744073709551616", strings.Repeat("9", 1<<20)} {
		if got, ok := ParseNumber(text); ok || got != 0 {
			t.Errorf("%.40q is read as %d", text, got)
		}
	}
}

func TestWhereUnitsAre(t *testing.T) {
	o := Order{
		Warehouse: "warehouse2", Lines: []Line{{"prod1", 5}, {"prod6", 1}},
		Plan: Plan{Assembly: "warehouse2", Sources: []Source{
			{Warehouse: "warehouse2", Lines: []Line{{"prod1", 1}, {"prod6", 1}}},
			{Warehouse: "warehouse1", Lines: []Line{{"prod1", 3}}, Transfer: "t1"},
			{Warehouse: "warehouse3", Lines: []Line{{"prod1", 1}}, Transfer: "t3"},
		}},
	}
	for _, c := range []struct {
		moving           []string
		travelling, here int
	}{{[]string{"t1", "t3"}, 4, 1}, {[]string{"t3"}, 1, 4}, {[]string{"t1"}, 3, 2}, {nil, 0, 5}, {[]string{"another"}, 0, 5}} {
		o.Moving = c.moving
		if o.Travelling("prod1") != c.travelling || o.Here("prod1") != c.here || o.Here("prod6") != 1 || o.Here("prod9") != 0 {
			t.Errorf("with %v moving: %d travel, %d are here", c.moving, o.Travelling("prod1"), o.Here("prod1"))
		}
	}
	if o.Warehouse = ""; o.Here("prod1") != 0 {
		t.Error("units are here although nobody knows where")
	}
}

func TestComplete(t *testing.T) {
	lines := []Line{{"prod1", 2}, {"prod6", 1}}
	for name, c := range map[string]struct {
		lines  []Line
		packed map[string]int
		want   bool
	}{
		"nothing packed":    {lines, nil, false},
		"one product":       {lines, map[string]int{"prod1": 2}, false},
		"one unit short":    {lines, map[string]int{"prod1": 1, "prod6": 1}, false},
		"one unit too many": {lines, map[string]int{"prod1": 3, "prod6": 1}, false},
		"every unit":        {lines, map[string]int{"prod1": 2, "prod6": 1}, true},
		"no lines":          {nil, map[string]int{}, false},
	} {
		if got := (Order{Lines: c.lines, Packed: c.packed}).Complete(); got != c.want {
			t.Errorf("%s: complete is %v", name, got)
		}
	}
}
