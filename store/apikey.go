package store

import "time"

// APIKey lets a program in. The secret itself is kept nowhere: Sum is its SHA-256 in
// hexadecimal digits. Name is unique; it stands in histories and ledgers.
type APIKey struct {
	Name   string
	Sum    string
	Scopes []string // "stock:write"
	MadeAt time.Time
	MadeBy string // login
}
