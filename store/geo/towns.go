package geo

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"sort"
	"strconv"
	"strings"
)

//go:embed towns.gz
var packed []byte

// towns is the unpacked list: its text as it is, and where each line begins. That is a
// few megabytes in two allocations; a map of structs would be ten times as much.
//
// A town's line is country, name, latitude, longitude in hundredths of a degree
// ("PLGdańsk\t5435\t1865"); a country's first line has no name and is its centre. Lines are sorted
// by country and folded name, the most populous of one name first. A line of
// another name is country, folded name, lines after the country's centre ("PLdanzig\t563").
type towns struct {
	text   []byte
	lines  []uint32 // where the line of each town begins
	others []uint32 // where the line of each other name begins
	guide  []string // country and folded name of every guideStep-th town, so that a search folds few
}

const guideStep = 32

var errDamaged = errors.New("geo: the list of towns is damaged")

// unpack reads what .tools/gazetteer wrote: a line with the counts of towns, other
// names and bytes, then that many of each.
func unpack(packed []byte) (*towns, error) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errDamaged, err)
	}
	head, err := readLine(r)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errDamaged, err)
	}
	var townCount, otherCount, size int
	if _, err := fmt.Sscanf(head, "%d\t%d\t%d", &townCount, &otherCount, &size); err != nil {
		return nil, fmt.Errorf("%w: %w", errDamaged, err)
	}
	if size < townCount+otherCount || size > 1<<26 || townCount < 1 || otherCount < 0 {
		return nil, errDamaged
	}
	t := &towns{text: make([]byte, size)}
	if _, err := io.ReadFull(r, t.text); err != nil {
		return nil, fmt.Errorf("%w: %w", errDamaged, err)
	}
	if n, err := r.Read(make([]byte, 1)); n != 0 || err != io.EOF { // checks the sum, too
		return nil, fmt.Errorf("%w: %w", errDamaged, err)
	}
	starts := lineStarts(t.text, townCount+otherCount)
	if len(starts) != townCount+otherCount {
		return nil, errDamaged
	}
	t.lines, t.others = starts[:townCount], starts[townCount:]
	for i := 0; i < len(t.lines); i += guideStep {
		t.guide = append(t.guide, t.name(i))
	}
	return t, nil
}

// readLine reads byte by byte, so that what follows is left for the next reader.
func readLine(r io.Reader) (string, error) {
	var line []byte
	for b := make([]byte, 1); len(line) < 64; line = append(line, b[0]) {
		if _, err := io.ReadFull(r, b); err != nil {
			return "", err
		}
		if b[0] == '\n' {
			return string(line), nil
		}
	}
	return "", errDamaged
}

func lineStarts(text []byte, expected int) []uint32 {
	starts := make([]uint32, 0, expected)
	for at := 0; at < len(text); {
		end := bytes.IndexByte(text[at:], '\n')
		if end < 0 || len(starts) == expected {
			return nil
		}
		starts = append(starts, uint32(at))
		at += end + 1
	}
	return starts
}

// line gives the fields of the line that begins at an offset, its country first.
func (t *towns) line(start uint32) (country string, fields []string) {
	end := bytes.IndexByte(t.text[start:], '\n')
	text := string(t.text[start : int(start)+end])
	return text[:2], strings.Split(text[2:], "\t")
}

// find gives the towns of a country that bear a folded name. Those that bear it as another
// name come first: the list keeps such a name only where it belongs to the larger town.
func (t *towns) find(country, key string) []Place {
	if key == "" {
		return nil
	}
	var found []Place
	for i := t.other(country + key); i < len(t.others); i++ {
		c, f := t.line(t.others[i])
		if c != country || f[0] != key {
			break
		}
		n, _ := strconv.Atoi(f[1])
		found = append(found, t.place(t.first(country)+n))
	}
	for i := t.first(country + key); i < len(t.lines) && t.name(i) == country+key; i++ {
		found = append(found, t.place(i))
	}
	return found
}

// centre gives the place of a country's first line, without a name.
func (t *towns) centre(country string) (Place, bool) {
	i := t.first(country)
	if i == len(t.lines) {
		return Place{}, false
	}
	p := t.place(i)
	p.Precision = ByCountry
	return p, p.Country == country
}

// first is the index of the first town whose country and folded name are not before a name.
func (t *towns) first(name string) int {
	step := sort.SearchStrings(t.guide, name)
	from, to := max(0, step-1)*guideStep, min(len(t.lines), step*guideStep)
	return from + sort.Search(to-from, func(i int) bool { return t.name(from+i) >= name })
}

// name is the country of a town, and its folded name.
func (t *towns) name(i int) string {
	start := t.lines[i]
	end := bytes.IndexByte(t.text[start:], '\t')
	if end < 2 {
		return "" // only in a damaged list
	}
	return string(t.text[start:start+2]) + Fold(string(t.text[start+2:int(start)+end]))
}

// other is the index of the first other name that is not before a country and folded name.
func (t *towns) other(name string) int {
	return sort.Search(len(t.others), func(i int) bool {
		start := t.others[i]
		end := bytes.IndexByte(t.text[start:], '\t')
		return string(t.text[start:int(start)+end]) >= name
	})
}

// place reads the town of a line.
func (t *towns) place(i int) Place {
	country, f := t.line(t.lines[i])
	lat, _ := strconv.Atoi(f[1])
	lon, _ := strconv.Atoi(f[2])
	return Place{Name: f[0], Country: country, Lat: float64(lat) / 100, Lon: float64(lon) / 100, Precision: ByTown}
}
