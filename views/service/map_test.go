package service

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"waybill/store"
)

func parse(t *testing.T, text string) float64 {
	t.Helper()
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// Wherever the places lie, all of the map stays on its sheet, and north is up.
func TestMapStaysOnItsSheet(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for range 300 {
		scene := Scene{Directory: store.Directory{Warehouses: map[string]store.Warehouse{}}}
		spread := []float64{0, 0.01, 3, 60}[random.IntN(4)]
		place := func() store.Point {
			return store.Point{Lat: 20 + spread*random.Float64(), Lon: 20 + 2*spread*random.Float64()}
		}
		plan := store.Plan{Assembly: "w0"}
		for i := range 1 + random.IntN(80) {
			id := fmt.Sprintf("w%d", i)
			scene.Directory.Warehouses[id] = store.Warehouse{ID: id, Name: strings.Repeat("Ł", 1+random.IntN(90)), At: place()}
			scene.Directory.WarehouseIDs = append(scene.Directory.WarehouseIDs, id)
			plan.Candidates = append(plan.Candidates, store.Candidate{Warehouse: id})
			if i < 4 {
				plan.Sources = append(plan.Sources, store.Source{Warehouse: id})
			}
		}
		to := place()
		m := DrawMap(plan, &to, "Somewhere", scene)
		if len(m.Dots) < 2 || len(m.Legs) > len(plan.Sources) || len(m.Dots) > mapDots+4 {
			t.Fatalf("%d dots, %d legs", len(m.Dots), len(m.Legs))
		}
		for _, d := range m.Dots {
			if x, y := parse(t, d.X), parse(t, d.Y); x < 9 || x > mapWidth-9 || y < 9 || y > mapHeight-9 {
				t.Fatalf("%s lies at %v, %v", d.Kind, x, y)
			}
		}
		if long := parse(t, m.Scale.X2) - parse(t, m.Scale.X1); long < scaleLongest/5 || long > scaleLongest+0.1 || m.Grid == "" || len(m.Grid) > 600 {
			t.Fatalf("a scale of %v (%s), a grid of %q", long, m.Scale.Text, m.Grid)
		}
	}
}

func TestMapOfADecision(t *testing.T) {
	o := sampleOrder()
	m := DrawMap(o.Plan, o.At, "Gdańsk Wrzeszcz", sampleScene())
	at := map[string]Dot{}
	for _, d := range m.Dots {
		at[d.Name] = d
	}
	if parse(t, at["Gdańsk"].Y) >= parse(t, at["Warszawa"].Y) || parse(t, at["Gdańsk"].X) >= parse(t, at["Warszawa"].X) || at["Kraków"].Kind != "other" {
		t.Errorf("%+v", m.Dots)
	}
	if got, want := m.Words(), "Assembled in Gdańsk. 1 × Wool blanket from Warszawa, 284 km away. The parcel then goes 3 km to Gdańsk Wrzeszcz."; got != want {
		t.Errorf("says %q", got)
	}
	apart := math.Hypot(parse(t, at["Gdańsk"].X)-parse(t, at["Warszawa"].X), parse(t, at["Gdańsk"].Y)-parse(t, at["Warszawa"].Y))
	if km := apart / (parse(t, m.Scale.X2) - parse(t, m.Scale.X1)) * parse(t, strings.TrimSuffix(m.Scale.Text, " km")); km < 280 || km > 288 {
		t.Errorf("by its scale of %s Warszawa is %.0f km away, and not 284", m.Scale.Text, km)
	}
	if m := DrawMap(store.Plan{}, o.At, "", sampleScene()); len(m.Dots) != 0 {
		t.Error("a map of nothing")
	}
}
