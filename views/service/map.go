package service

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"waybill/store"
)

// The map's own measures: it is drawn on a sheet of so many units, whatever its size on a page.
const (
	mapWidth, mapHeight = 420.0, 300.0
	mapMargin           = 44.0
	mapLetter           = 8.0  // width of a letter of a label
	mapLine             = 16.0 // height of a label
	mapDots             = 60   // so many warehouses are drawn
	mapLabels           = 12   // so many dots may each bear a name
	narrowest           = 0.15 // degrees that the map shows at least, some 15 km
)

// Map is where an order goes and from where: a dot for each warehouse that was thought of and for
// the recipient, lines for transfers and for the parcel. Text says the same in words. Grid is the path of
// the meridians and parallels below all that; Scale is a length that one can compare with.
type Map struct {
	Grid  string
	Scale Scale
	Dots  []Dot
	Legs  []Leg
	Names []Name
	Text  []string
}

// Dot is a place on the map: of the kind assembly, source, other or recipient.
type Dot struct{ Kind, X, Y, R, Name string }

// Leg is a way on the map: a transfer or the parcel.
type Leg struct{ Kind, X1, Y1, X2, Y2 string }

// Name is the label of a dot. Anchor is where the text begins: start, middle or end.
type Name struct{ X, Y, Anchor, Text string }

// spot is a place before it has been drawn.
type spot struct {
	kind, name string
	at         store.Point
	x, y       float64
}

// DrawMap draws a plan. to is where the address is, nil if nobody knows; place is what people call
// it. A plan that nobody has made gives no dots.
func DrawMap(plan store.Plan, to *store.Point, place string, scene Scene) Map {
	if _, known := scene.Directory.Warehouses[plan.Assembly]; !known {
		return Map{}
	}
	spots := spotsOf(plan, to, place, scene.Directory)
	g := project(spots)
	m := Map{Text: mapText(plan, to, place, scene), Grid: g.grid(), Scale: g.scaleBar()}
	m.Names = names(spots)
	assembly := spots[slices.IndexFunc(spots, func(s spot) bool { return s.kind == "assembly" })]
	for _, s := range spots {
		radius := map[string]string{"assembly": "9", "source": "7", "recipient": "12"}[s.kind]
		m.Dots = append(m.Dots, Dot{Kind: s.kind, X: number(s.x), Y: number(s.y), R: cmp.Or(radius, "5"), Name: s.name})
		switch s.kind {
		case "source":
			m.leg("transfer", s, assembly)
		case "recipient":
			m.leg("parcel", assembly, s)
		}
	}
	return m
}

// keys explains the kinds of dots that the map has.
func (m Map) keys() []Dot {
	var keys []Dot
	for _, key := range []Dot{{Kind: "assembly", Name: "Assembled here"}, {Kind: "source", Name: "Sends a transfer"}, {Kind: "other", Name: "Another warehouse"}, {Kind: "recipient", Name: "Recipient"}} {
		if slices.ContainsFunc(m.Dots, func(d Dot) bool { return d.Kind == key.Kind }) {
			keys = append(keys, key)
		}
	}
	return keys
}

// spotsOf lists what is on the map, what matters most last, so that it lies on top.
func spotsOf(plan store.Plan, to *store.Point, place string, d store.Directory) []spot {
	kinds := map[string]string{}
	for _, c := range plan.Candidates[:min(len(plan.Candidates), mapDots)] {
		kinds[c.Warehouse] = "other"
	}
	for _, source := range plan.Sources {
		kinds[source.Warehouse] = "source"
	}
	kinds[plan.Assembly] = "assembly"
	var spots []spot
	for _, kind := range []string{"other", "source", "assembly"} {
		for _, id := range d.WarehouseIDs {
			if w := d.Warehouses[id]; kinds[id] == kind && w.At != (store.Point{}) {
				spots = append(spots, spot{kind: kind, name: d.WarehouseName(id), at: w.At})
			}
		}
	}
	if w := d.Warehouses[plan.Assembly]; w.At == (store.Point{}) { // its coordinates are missing: it still has to be somewhere
		spots = append(spots, spot{kind: "assembly", name: d.WarehouseName(plan.Assembly), at: w.At})
	}
	if to != nil {
		name := cmp.Or(place, "Recipient")
		if slices.ContainsFunc(spots, func(s spot) bool { return s.name == name }) {
			name = "Recipient"
		}
		spots = append(spots, spot{kind: "recipient", name: name, at: *to})
	}
	return spots
}

// project puts the places on the sheet: north is up, and a kilometre is as long to the east as to
// the north.
func project(spots []spot) ground {
	lo, hi := spots[0].at, spots[0].at
	for _, s := range spots {
		lo = store.Point{Lat: min(lo.Lat, s.at.Lat), Lon: min(lo.Lon, s.at.Lon)}
		hi = store.Point{Lat: max(hi.Lat, s.at.Lat), Lon: max(hi.Lon, s.at.Lon)}
	}
	middle := store.Point{Lat: (lo.Lat + hi.Lat) / 2, Lon: (lo.Lon + hi.Lon) / 2}
	narrow := max(0.05, math.Cos(middle.Lat*math.Pi/180))
	degree := min((mapWidth-2*mapMargin)/max(narrowest, (hi.Lon-lo.Lon)*narrow), (mapHeight-2*mapMargin)/max(narrowest, hi.Lat-lo.Lat))
	g := ground{middle: middle, lon: degree * narrow, lat: degree}
	for i, s := range spots {
		spots[i].x = mapWidth/2 + (s.at.Lon-middle.Lon)*g.lon
		spots[i].y = mapHeight/2 - (s.at.Lat-middle.Lat)*g.lat
	}
	return g
}

// room is how far from its middle a place has to itself.
func (s spot) room() float64 {
	if s.kind == "recipient" {
		return 14
	}
	return 9
}

// box is a part of the sheet that is taken.
type box struct{ left, top, right, bottom float64 }

func (b box) meets(o box) bool {
	return b.left < o.right && o.left < b.right && b.top < o.bottom && o.top < b.bottom
}

// names puts a label beside each dot where it covers nothing else; one that fits nowhere is left
// out, for the text has it.
func names(spots []spot) []Name {
	var taken []box
	for _, s := range spots {
		r := s.room()
		taken = append(taken, box{s.x - r, s.y - r, s.x + r, s.y + r})
	}
	var list []Name
	for _, s := range slices.Backward(spots) {
		if s.kind == "other" && len(spots) > mapLabels {
			continue
		}
		r := s.room() + 4
		width := float64(len([]rune(s.name)))*mapLetter + 4
		for _, try := range []struct {
			x, y   float64
			anchor string
			left   float64
		}{
			{s.x + r, s.y + 5, "start", s.x + r}, {s.x - r, s.y + 5, "end", s.x - r - width},
			{s.x, s.y - r - 1, "middle", s.x - width/2}, {s.x, s.y + r + 12, "middle", s.x - width/2},
		} {
			b := box{try.left, try.y - mapLine + 4, try.left + width, try.y + 4}
			inside := b.left >= 0 && b.right <= mapWidth && b.top >= 0 && b.bottom <= mapHeight
			if inside && !slices.ContainsFunc(taken, b.meets) {
				taken = append(taken, b)
				list = append(list, Name{X: number(try.x), Y: number(try.y), Anchor: try.anchor, Text: s.name})
				break
			}
		}
	}
	return list
}

// leg draws a line that ends short of both dots, so that its arrow can be seen. Between dots that
// touch each other there is none.
func (m *Map) leg(kind string, from, to spot) {
	dx, dy := to.x-from.x, to.y-from.y
	length := math.Hypot(dx, dy)
	start, end := from.room()+1, length-to.room()-5
	if end <= start {
		return
	}
	dx, dy = dx/length, dy/length
	m.Legs = append(m.Legs, Leg{kind, number(from.x + start*dx), number(from.y + start*dy), number(from.x + end*dx), number(from.y + end*dy)})
}

// mapText says in words what the map shows.
func mapText(plan store.Plan, to *store.Point, place string, scene Scene) []string {
	town := scene.Directory.WarehouseName
	text := []string{"Assembled in " + town(plan.Assembly) + "."}
	at := scene.Directory.Warehouses[plan.Assembly].At
	for _, source := range plan.Sources {
		if source.Warehouse != plan.Assembly {
			away := scene.Directory.Warehouses[source.Warehouse].At.Distance(at)
			text = append(text, fmt.Sprintf("%s from %s, %s away.", scene.Directory.Goods(source.Lines), town(source.Warehouse), kilometres(away)))
		}
	}
	if to != nil {
		text = append(text, fmt.Sprintf("The parcel then goes %s to %s.", kilometres(at.Distance(*to)), cmp.Or(place, "the recipient")))
	}
	return text
}

// Words is the whole text in one piece.
func (m Map) Words() string { return strings.Join(m.Text, " ") }

func kilometres(metres float64) string { return fmt.Sprintf("%.0f km", metres/1000) }

func number(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) }
