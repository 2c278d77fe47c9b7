package main

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"

	"waybill/store/geo"
)

// write lays the file out as package geo reads it: a line with the counts of towns, of other
// names and of bytes, then a line for each town, then one for each other name. Towns are
// sorted by country and folded name, those of one name by population; each country begins
// with a line without a name, its centre. Other names are sorted likewise, and
// say how many lines after its country's centre the town stands.
func write(file string, towns []town) (size, names int, err error) {
	var lines, others bytes.Buffer
	count := 0
	for start := 0; start < len(towns); {
		end := start
		for end < len(towns) && towns[end].country == towns[start].country {
			end++
		}
		names += country(&lines, &others, towns[start:end])
		count += 1 + end - start
		start = end
	}
	head := fmt.Sprintf("%d\t%d\t%d\n", count, names, lines.Len()+others.Len())
	size, err = pack(file, []byte(head), lines.Bytes(), others.Bytes())
	return size, names, err
}

// country writes the towns of one country, which come by population, and gives the
// number of its other names.
func country(lines, others *bytes.Buffer, towns []town) int {
	lat, lon := centre(towns)
	code := towns[0].country
	fmt.Fprintf(lines, "%s\t%d\t%d\n", code, round(lat), round(lon))
	slices.SortStableFunc(towns, func(a, b town) int {
		return strings.Compare(geo.Fold(a.name), geo.Fold(b.name))
	})
	biggest := map[string]int{}
	for _, t := range towns {
		fmt.Fprintf(lines, "%s%s\t%d\t%d\n", code, t.name, round(t.lat), round(t.lon))
		key := geo.Fold(t.name)
		biggest[key] = max(biggest[key], t.people)
	}
	type other struct {
		key        string
		town, size int
	}
	var list []other
	for i, t := range towns {
		for _, key := range t.keys()[1:] {
			// An other name gives way to a larger town that bears it as its own.
			if own, found := biggest[key]; !found || t.people > own {
				list = append(list, other{key, i + 1, t.people})
			}
		}
	}
	slices.SortFunc(list, func(a, b other) int {
		return cmp.Or(strings.Compare(a.key, b.key), cmp.Compare(b.size, a.size), cmp.Compare(a.town, b.town))
	})
	for _, o := range list {
		fmt.Fprintf(others, "%s%s\t%d\n", code, o.key, o.town)
	}
	return len(list)
}

// centre is where a country's people live on the average: the mean of its towns on the
// sphere, each weighed by its population.
func centre(towns []town) (lat, lon float64) {
	const rad = math.Pi / 180
	var x, y, z float64
	for _, t := range towns {
		w := float64(max(t.people, 1))
		x += w * math.Cos(t.lat*rad) * math.Cos(t.lon*rad)
		y += w * math.Cos(t.lat*rad) * math.Sin(t.lon*rad)
		z += w * math.Sin(t.lat*rad)
	}
	return math.Atan2(z, math.Hypot(x, y)) / rad, math.Atan2(y, x) / rad
}

// round gives hundredths of a degree, about a kilometre: a town is wider than that.
func round(degrees float64) int { return int(math.Round(degrees * 100)) }

func pack(file string, parts ...[]byte) (int, error) {
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return 0, err
	}
	for _, part := range parts {
		if _, err := w.Write(part); err != nil {
			return 0, err
		}
	}
	if err := w.Close(); err != nil {
		return 0, err
	}
	return packed.Len(), os.WriteFile(file, packed.Bytes(), 0o644)
}
