package geo

import (
	_ "embed"
	"fmt"
	"strings"
)

// areaTable says which town stands for a postal area: a country, the first two digits
// of its codes (or a range of them) and the town that lies amid or heads the area. It is
// kept by hand. It is there because a small village is in no list of towns, while its
// postal code still tells one end of the country from the other.
//
//go:embed areas.txt
var areaTable string

// prefixDigits and codeDigits are how many digits head an area, and how many a whole code
// has, in every country of the table.
const prefixDigits, codeDigits = 2, 5

// readAreas looks up the town of each line of the table.
func readAreas(table string, t *towns) (map[string]Place, error) {
	areas := map[string]Place{}
	for line := range strings.Lines(table) {
		country, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		digits, town, _ := strings.Cut(rest, " ")
		found := t.find(country, Fold(town))
		if len(found) == 0 {
			return nil, fmt.Errorf("geo: no town for the postal area %q", line)
		}
		place := found[0]
		place.Name, place.Precision = town, ByArea
		var from, to int
		if n, _ := fmt.Sscanf(digits, "%d-%d", &from, &to); n == 1 {
			to = from
		}
		for n := from; n <= to; n++ {
			areas[fmt.Sprintf("%s%02d", country, n)] = place
		}
	}
	return areas, nil
}

// postalPrefix gives the digits that head a postal code, or none if it is not whole.
func postalPrefix(code string) string {
	if len(code) > maxName {
		return ""
	}
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, code)
	if len(digits) != codeDigits {
		return ""
	}
	return digits[:prefixDigits]
}
