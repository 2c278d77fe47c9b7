package store

import (
	"regexp"
	"strings"
)

// LongestReference is how many bytes a reference may have.
const LongestReference = 512

// referencePattern is what a reference looks like: the token of a customer's link, and perhaps a note behind it.
var referencePattern = regexp.MustCompile(`^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)?$`)

// ValidReference tells whether a text could lead to an order.
func ValidReference(text string) bool {
	return len(text) <= LongestReference && referencePattern.MatchString(text)
}

// SplitReference parts what leads to an order into the token of its customer's link and the note that goes with
// it, which says that the order is to be cancelled; "" for most. store/seal makes and reads both.
func SplitReference(reference string) (token, note string) {
	token, note, _ = strings.Cut(reference, ".")
	return token, note
}

// JoinReference is the opposite of SplitReference.
func JoinReference(token, note string) string {
	if note == "" {
		return token
	}
	return token + "." + note
}
