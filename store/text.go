package store

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// ValidText tells whether s is text that a person could have meant, with lo to hi
// characters: valid UTF-8 without control characters, and without the marks that turn
// the direction of writing and could make a label read as something else. Where there has
// to be a text, something of it can be seen. Everything that people and programs may write
// in their own words is judged by it.
func ValidText(s string, lo, hi int) bool {
	n := utf8.RuneCountInString(s)
	if n < lo || n > hi || !utf8.ValidString(s) || strings.ContainsFunc(s, Unseen) {
		return false
	}
	return lo == 0 || strings.ContainsFunc(s, visible)
}

func visible(r rune) bool { return unicode.IsGraphic(r) && !unicode.IsSpace(r) }

// Unseen tells whether a character is none that people write: it cannot be seen, ends a line, or turns
// the direction of writing.
func Unseen(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\uFEFF' || r == '\u2028' || r == '\u2029'
}

// tidy takes the white space off both ends and folds it to one space inside.
func tidy(s string) string { return strings.Join(strings.Fields(s), " ") }

// invalid makes an Invalid error of messages by field, or none of an empty map.
func invalid(fields map[string]string) error {
	if len(fields) == 0 {
		return nil
	}
	return &Error{Kind: Invalid, Message: "Some of this needs another look.", Fields: fields}
}
