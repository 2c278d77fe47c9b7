package rdb

import (
	"encoding/base64"
	"encoding/json"
	"time"
	"unicode/utf8"
)

// The format of a dump: lines of JSON, in UTF-8. The first is a dumpHead, the last a dumpEnd, those in
// between are dumpRecords. A key with many members has many records, one after the other. Names are those of
// a single Redis, whatever the dump was taken from. Version 1.
const (
	dumpFormat  = "waybill dump"
	dumpVersion = 1
	dumpPart    = 1000      // members of one record
	dumpLine    = 256 << 20 // bytes of one line at the most
)

// dumpHead says what follows. Warehouses are needed to tell whose keys are whose.
type dumpHead struct {
	Format     string    `json:"format"`
	Version    int       `json:"version"`
	At         time.Time `json:"at"`
	Shop       string    `json:"shop"`
	Warehouses []string  `json:"warehouses"`
}

// dumpRecord is a piece of what lies under a name. Values are of a string the value; of a list and a set the
// members; of a hash and a sorted set field and value, member and score in turns. Entries are those of a
// stream: its id, then field and value in turns.
type dumpRecord struct {
	Name    string       `json:"name"`
	Type    string       `json:"type"`
	Values  []dumpText   `json:"values,omitempty"`
	Entries [][]dumpText `json:"entries,omitempty"`
	Expires int64        `json:"expires,omitempty"` // unix ms
}

// dumpEnd is the proof that nothing is missing: how many records came before, and the SHA-256 of their lines,
// the head's included.
type dumpEnd struct {
	End     bool       `json:"end"`
	Records int        `json:"records"`
	Sum     string     `json:"sha256"`
	Tally   DumpResult `json:"tally"`
}

// DumpResult counts what a dump holds, or what a Redis holds after one was brought in.
type DumpResult struct {
	Orders    int            `json:"orders"`    // that have a status
	Listed    map[string]int `json:"listed"`    // status → orders in its list
	Movements map[string]int `json:"movements"` // warehouse → entries of its ledger
	Products  int            `json:"products"`
}

// dumpText is text as Redis has it: any bytes.
type dumpText string

type dumpBytes struct {
	Base64 string `json:"base64"`
}

// MarshalJSON writes bytes that are no UTF-8 as {"base64": "…"}.
func (t dumpText) MarshalJSON() ([]byte, error) {
	if utf8.ValidString(string(t)) {
		return json.Marshal(string(t))
	}
	return json.Marshal(dumpBytes{base64.StdEncoding.EncodeToString([]byte(t))})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (t *dumpText) UnmarshalJSON(data []byte) error {
	var plain string
	if err := json.Unmarshal(data, &plain); err == nil {
		*t = dumpText(plain)
		return nil
	}
	var coded dumpBytes
	if err := json.Unmarshal(data, &coded); err != nil {
		return err
	}
	raw, err := base64.StdEncoding.DecodeString(coded.Base64)
	*t = dumpText(raw)
	return err
}
