package store

import "testing"

func TestWhoGivesToAShelfThatRunsLow(t *testing.T) {
	place := func(id string, lat float64) Warehouse { return Warehouse{ID: id, At: Point{lat, 20}} }
	low := Pile{Warehouse: place("here", 54), Free: 2, Threshold: 10}
	for name, c := range map[string]struct {
		low    Pile
		others []Pile
		want   Suggestion
	}{
		"plenty": {low, []Pile{{Warehouse: place("w", 52), Free: 80, Threshold: 30}}, Suggestion{"w", 18, 80, 30}},
		"the nearer of two who have it all": {low, []Pile{{Warehouse: place("far", 49), Free: 90}, {Warehouse: place("near", 53), Free: 40}},
			Suggestion{"near", 18, 40, 0}},
		"the one with most when none has it all": {low, []Pile{{Warehouse: place("near", 53), Free: 12, Threshold: 10}, {Warehouse: place("far", 49), Free: 15, Threshold: 5}},
			Suggestion{"far", 10, 15, 5}},
		"nobody gives what they need":    {low, []Pile{{Warehouse: place("w", 52), Free: 30, Threshold: 30}}, Suggestion{}},
		"nobody takes from oneself":      {low, []Pile{{Warehouse: place("here", 54), Free: 99}}, Suggestion{}},
		"enough is coming":               {Pile{Free: 2, Threshold: 10, Coming: 8}, []Pile{{Warehouse: place("w", 52), Free: 80}}, Suggestion{}},
		"some is coming, and not enough": {Pile{Free: 2, Threshold: 10, Coming: 5}, []Pile{{Warehouse: place("w", 52), Free: 80}}, Suggestion{"w", 13, 80, 0}},
		"no threshold":                   {Pile{}, []Pile{{Warehouse: place("w", 52), Free: 80}}, Suggestion{}},
		"just enough":                    {Pile{Free: 10, Threshold: 10}, []Pile{{Warehouse: place("w", 52), Free: 80}}, Suggestion{}},
	} {
		got, ok := Suggest(c.low, c.others)
		if got != c.want || ok != (c.want.Units > 0) {
			t.Errorf("%s: %+v, %v", name, got, ok)
		}
	}
}
