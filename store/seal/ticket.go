package seal

import (
	"crypto/sha256"
	"encoding/binary"
	"strings"
	"time"

	"waybill/store"
)

const (
	mark       = "1" // begins every sealed link, and tells its form; the short links of earlier days begin otherwise
	ticketMost = 20  // lines that a link holds
	ticketRoom = 200 // bytes for them, so that a link stays short enough to be sent around
)

// MaxToken is how long a token may be, in bytes; what is longer was not made here.
const MaxToken = store.LongestReference

// Ticket is what a customer's link says by itself: enough for a page that tells the customer that their
// order is known, also where nobody else can be asked. It holds nothing about the customer.
type Ticket struct {
	Number store.Number
	At     time.Time    // when the order was taken, UTC, in whole seconds
	Lines  []store.Line // the first lines
	More   int          // lines beyond those

	wish [8]byte // of the order's UID
}

// NewTicket makes the ticket of an order. Lines that do not fit into a link are counted only.
func NewTicket(n store.Number, uid string, at time.Time, lines []store.Line) Ticket {
	t := Ticket{Number: n, At: at.UTC().Truncate(time.Second), wish: wishOf(uid)}
	room := ticketRoom
	for _, line := range lines[:min(len(lines), ticketMost)] {
		if room -= len(line.Product) + 3; room < 0 {
			break
		}
		t.Lines = append(t.Lines, line)
	}
	t.More = len(lines) - len(t.Lines)
	return t
}

// Of tells whether an order, by its UID, is the one that the ticket was made for: somebody else's order
// may have taken its number.
func (t Ticket) Of(uid string) bool { return t.wish == wishOf(uid) }

func wishOf(uid string) [8]byte {
	sum := sha256.Sum256([]byte(uid))
	return [8]byte(sum[:8])
}

// Order is the order as far as its ticket tells: received. Its version is 0, for it was read nowhere.
func (t Ticket) Order(token string) store.Order {
	return store.Order{Number: t.Number, Token: token, Status: store.Received, PlacedAt: t.At, Lines: t.Lines, Unlisted: t.More}
}

// Token makes the unguessable part of a customer's link: nobody without the shop's key can make one that
// opens, but by guessing 128 bits. It differs each time.
func (s *Seal) Token(t Ticket) string {
	b := binary.AppendUvarint(nil, uint64(t.Number))
	b = binary.AppendUvarint(b, uint64(max(0, t.At.Unix())))
	b = append(b, t.wish[:]...)
	b = binary.AppendUvarint(b, uint64(t.More))
	for _, line := range t.Lines {
		b = binary.AppendUvarint(b, uint64(len(line.Product)))
		b = append(b, line.Product...)
		b = binary.AppendUvarint(b, uint64(max(0, line.Quantity)))
	}
	return mark + s.box(b, []byte(mark))
}

// Sealed tells whether a token looks like one that Token has made.
func Sealed(token string) bool {
	return strings.HasPrefix(token, mark) && len(token) <= MaxToken
}

// Open reads what Token has sealed with the same key; false for every other word.
func (s *Seal) Open(token string) (Ticket, bool) {
	if !Sealed(token) {
		return Ticket{}, false
	}
	b, ok := s.unbox(token[len(mark):], []byte(mark))
	if !ok {
		return Ticket{}, false
	}
	r := reader{b: b, ok: true}
	t := Ticket{Number: store.Number(r.number()), At: time.Unix(int64(r.number()), 0).UTC()}
	copy(t.wish[:], r.bytes(len(t.wish)))
	t.More = int(r.number())
	for r.ok && len(r.b) > 0 {
		product := r.bytes(int(r.number()))
		t.Lines = append(t.Lines, store.Line{Product: string(product), Quantity: int(r.number())})
	}
	return t, r.ok
}

// reader takes the parts of a ticket off its front.
type reader struct {
	b  []byte
	ok bool
}

func (r *reader) number() uint64 {
	n, size := binary.Uvarint(r.b)
	if size <= 0 || n > 1<<62 {
		r.b, r.ok = nil, false
		return 0
	}
	r.b = r.b[size:]
	return n
}

func (r *reader) bytes(n int) []byte {
	if n > len(r.b) {
		r.b, r.ok = nil, false
		return nil
	}
	part := r.b[:n]
	r.b = r.b[n:]
	return part
}
