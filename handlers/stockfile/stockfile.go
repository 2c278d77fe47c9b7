// Package stockfile reads and writes files of counts: CSV with a line for each product at each
// warehouse. A file may also say below how many free units each warehouse runs low, beside the
// counts or instead of them. It knows nothing of Redis or HTTP: a file is read whole, every fault in it is told
// with its line and column, and only a file without faults has rows.
package stockfile

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"waybill/store"
)

// Limits of a file. Faults past MaxFaults are counted only.
const (
	MaxBytes  = 32 << 20
	MaxRows   = 250_000
	MaxFaults = 100
)

// File is what was read. Rows is empty when there are Faults; More says how many further faults
// are not listed.
type File struct {
	Rows   []store.StockRow
	Faults []store.StockFault
	More   int
}

// Read reads a file of counts. Warehouses and products must be those of the directory. What is
// wrong with the file is in its Faults; an error means that it could not be read at all.
func Read(r io.Reader, directory store.Directory) (File, error) {
	content, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return File{}, err
	}
	f := reading{directory: directory, first: map[[2]string]int{}}
	if fault, bad := unfit(content); bad {
		f.add(fault)
	} else {
		f.all(bytes.TrimPrefix(content, []byte(utf8BOM)))
	}
	if len(f.file.Faults) > 0 {
		f.file.Rows = nil
	}
	return f.file, nil
}

const utf8BOM = "\xEF\xBB\xBF"

// separator is what stands between the cells of a file: a comma, or a semicolon or tab where its header has
// those and no comma, as spreadsheets of half of Europe write them.
func separator(content []byte) byte {
	header, _, _ := bytes.Cut(content, []byte{'\n'})
	for _, sign := range []byte{',', ';', '\t'} {
		if bytes.IndexByte(header, sign) >= 0 {
			return sign
		}
	}
	return ','
}

// unfit finds what makes a file something else than text in columns.
func unfit(content []byte) (store.StockFault, bool) {
	begins := func(head string) bool { return bytes.HasPrefix(content, []byte(head)) }
	text := bytes.TrimSpace(bytes.TrimPrefix(content, []byte(utf8BOM)))
	switch {
	case len(content) > MaxBytes:
		return store.StockFault{Message: "The file is larger than 32 MB. Send it in several files."}, true
	case len(text) == 0:
		return store.StockFault{Message: "The file is empty."}, true
	case begins("PK\x03\x04"), begins("\xD0\xCF\x11\xE0"):
		return store.StockFault{Message: "This is a spreadsheet. Save it as CSV first."}, true
	case begins("\xFF\xFE"), begins("\xFE\xFF"):
		return store.StockFault{Message: "The file is in UTF-16. Save it as CSV in UTF-8."}, true
	case text[0] == '<':
		return store.StockFault{Message: "This is a web page, not a CSV file."}, true
	}
	if at := bytes.IndexByte(content, 0); at >= 0 {
		return faultAt(content, at, "A NUL character stands here. This is not a text file."), true
	}
	for at := 0; at < len(content); {
		r, size := utf8.DecodeRune(content[at:])
		if r == utf8.RuneError && size == 1 {
			return faultAt(content, at, "A character is not UTF-8. Save the file as CSV in UTF-8."), true
		}
		at += size
	}
	return store.StockFault{}, false
}

// faultAt finds the line of a byte, and the cell in it.
func faultAt(content []byte, at int, message string) store.StockFault {
	before := content[:at]
	line := before[bytes.LastIndexByte(before, '\n')+1:]
	return store.StockFault{Line: 1 + bytes.Count(before, []byte{'\n'}), Column: 1 + bytes.Count(line, []byte{separator(content)}), Message: message}
}

// reading is one file being read.
type reading struct {
	directory store.Directory
	file      File
	columns   []string          // name of each column
	counts    bool              // one of them is on_hand
	first     map[[2]string]int // warehouse and product → line
}

func (f *reading) add(fault store.StockFault) {
	if len(f.file.Faults) >= MaxFaults {
		f.file.More++
		return
	}
	f.file.Faults = append(f.file.Faults, fault)
}

func (f *reading) all(content []byte) {
	reader := csv.NewReader(bytes.NewReader(content))
	reader.Comma = rune(separator(content))
	reader.FieldsPerRecord, reader.ReuseRecord = -1, true
	for rows := 0; ; {
		cells, err := reader.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			f.add(quoting(err))
			return
		}
		line, _ := reader.FieldPos(0)
		if f.columns == nil {
			if !f.header(line, cells) {
				return
			}
			continue
		}
		if blank(cells) {
			continue
		}
		if rows++; rows > MaxRows {
			f.add(store.StockFault{Line: line, Message: fmt.Sprintf("A file can have at most %d rows. Send it in several files.", MaxRows)})
			return
		}
		f.row(line, cells)
	}
	if len(f.file.Rows) == 0 && len(f.file.Faults) == 0 {
		f.add(store.StockFault{Line: 1, Message: "There are no rows under the header."})
	}
}

func blank(cells []string) bool {
	for _, cell := range cells {
		if strings.TrimSpace(cell) != "" {
			return false
		}
	}
	return true
}

// quoting puts the reader's complaint about quotes into words.
func quoting(err error) store.StockFault {
	bad, ok := errors.AsType[*csv.ParseError](err)
	switch {
	case !ok:
		return store.StockFault{Message: "The file cannot be read as CSV."}
	case errors.Is(err, csv.ErrBareQuote):
		return store.StockFault{Line: bad.Line, Message: fmt.Sprintf("A quotation mark stands inside a cell, at character %d. Put the cell into quotation marks and double the ones inside.", bad.Column)}
	default:
		return store.StockFault{Line: bad.StartLine, Message: fmt.Sprintf("A quotation mark is opened in this line and not closed as it should be (line %d, character %d).", bad.Line, bad.Column)}
	}
}

// header reads the names of the columns. False means that no row could be understood.
func (f *reading) header(line int, cells []string) bool {
	seen := map[string]bool{}
	for i, cell := range cells {
		name := strings.ToLower(strings.TrimSpace(cell))
		f.columns = append(f.columns, name)
		switch {
		case len(cells) == 1 && strings.Contains(name, "|"):
			f.add(store.StockFault{Line: line, Column: 1, Message: "Separate the columns by commas or semicolons."})
			return false
		case seen[name]:
			f.add(store.StockFault{Line: line, Column: i + 1, Message: fmt.Sprintf("The column %s stands here twice.", clip(name))})
		case !known(name):
			f.add(store.StockFault{Line: line, Column: i + 1, Message: fmt.Sprintf("There is no column %q. A file has the columns warehouse, product, on_hand and perhaps threshold and reason.", clip(name))})
		}
		seen[name] = true
	}
	f.counts = seen["on_hand"]
	for _, name := range []string{"warehouse", "product", "on_hand"} {
		if !seen[name] && !(name == "on_hand" && seen["threshold"]) {
			f.add(store.StockFault{Line: line, Message: fmt.Sprintf("The column %s is missing.", name)})
		}
	}
	return len(f.file.Faults) == 0
}

// known tells whether a column has a meaning. Reserved, available and name are those of an exported
// file; they are not read.
func known(name string) bool {
	switch name {
	case "warehouse", "product", "on_hand", "threshold", "reason", "reserved", "available", "name":
		return true
	}
	return false
}

// clip makes what somebody wrote short enough to be repeated.
func clip(s string) string {
	if runes := []rune(s); len(runes) > 40 {
		return string(runes[:40]) + "…"
	}
	return s
}
