package store

import (
	"errors"
	"maps"
	"testing"
)

func TestTakes(t *testing.T) {
	d := Directory{Products: map[string]Product{
		"mug": {Name: "Mug", Limit: 3}, "lamp": {Name: "Lamp", Withdrawn: true}, "pan": {Name: "Pan"},
	}}
	draft := func(country string, lines ...Line) Draft {
		return Draft{Recipient: Recipient{Address: Address{Country: country}}, Lines: lines}
	}
	poland := []Country{{"PL", "Poland"}}
	many := []Country{{"A", "A"}, {"B", "B"}, {"C", "C"}, {"D", "D"}, {"E", "E"}, {"F", "F"}, {"G", "G"}, {"H", "H"}}
	for name, c := range map[string]struct {
		served []Country
		draft  Draft
		want   map[string]string
	}{
		"all is well":      {nil, draft("DE", Line{"mug", 3}, Line{"pan", MaxQuantity}), nil},
		"a served country": {poland, draft("PL", Line{"pan", 1}), nil},
		"nobody said":      {poland, draft("", Line{"pan", 1}), nil},
		"another country":  {poland, draft("DE", Line{"pan", 1}), map[string]string{"recipient.address.country": "We do not send to this country. We send to Poland."}},
		"a long list":      {many, draft("DE", Line{"pan", 1}), map[string]string{"recipient.address.country": "We do not send to this country. We send to A, B, C, D, E, F and 2 other countries."}},
		"one more":         {many[:7], draft("DE", Line{"pan", 1}), map[string]string{"recipient.address.country": "We do not send to this country. We send to A, B, C, D, E, F and G."}},
		"each of its own": {nil, draft("PL", Line{"pan", 1}, Line{"lamp", 1}, Line{"vase", 1}, Line{"mug", 4}), map[string]string{
			"lines[1].product": "Lamp is not sold any more.", "lines[2].product": "There is no product vase in this shop.",
			"lines[3].quantity": "One order can hold at most 3 of Mug.",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			d.Served = c.served
			err := d.Takes(c.draft)
			e, _ := errors.AsType[*Error](err)
			if (err == nil) != (c.want == nil) || e != nil && (e.Kind != Invalid || !maps.Equal(e.Fields, c.want)) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func TestWhatIsPossible(t *testing.T) {
	lines := []Line{{"mug", 5}, {"pan", 1}, {"lamp", 2}}
	got := ShortFields(lines, []Shortage{{Product: "lamp", Wanted: 2, Left: 0}, {Product: "mug", Wanted: 5, Left: 3}, {Product: "vase"}})
	if want := map[string]string{"lines[0].quantity": "Only 3 left.", "lines[2].quantity": "None is left."}; !maps.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	d := Directory{Products: map[string]Product{"lamp": {Name: "Lamp", Withdrawn: true}, "mug": {Name: "Mug", Withdrawn: true}, "pan": {Name: "Pan"}}}
	for want, n := range map[string]int{"Mug is not sold any more.": 2, "Mug and Lamp are not sold any more.": 3} {
		if got := d.NotSold(lines[:n]); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// What is said of a shortage is what one can do about it: order fewer, wait for fewer, order ahead.
func TestWhatIsPossibleByWaiting(t *testing.T) {
	for want, s := range map[string]Shortage{
		"Only 3 left.": {Left: 3, Waits: true},
		"Only 3 left. An order can wait for 6 at most.": {Left: 3, Waits: true, Full: true, Room: 6},
		"Only 8 left.": {Left: 8, Waits: true, Full: true, Room: 6},
		"None is left. An order can wait for 6 at most.": {Waits: true, Full: true, Room: 6},
		"None is left.": {Waits: true, Full: true},
		"This is not out yet. It can be ordered ahead.": {Waits: true, Ahead: true},
		"Only 6 more can be ordered ahead.":             {Waits: true, Ahead: true, Full: true, Room: 6},
		"No more of these can be ordered ahead.":        {Waits: true, Ahead: true, Full: true},
	} {
		if got := s.Words(); got != want {
			t.Errorf("%+v: %q, want %q", s, got, want)
		}
	}
}
