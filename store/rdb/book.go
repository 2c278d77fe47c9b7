package rdb

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"waybill/store"
)

// booking is one change of a warehouse's stock by hand: all of its lines or none.
type booking struct {
	warehouse string
	kind      store.MovementKind
	reference string
	why       string
	step      string // names a booking that must not happen twice, "" if what was seen sees to that
	lines     []bookingLine

	begins *correction // the correction of which this is the first step, nil for none
}

// bookingLine is a product and by how many units it changes. Seen is what the books said before, or
// unseen.
type bookingLine struct {
	product      string
	change, seen int
}

const unseen = -1

func (b booking) args() []any {
	args := []any{b.fingerprint(), strconv.Itoa(maxOnHand)}
	if b.begins == nil {
		args = append(args, "", "", "0")
	} else {
		products := b.begins.products()
		args = append(args, b.begins.ID, encode(b.begins), strconv.Itoa(len(products)))
		for _, product := range products {
			args = append(args, product)
		}
	}
	for _, line := range b.lines {
		seen := ""
		if line.seen != unseen {
			seen = strconv.Itoa(line.seen)
		}
		args = append(args, line.product, strconv.Itoa(line.change), seen)
	}
	return args
}

func (b booking) fingerprint() string {
	if b.step == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(fmt.Sprint(b.kind, b.lines, len(b.reference), b.reference, b.why)))
	return base64.RawURLEncoding.EncodeToString(sum[:18])
}

// book changes the stock of one warehouse, and gives the script's word: ok, again, other, busy, moved, short
// or full, with its details.
//
// Keys: <warehouse>:stock and its siblings, <warehouse>:step:<step>, <warehouse>:correcting (lua/book.lua).
func (s *Store) book(ctx context.Context, who store.Actor, b booking) (word string, details []string, err error) {
	about := aboutStock + b.warehouse + "/" + b.step
	end := s.kept.begin(about)
	defer end()
	id := ""
	if b.begins != nil {
		id = b.begins.ID
	}
	results, err := s.move(ctx, movement{
		script: scriptBook, warehouse: b.warehouse, step: b.step, kind: b.kind, reference: b.reference,
		who: ledgerName(who), why: b.why, args: b.args(), keys: []string{s.keyCorrecting(b.warehouse), s.keyCorrection(b.warehouse, id)},
	})
	if err != nil {
		return "", nil, err
	}
	switch word, details = answer(results[0]); word {
	case "ok":
		err = s.keepBooking(ctx, who, b, details[0])
	case "again":
		end()
		err = s.doneBefore(ctx, about)
	}
	return word, details, err
}

// mayBook tells whether warehouse and products exist. NotFound for the warehouse, Invalid by field for
// products: field names the place of the n-th.
func mayBook(d store.Directory, warehouse string, products []string, field func(n int) string) error {
	if _, ok := d.Warehouses[warehouse]; !ok {
		return noWarehouse(warehouse)
	}
	fields := map[string]string{}
	for i, product := range products {
		if _, known := d.Products[product]; !known {
			fields[field(i)] = fmt.Sprintf("There is no product %s in this shop.", short(product))
		}
	}
	if len(fields) > 0 {
		return &store.Error{Kind: store.Invalid, Message: "Some of these products are not known.", Fields: fields}
	}
	return nil
}

// refusal puts a script's refusal into words: by product, in Fields, where it is about products.
func refusal(word string, details []string) error {
	switch word {
	case "other":
		return &store.Error{Kind: store.Invalid, Message: "This key was already used for something else.", Fields: map[string]string{"idempotency_key": "Already used with other content."}}
	case "busy":
		return busyShelf(details)
	case "moved":
		return store.Errorf(store.Conflict, "Stock has moved since these figures were shown, so nothing was booked. Please look at the differences again.")
	case "full":
		return store.Errorf(store.Conflict, "A shelf holds at most 1,000,000,000 units, so nothing was booked.")
	}
	fields := map[string]string{}
	message := ""
	for i := 0; i+2 < len(details); i += 3 {
		message = fmt.Sprintf("Orders hold %s of these here, so there cannot be fewer.", details[i+2])
		if details[i+2] == "0" {
			message = fmt.Sprintf("Only %s of these are there.", details[i+1])
		}
		fields[details[i]] = message
	}
	if len(fields) > 1 {
		message = "Of some products more units are promised to orders than would be left. Nothing was booked."
	}
	return &store.Error{Kind: store.Conflict, Message: message, Fields: fields}
}

func busyShelf(details []string) error {
	return store.Errorf(store.Conflict, "A count of %s is being booked here at this moment. Please look again in a few seconds.", strings.Join(details, ", "))
}

func badKey() error {
	return &store.Error{Kind: store.Invalid, Message: "The idempotency key must have 1 to 255 characters.", Fields: map[string]string{"idempotency_key": "Send 1 to 255 characters."}}
}
