package service

import (
	"context"
	"strings"
	"unicode"
	"unicode/utf8"

	"waybill/store"
	"waybill/views/ui"
)

// longestSearch is as many bytes as any tracking link has.
const longestSearch = 700

// shortestToken is fewer characters than the unguessable part of any tracking link has.
const shortestToken = 16

// nothing tells what can be looked for.
const nothing = "Look for an order’s number, such as 100 123, or for a whole tracking link."

// find looks for the one order that a text means: its number, with or without spaces and
// "order:" before it, or its tracking link or the link's last part. NotFound says why
// nothing was found.
func (h *Handlers) find(ctx context.Context, text string) (store.Number, error) {
	if len(text) > longestSearch || !utf8.ValidString(text) {
		return 0, store.Errorf(store.NotFound, "This is too long to be a number or a link. %s", nothing)
	}
	if n, ok := numberIn(text); ok {
		order, err := h.store.Order(ctx, n)
		if store.KindOf(err) == store.NotFound {
			return 0, store.Errorf(store.NotFound, "There is no order %s. %s", ui.OrderNumber(n.String()), nothing)
		}
		return order.Number, err
	}
	if token, ok := tokenIn(text); ok {
		order, err := h.store.OrderByToken(ctx, token)
		if store.KindOf(err) == store.NotFound {
			return 0, store.Errorf(store.NotFound, "This tracking link leads to no order. %s", nothing)
		}
		return order.Number, err
	}
	return 0, store.Errorf(store.NotFound, "Nothing was found. %s", nothing)
}

// numberIn reads an order's number as people say, write and copy it.
func numberIn(text string) (store.Number, bool) {
	bare := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, text)
	for _, prefix := range []string{"order", ":", "#"} {
		bare = strings.TrimPrefix(bare, prefix)
	}
	return store.ParseNumber(bare)
}

// tokenIn reads the unguessable part of a tracking link.
func tokenIn(text string) (string, bool) {
	text = strings.TrimSpace(text)
	if _, after, ok := strings.Cut(text, "/track/"); ok {
		text = after
		if end := strings.IndexAny(text, "/?# "); end >= 0 {
			text = text[:end]
		}
	}
	return text, len(text) >= shortestToken && store.ValidReference(text)
}
