package api

import (
	"slices"
	"strings"
	"testing"
)

// A count below what is promised lists who holds what; with give_way they lose it, if they may and if it is
// enough.
func TestCountBelowWhatIsPromised(t *testing.T) {
	e, s := open(t, OneKey(secret))
	put := func(body string) (int, string) {
		w := ask(e, "PUT", "/api/v1/warehouses/warehouse1/stock/prod1", strings.NewReader(body))
		return w.Code, w.Body.String()
	}
	for name, c := range map[string]struct {
		body string
		code int
		says []string
	}{
		"asks":         {`{"on_hand":1,"reason":"Counted"}`, 409, []string{`"missing":1`, `"order":"100123"`, `"may_lose":1`, `"loses":1`, `"status":"ready"`, `"may_lose":0`}},
		"too few":      {`{"on_hand":0,"reason":"Counted","give_way":["100123"]}`, 409, []string{`"missing":1`, "do not hold enough"}},
		"nobody":       {`{"on_hand":1,"reason":"Counted","give_way":[]}`, 409, []string{`"missing":1`}},
		"not a list":   {`{"on_hand":1,"reason":"Counted","give_way":"100123"}`, 422, []string{"body.give_way"}},
		"not a string": {`{"on_hand":1,"reason":"Counted","give_way":[100123]}`, 422, []string{"body.give_way[0]"}},
	} {
		code, body := put(c.body)
		for _, part := range c.says {
			if code != c.code || !strings.Contains(body, part) {
				t.Errorf("%s: %d, no %s in %s", name, code, part, body)
			}
		}
	}
	if len(s.counts) > 0 {
		t.Errorf("booked %v", s.counts)
	}
	if code, body := put(`{"on_hand":1,"reason":"Counted","give_way":["100123"]}`); code != 200 || !strings.Contains(body, `"on_hand":1`) ||
		!slices.Equal(s.counts, []string{"main/counted/warehouse1/[{prod1 -4 5}]/[{100123  prod1 1}]/Counted"}) {
		t.Errorf("%d %s, booked %v", code, body, s.counts)
	}
}
