package geo

import (
	_ "embed"
	"slices"
	"strings"
)

//go:embed countries.txt
var countryTable string

// Country is a country or territory that parcels can be addressed to: its ISO
// 3166-1 alpha-2 code (and XK, which is in common use for Kosovo) and its English name.
type Country struct{ Code, Name string }

// Countries gives every country in which Find finds something, sorted by English name,
// for the choice in a form. The slice is the caller's own.
func (g *Gazetteer) Countries() []Country { return slices.Clone(g.countries) }

// readCountries reads the table, a code and a name on each line.
func readCountries(table string) []Country {
	var list []Country
	for line := range strings.Lines(table) {
		code, name, _ := strings.Cut(strings.TrimSpace(line), " ")
		list = append(list, Country{Code: code, Name: name})
	}
	slices.SortFunc(list, func(a, b Country) int { return strings.Compare(Fold(a.Name), Fold(b.Name)) })
	return list
}
