package seal

import (
	"encoding/binary"
	"strings"
	"time"

	"waybill/store"
)

// noteRoom is how many bytes a note says, so that it fits behind the longest token.
const noteRoom = 100

// Note goes with an order's link, behind the token, and says that its customer has asked to cancel it while
// nobody could look it up. So whoever has asked one node carries the answer to the others: they hear of it in
// no other way before Redis is back.
type Note struct {
	store.Cancellation      // At is in whole seconds; the end of a long Why is missing, and Who has no name
	Done               bool // the node that has the order has cancelled it; otherwise another one has written the wish down
}

// Noted puts a note behind a token. Nobody without the shop's key can make one, or put one behind another
// token.
func (s *Seal) Noted(token string, n Note) string {
	b := []byte{0}
	if n.Done {
		b[0] = 1
	}
	b = binary.AppendUvarint(b, uint64(max(0, n.At.Unix())))
	for _, word := range []string{string(n.Who.Role), n.Who.ID} {
		b = binary.AppendUvarint(b, uint64(len(word)))
		b = append(b, word...)
	}
	b = append(b, shorten(n.Why, noteRoom-len(b))...)
	return store.JoinReference(token, s.box(b, noteOf(token)))
}

// Note reads what stands behind the token of a reference; false when that is nothing, or was not sealed with the
// same key for this token.
func (s *Seal) Note(reference string) (Note, bool) {
	token, text := store.SplitReference(reference)
	if text == "" || len(reference) > store.LongestReference {
		return Note{}, false
	}
	b, ok := s.unbox(text, noteOf(token))
	if !ok {
		return Note{}, false
	}
	r := reader{b: b, ok: true}
	n := Note{Done: r.number() == 1}
	n.At = time.Unix(int64(r.number()), 0).UTC()
	n.Who.Role = store.Role(r.bytes(int(r.number())))
	n.Who.ID = string(r.bytes(int(r.number())))
	n.Why = string(r.b)
	return n, r.ok
}

// noteOf is what a note is sealed with besides the key: it belongs to one token, and is no ticket.
func noteOf(token string) []byte { return []byte("cancel " + token) }

// shorten cuts a text that has more than so many bytes, between two characters.
func shorten(text string, room int) string {
	const more = "…"
	switch {
	case len(text) <= room:
		return text
	case room <= len(more):
		return ""
	}
	return strings.ToValidUTF8(text[:room-len(more)], "") + more
}
