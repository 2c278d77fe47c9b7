package contact

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"waybill/store"
)

func TestPhone(t *testing.T) {
	for _, c := range []struct{ raw, country, want string }{
		{"600 100 200", "PL", "+48600100200"},
		{" 600-100-200 ", "pl", "+48600100200"},
		{"+48 600 100 200", "DE", "+48600100200"},
		{"0048600100200", "PL", "+48600100200"},
		{"(12) 345 67 89", "PL", "+48123456789"},
		{"030 123456", "DE", "+4930123456"},
		{"+1 (202) 555-0123", "", "+12025550123"},
		{"020 7946 0018", "UK", ""}, // not a code of a country: Fix turns UK into GB first
		{"", "PL", ""},
		{"12", "PL", ""},
		{"600 100 200", "", ""},
		{"600100200", "ZZ", ""},
		{"call 600100200", "PL", ""},
		{"600100200 ext. 5", "PL", ""},
		{"٦٠٠١٠٠٢٠٠", "PL", ""},
		{"600100200\x00", "PL", ""},
		{"+48 000 000 000", "PL", ""},
		{strings.Repeat("6", 5000), "PL", ""},
	} {
		got, ok := Phone(c.raw, c.country)
		if got != c.want || ok != (c.want != "") {
			t.Errorf("Phone(%.40q, %q) = %q, %v; want %q", c.raw, c.country, got, ok, c.want)
		}
	}
}

func TestCountry(t *testing.T) {
	for code, want := range map[string]string{"PL": "PL", " de": "DE", "UK": "GB", "ZZ": "", "EU": "", "POL": "", "": "", "P1": "", "\xff\xff": ""} {
		got, ok := Country(code)
		if got != want || ok != (want != "") {
			t.Errorf("Country(%q) = %q, %v; want %q", code, got, ok, want)
		}
	}
}

func draft() store.Draft {
	return store.Draft{
		Recipient: store.Recipient{
			Name: " Anna  Nowak ", Email: "anna@example.com", Phone: "600 100 200",
			Address: store.Address{Line1: "Długa 1", City: "Gdańsk", PostalCode: "80827", Country: "pl"},
		},
		Lines: []store.Line{{Product: "prod1", Quantity: 1}, {Product: "prod1", Quantity: 2}},
	}
}

func TestFixTidies(t *testing.T) {
	d := draft()
	if fields := Fix(&d); len(fields) != 0 {
		t.Fatalf("a good draft: %v", fields)
	}
	r := d.Recipient
	if r.Name != "Anna Nowak" || r.Phone != "+48600100200" || r.Address.PostalCode != "80-827" || r.Address.Country != "PL" {
		t.Errorf("not tidied: %+v", r)
	}
	if len(d.Lines) != 1 || d.Lines[0].Quantity != 3 || d.Speed != store.Standard {
		t.Errorf("lines %v, speed %q", d.Lines, d.Speed)
	}
}

func TestFixNamesEachField(t *testing.T) {
	for field, spoil := range map[string]func(*store.Draft){
		"recipient.name":                func(d *store.Draft) { d.Recipient.Name = " " },
		"recipient.email":               func(d *store.Draft) { d.Recipient.Email = "anna@" },
		"recipient.phone":               func(d *store.Draft) { d.Recipient.Phone = "12" },
		"recipient.address.line1":       func(d *store.Draft) { d.Recipient.Address.Line1 = "" },
		"recipient.address.city":        func(d *store.Draft) { d.Recipient.Address.City = "Gda\u202ensk" },
		"recipient.address.postal_code": func(d *store.Draft) { d.Recipient.Address.PostalCode = "8-082" },
		"recipient.address.country":     func(d *store.Draft) { d.Recipient.Address.Country = "ZZ"; d.Recipient.Phone = "" },
		"speed":                         func(d *store.Draft) { d.Speed = "warp" },
		"lines":                         func(d *store.Draft) { d.Lines = nil },
		"lines[0].quantity":             func(d *store.Draft) { d.Lines[0].Quantity = 1 << 40 },
	} {
		d := draft()
		spoil(&d)
		if got := slices.Collect(maps.Keys(Fix(&d))); !slices.Equal(got, []string{field}) {
			t.Errorf("%s: complained about %v", field, got)
		}
	}
}

func TestFixKeepsWhatWasTyped(t *testing.T) {
	d := draft()
	d.Recipient.Phone, d.Recipient.Address.PostalCode = "+48 12", ""
	fields := Fix(&d)
	if d.Recipient.Phone != "+48 12" || fields["recipient.phone"] == "" {
		t.Errorf("phone %q, %v", d.Recipient.Phone, fields)
	}
	if fields["recipient.address.postal_code"] != "Give the postal code." {
		t.Errorf("postal code: %v", fields)
	}
}
