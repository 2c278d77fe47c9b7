package rdb

import (
	"testing"

	"waybill/store"
)

// What a changed order would be promised is what it is promised once it is changed, by every speed, also
// when it holds the last units itself; what it cannot have is said before.
func TestEditQuotesKeepTheirWord(t *testing.T) {
	s := emptyShop(t)
	ctx := t.Context()
	o := mustPlace(t, s, line("prod1", 1), line("prod6", free(t, s, "prod6")))
	for name, lines := range map[string][]store.Line{
		"the same":         o.Lines,
		"one more mug":     {line("prod1", 2), o.Lines[1]},
		"nothing travels":  {o.Lines[1]},
		"from elsewhere":   {line("prod5", 2)},
		"half of the last": {line("prod6", 12)},
	} {
		for _, speed := range []store.Speed{store.Standard, store.Express} {
			before := mustOrder(t, s, o.Number)
			quotes, err := s.EditQuotes(ctx, o.Number, lines, o.At)
			must(t, err)
			e := wish(before)
			e.Draft.Lines, e.Draft.Speed = lines, speed
			after, err := s.Edit(ctx, shopper, o.Number, e)
			must(t, err)
			for _, q := range quotes {
				if q.Speed == speed && (!q.PromisedAt.Equal(after.PromisedAt) || len(q.Short) > 0 || q.Waits) {
					t.Errorf("%s, %s: quoted %s, short of %v; promised %s", name, speed, q.PromisedAt, q.Short, after.PromisedAt)
				}
			}
		}
	}
	quotes, err := s.EditQuotes(ctx, o.Number, []store.Line{line("prod6", 500)}, o.At)
	must(t, err)
	if q := quotes[0]; len(q.Short) != 1 || q.Short[0].Waits || q.Waits || !q.PromisedAt.IsZero() {
		t.Errorf("500 of them: %+v", q)
	}
	version := mustOrder(t, s, o.Number).Version
	if _, err := s.EditQuotes(ctx, 999999, o.Lines, nil); store.KindOf(err) != store.NotFound {
		t.Error(err)
	}
	if after := mustOrder(t, s, o.Number).Version; after != version {
		t.Error("asking changes the order")
	}
	check(t, s)
}

// An order that waits is told how long it would wait.
func TestEditQuotesOfAWaitingOrder(t *testing.T) {
	s := emptyShop(t)
	ctx := t.Context()
	p := placement(line("prod6", free(t, s, "prod6")+5))
	p.Draft.Backorder = true
	o, _, err := s.Place(ctx, p)
	must(t, err)
	quotes, err := s.EditQuotes(ctx, o.Number, o.Lines, o.At)
	must(t, err)
	if q := quotes[0]; !q.Waits || len(q.Short) != 1 {
		t.Errorf("as it is: %+v", q)
	}
	quotes, err = s.EditQuotes(ctx, o.Number, []store.Line{line("prod6", 2)}, o.At)
	must(t, err)
	if q := quotes[0]; q.Waits || len(q.Short) > 0 || q.PromisedAt.IsZero() {
		t.Errorf("two of them: %+v", q)
	}
	check(t, s)
}
