// Figures passes on what `go test -bench` prints, and at the end puts the figures of all benchmarks into one
// table: `make bench` ends with it.
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
)

func main() {
	failed, where := false, ""
	var rows []row
	lines := bufio.NewScanner(io.TeeReader(os.Stdin, os.Stdout))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if pkg, ok := strings.CutPrefix(lines.Text(), "pkg: "); ok {
			_, where, _ = strings.Cut(pkg, "/")
		}
		if one, ok := parse(lines.Text()); ok {
			one.name = where + ": " + one.name
			rows = append(rows, one)
		}
		failed = failed || strings.HasPrefix(lines.Text(), "FAIL") || strings.HasPrefix(lines.Text(), "--- FAIL")
	}
	print(rows)
	if failed || lines.Err() != nil {
		os.Exit(1)
	}
}

// row is one benchmark with its figures.
type row struct {
	name    string
	figures []string // "0.25 api/bare"
}

// ownLine is what go test prints of a benchmark: its name, how many processors it had, how often it ran,
// and figures with their units.
var ownLine = regexp.MustCompile(`^Benchmark(\S+?)(?:-\d+)?\s+\d+\s+(.*)$`)

func parse(line string) (row, bool) {
	parts := ownLine.FindStringSubmatch(line)
	if parts == nil {
		return row{}, false
	}
	one := row{name: strings.ReplaceAll(parts[1], "_", " ")}
	words := strings.Fields(parts[2])
	for i := 0; i+1 < len(words); i += 2 {
		value, unit := words[i], words[i+1]
		switch unit {
		case "B/op", "allocs/op", "MB/s":
			continue
		case "ns/op":
			if value == "0" {
				continue
			}
			ns, _ := strconv.ParseFloat(value, 64)
			value, unit = strconv.FormatFloat(ns/1000, 'f', 1, 64), "µs each"
		}
		one.figures = append(one.figures, value+" "+unit)
	}
	return one, len(one.figures) > 0
}

// print writes the table as a page of text takes it.
func print(rows []row) {
	fmt.Print("\n| benchmark | figures |\n|---|---|\n")
	for _, one := range rows {
		fmt.Printf("| %s | %s |\n", one.name, strings.Join(one.figures, " · "))
	}
}
