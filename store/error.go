package store

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Kind says what sort of failure an Error is, so that each edge (a page, the
// JSON API, the command line) can answer in its own way without reading text.
type Kind uint8

// The kinds of failure. Everything that is not an *Error is Internal.
const (
	Internal     Kind = iota // a defect, or something nobody foresaw
	Invalid                  // what was asked for cannot be understood or allowed: mend it and ask again
	NotFound                 // there is no such thing, or it is not yours to see
	Conflict                 // it was possible once; things have moved on since
	Forbidden                // signed in, but not allowed to do this
	Unauthorized             // not signed in
	Unavailable              // Redis cannot be reached, or nothing written down: try again soon
	TooLarge                 // more than Waybill takes in one go
)

// Shortage tells how much of a product can still be had.
type Shortage struct {
	Product  string
	Wanted   int       // units asked for
	Left     int       // units that could be promised now
	Waits    bool      // whether the product's terms let an order wait for it
	Full     bool      // so many orders wait for it that no such order may join them
	Room     int       // where it is Full: the most units that an order may wait for all the same
	Ahead    bool      // it is not out yet, so it can only be ordered ahead
	Expected time.Time // when it could be sent to an order that waits; zero if nobody knows
}

// ErrBusy is wrapped in a Conflict that passes by itself: somebody else is at the same thing, and asked again
// in a moment it may go well.
var ErrBusy = errors.New("somebody else is at it")

// ErrNotWritten is wrapped in an Unavailable of what was not done, because it could not be written down.
var ErrNotWritten = errors.New("it cannot be written down")

// ErrUnsure is wrapped in an Unavailable of what was done all the same, and may not last.
var ErrUnsure = errors.New("it was done and could not be written down")

// Busyf makes a Conflict that passes by itself.
func Busyf(format string, args ...any) *Error {
	return &Error{Kind: Conflict, Message: fmt.Sprintf(format, args...), Err: ErrBusy}
}

// Error is a failure with words for people. Message says what happened and what
// to do; it is safe to show. Fields holds one message per field of a form, keyed
// by the field's name ("lines[0].quantity", "recipient.email"). Short lists what
// stock was missing. The wrapped error is for the log only.
type Error struct {
	Kind    Kind
	Message string
	Fields  map[string]string
	Short   []Shortage
	Err     error
}

// Error gives the full text for the log.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Message)
	for field, message := range e.Fields {
		fmt.Fprintf(&b, "; %s: %s", field, message)
	}
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	return b.String()
}

// Unwrap gives the cause, for errors.Is and errors.As.
func (e *Error) Unwrap() error { return e.Err }

// Errorf makes an Error of a kind with a message for people.
func Errorf(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...)}
}

// KindOf finds the kind of any error: that of the first *Error in its chain, else
// Internal.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Internal
}

// MessageOf gives the words for people of any error, and general ones for a
// failure that has none, so that no edge ever shows a raw error.
func MessageOf(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Message
	}
	return "Something went wrong on our side. Please look whether it was done, and if not, try again: doing the same twice does no harm."
}
