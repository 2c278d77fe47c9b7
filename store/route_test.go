package store

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"pgregory.net/rapid"
)

func warsaw() Calendar {
	zone, err := time.LoadLocation("Europe/Warsaw")
	if err != nil {
		panic(err)
	}
	return Calendar{Zone: zone}
}

// The first orders that Waybill was asked to handle: their products lie in three warehouses.
func ExampleRoute() {
	hold := func(products ...string) map[string]int {
		free := map[string]int{}
		for _, product := range products {
			free[product] = 10
		}
		return free
	}
	sites := []Site{
		{Warehouse{ID: "warehouse1", At: Point{52.2297, 21.0122}}, hold("prod1", "prod4", "prod9"), nil},
		{Warehouse{ID: "warehouse2", At: Point{54.3520, 18.6466}}, hold("prod2", "prod3", "prod6", "prod8"), nil},
		{Warehouse{ID: "warehouse3", At: Point{51.1079, 17.0385}}, hold("prod5", "prod7"), nil},
	}
	sopot := Point{54.4418, 18.5601}
	show := func(to *Point, products ...string) {
		req := Request{To: to, Speed: Standard, Now: time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC), Calendar: warsaw()}
		for _, product := range products {
			req.Lines = append(req.Lines, Line{product, 1})
		}
		plan, err := Route(req, sites)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println("assemble in", plan.Assembly, "for", plan.PromisedAt.In(req.Calendar.Zone).Format("Mon 2 Jan, 15:04"))
		for _, source := range plan.Sources {
			fmt.Println("  from", source.Warehouse, source.Lines)
		}
		for _, c := range plan.Candidates[1:] {
			fmt.Println("  not "+c.Warehouse+":", c.Lost)
		}
	}
	fmt.Println("order 123, no address:")
	show(nil, "prod1", "prod6", "prod9")
	fmt.Println("order 123, to Sopot:")
	show(&sopot, "prod1", "prod6", "prod9")
	fmt.Println("order 125, to Sopot:")
	show(&sopot, "prod9", "prod2", "prod3")
	// Output:
	// order 123, no address:
	// assemble in warehouse1 for Thu 5 Mar, 18:00
	//   from warehouse1 [{prod1 1} {prod9 1}]
	//   from warehouse2 [{prod6 1}]
	//   not warehouse2: Is as good as warehouse1, which comes first by name.
	//   not warehouse3: Needs 2 transfers, warehouse1 needs 1.
	// order 123, to Sopot:
	// assemble in warehouse2 for Thu 5 Mar, 18:00
	//   from warehouse2 [{prod6 1}]
	//   from warehouse1 [{prod1 1} {prod9 1}]
	//   not warehouse1: Would arrive on Fri 6 Mar, from warehouse2 on Thu 5 Mar.
	//   not warehouse3: Would arrive on Fri 6 Mar, from warehouse2 on Thu 5 Mar.
	// order 125, to Sopot:
	// assemble in warehouse2 for Thu 5 Mar, 18:00
	//   from warehouse2 [{prod2 1} {prod3 1}]
	//   from warehouse1 [{prod9 1}]
	//   not warehouse1: Would arrive on Fri 6 Mar, from warehouse2 on Thu 5 Mar.
	//   not warehouse3: Would arrive on Fri 6 Mar, from warehouse2 on Thu 5 Mar.
}

// smallShop draws a shop in which every way to route can be tried. Its places repeat, so that
// distances tie, and lie up to 2,000 km apart, so that dates differ; in a scattered one each site
// has so little that several must give.
func smallShop(t *rapid.T) (Request, []Site) {
	lats, lons, most, count := rapid.IntRange(44, 56), rapid.IntRange(0, 5), 4, 5
	if rapid.Bool().Draw(t, "scattered") {
		lats, lons, most, count = rapid.IntRange(50, 51), rapid.IntRange(0, 1), 1, 7
	}
	place := rapid.Custom(func(t *rapid.T) Point {
		return Point{float64(lats.Draw(t, "lat")), float64(lons.Draw(t, "lon")) * 5}
	})
	req := Request{
		Speed:    rapid.SampledFrom(Speeds()).Draw(t, "speed"),
		Now:      time.Date(2026, 3, 20, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 14*24*60).Draw(t, "minute")) * time.Minute),
		Calendar: warsaw(),
	}
	if rapid.Bool().Draw(t, "address") {
		to := place.Draw(t, "to")
		req.To = &to
	}
	for i := range rapid.IntRange(1, 4).Draw(t, "products") {
		req.Lines = append(req.Lines, Line{fmt.Sprintf("prod%d", i), rapid.IntRange(1, 4).Draw(t, "wanted")})
	}
	var sites []Site
	for i := range rapid.IntRange(1, count).Draw(t, "sites") {
		site := Site{Warehouse{ID: fmt.Sprintf("w%d", i), At: place.Draw(t, "at")}, map[string]int{"other": 9}, nil}
		drawWork(t, &site, req.Now)
		for _, line := range req.Lines {
			if n := rapid.IntRange(-1, most).Draw(t, "free"); n != 0 {
				site.Free[line.Product] = n
			}
		}
		sites = append(sites, site)
	}
	return req, sites
}

func TestRouteAgainstBruteForce(t *testing.T) {
	for range 10 { // ten times the usual hundred shops: some mistakes are rare
		rapid.Check(t, func(t *rapid.T) {
			req, sites := smallShop(t)
			checkRoute(t, req, sites)
		})
	}
}

// Many sites at few places, each with a little of everything: several sets of sources are
// equally few, and often equally far.
func TestRouteAgainstBruteForceWithTies(t *testing.T) {
	for seed := range uint64(400) {
		random := rand.New(rand.NewPCG(seed, 1))
		req, sites := bigShop(8, 4, 0.35, 1)
		for i := range sites {
			clear(sites[i].Free)
			for _, line := range req.Lines {
				sites[i].Free[line.Product] = random.IntN(7) / 4
			}
			sites[i].Warehouse.At = Point{50, float64(random.IntN(4) * random.IntN(3))}
		}
		checkRoute(t, req, sites)
	}
}

// Long orders in shops in which each site has little: four, five or six must give. Some sites have
// a part of what is wanted of a line.
func TestRouteAgainstBruteForceWhenSparse(t *testing.T) {
	transfers := map[int]int{}
	for seed := range uint64(150) {
		random := rand.New(rand.NewPCG(seed, 2))
		req, sites := bigShop(9+random.IntN(4), 6+random.IntN(8), 0, 1)
		if seed%3 == 0 {
			req.To = nil
		}
		density := 0.15 + 0.3*random.Float64()
		for i := range sites {
			for _, line := range req.Lines {
				if random.Float64() < density {
					sites[i].Free[line.Product] = 1 + random.IntN(4)
				}
			}
			if seed%2 == 0 {
				sites[i].Warehouse.At = Point{50 + float64(random.IntN(3)), 20 + float64(random.IntN(2))}
			}
		}
		checkRoute(t, req, sites)
		if len(bruteShort(req, sites)) == 0 {
			transfers[len(brute(req, sites)[0].sources)]++
		}
	}
	t.Logf("shops by the fewest transfers of their best warehouse: %v", transfers)
	if transfers[3] == 0 || transfers[4] == 0 || transfers[5] == 0 {
		t.Error("these shops were meant to be sparse")
	}
}

// More sites and more lines than fit into one word of a set.
func TestRouteAgainstBruteForceBeyondOneWord(t *testing.T) {
	for _, density := range []float64{0.94, 0.97} {
		req, sites := bigShop(70, 90, density, 4)
		req.To = nil
		plan, err := Route(req, sites)
		if err != nil {
			t.Fatal(err)
		}
		checkUnits(t, req, sites, plan)
		want := brute(req, sites)[0]
		if best := plan.Candidates[0]; best.Warehouse != want.at || !slices.Equal(bringers(best), want.sources) || best.Rough {
			t.Errorf("assembled in %s from %v, want %s from %v", best.Warehouse, bringers(best), want.at, want.sources)
		}
		t.Logf("density %v: from %v", density, want.sources)
	}
}

// checkRoute compares a plan with what trying everything gives.
func checkRoute(t rapid.TB, req Request, sites []Site) {
	plan, err := Route(req, sites)
	if short := bruteShort(req, sites); len(short) > 0 {
		e, ok := errors.AsType[*Error](err)
		if !ok || e.Kind != Conflict || !reflect.DeepEqual(e.Short, short) {
			t.Fatalf("got %v, want a shortage of %v", err, short)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	checkUnits(t, req, sites, plan)
	want := brute(req, sites)
	if best := plan.Candidates[0]; plan.Assembly != best.Warehouse || plan.PromisedAt != best.PromisedAt || plan.ReadyAt != best.readyAt || plan.LeavesOn != want[0].leavesOn || !reflect.DeepEqual(plan.Sources, best.Sources) {
		t.Fatalf("the plan %+v is not its first candidate", plan)
	}
	for i, c := range plan.Candidates {
		w := want[i]
		if c.Warehouse != w.at || !c.PromisedAt.Equal(w.promised) || c.Transfers != len(w.sources) || c.Distance != w.distance || c.AtLeast || c.Rough {
			t.Fatalf("candidate %d is %+v, want %+v", i, c, w)
		}
		if from := bringers(c); !slices.Equal(from, w.sources) || !c.readyAt.Equal(w.ready) {
			t.Fatalf("candidate %d brings from %v by %v, want %v by %v", i, from, c.readyAt, w.sources, w.ready)
		}
		if (c.Lost == "") != (i == 0) {
			t.Fatalf("candidate %d lost because of %q", i, c.Lost)
		}
	}
	r := newRouter(req, sites)
	for _, c := range r.outlook() {
		outlook := *c
		if r.complete(c); req.compare(c, &outlook) < 0 {
			t.Fatalf("%+v is better than its outlook %+v", c, outlook)
		}
	}
	shuffled := slices.Clone(sites)
	rand.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	if again, _ := Route(req, shuffled); !reflect.DeepEqual(again, plan) {
		t.Fatalf("another order of the sites gives %+v, not %+v", again, plan)
	}
}

// The place of assembly has as many units again as it lacks of them: it is not a source for itself.
func TestRouteNeedsTwoBesidesItself(t *testing.T) {
	here, there := Point{44, 0}, Point{44, 5}
	sites := []Site{
		{Warehouse{ID: "w1", At: there}, map[string]int{"prod1": 1}, nil},
		{Warehouse{ID: "w2", At: here}, map[string]int{"prod0": 2, "prod1": 1}, nil},
		{Warehouse{ID: "w3", At: here}, map[string]int{"prod1": 1}, nil},
		{Warehouse{ID: "w4", At: here}, map[string]int{"prod0": 1}, nil},
	}
	plan, err := Route(Request{Lines: []Line{{"prod0", 3}, {"prod1", 2}}, To: &here, Calendar: warsaw()}, sites)
	if err != nil {
		t.Fatal(err)
	}
	want := []Source{{Warehouse: "w2", Lines: []Line{{"prod0", 2}, {"prod1", 1}}}, {Warehouse: "w3", Lines: []Line{{"prod1", 1}}}, {Warehouse: "w4", Lines: []Line{{"prod0", 1}}}}
	if !reflect.DeepEqual(plan.Sources, want) {
		t.Errorf("the sources are %v", plan.Sources)
	}
}

// bringers are the warehouses from which transfers come, in their order.
func bringers(c Candidate) []string {
	var from []string
	for _, source := range c.Sources {
		if source.Warehouse != c.Warehouse {
			from = append(from, source.Warehouse)
		}
	}
	return from
}

// checkUnits checks that a plan takes exactly what was ordered, and no more than there is.
func checkUnits(t rapid.TB, req Request, sites []Site, plan Plan) {
	taken := map[string]int{}
	for _, source := range plan.Sources {
		i := slices.IndexFunc(sites, func(s Site) bool { return s.Warehouse.ID == source.Warehouse })
		if len(source.Lines) == 0 {
			t.Fatalf("%s gives nothing", source.Warehouse)
		}
		for _, line := range source.Lines {
			if line.Quantity < 1 || line.Quantity > sites[i].Free[line.Product] {
				t.Fatalf("%s gives %d of %d", source.Warehouse, line.Quantity, sites[i].Free[line.Product])
			}
			taken[line.Product] += line.Quantity
		}
	}
	for _, line := range req.Lines {
		if taken[line.Product] != line.Quantity {
			t.Fatalf("takes %d of %s, not %d", taken[line.Product], line.Product, line.Quantity)
		}
	}
}

// outcome is what the brute force found out about one place of assembly.
type outcome struct {
	at              string
	promised, ready time.Time
	leavesOn        Day
	distance        float64
	sources         []string
	far, sum        float64
	distances       []float64
}

func bruteShort(req Request, sites []Site) []Shortage {
	var short []Shortage
	for _, line := range req.Lines {
		left := 0
		for _, site := range sites {
			left += max(0, site.Free[line.Product])
		}
		if left < line.Quantity {
			short = append(short, Shortage{Product: line.Product, Wanted: line.Quantity, Left: left})
		}
	}
	return short
}

// brute tries every set of sources for every place of assembly, smaller ones first, and sorts what
// comes of it.
func brute(req Request, sites []Site) []outcome {
	var all []outcome
	for at := range sites {
		var best *outcome
		for size := 0; best == nil; size++ {
			subsets(len(sites), size, at, func(subset []int) {
				if !suffices(req.Lines, sites, append(subset, at)) {
					return
				}
				if o := outcomeOf(req, sites, at, subset); best == nil || cheaper(o, *best) < 0 {
					best = &o
				}
			})
		}
		all = append(all, *best)
	}
	slices.SortFunc(all, func(a, b outcome) int {
		date, transfers := a.promised.Compare(b.promised), len(a.sources)-len(b.sources)
		if req.To == nil {
			date, transfers = transfers, date
		}
		return cmp.Or(date, transfers, cmp.Compare(a.distance, b.distance), cmp.Compare(a.at, b.at))
	})
	return all
}

// subsets goes through all sets of so many numbers below a limit, but for one.
func subsets(limit, size, but int, do func([]int)) {
	var add func(chosen []int, from int)
	add = func(chosen []int, from int) {
		if len(chosen) == size {
			do(chosen)
			return
		}
		for next := from; next < limit; next++ {
			if next != but {
				add(append(chosen, next), next+1)
			}
		}
	}
	add(make([]int, 0, size+1), 0)
}

func cheaper(a, b outcome) int {
	return cmp.Or(len(a.sources)-len(b.sources), cmp.Compare(a.far, b.far), cmp.Compare(a.sum, b.sum),
		slices.Compare(a.distances, b.distances), slices.Compare(a.sources, b.sources))
}

func suffices(lines []Line, sites []Site, subset []int) bool {
	for _, line := range lines {
		units := 0
		for _, i := range subset {
			units += max(0, sites[i].Free[line.Product])
		}
		if units < line.Quantity {
			return false
		}
	}
	return true
}

func outcomeOf(req Request, sites []Site, at int, subset []int) outcome {
	place := sites[at].Warehouse
	o := outcome{at: place.ID, ready: req.Now}
	var from []Warehouse
	slow := slowly{req.Calendar.Zone}
	for _, i := range subset {
		from = append(from, sites[i].Warehouse)
	}
	away := func(w Warehouse) float64 { return w.At.Distance(place.At) }
	slices.SortFunc(from, func(a, b Warehouse) int { return cmp.Or(cmp.Compare(away(a), away(b)), cmp.Compare(a.ID, b.ID)) })
	for _, w := range from {
		o.sources, o.distances = append(o.sources, w.ID), append(o.distances, away(w))
		o.far, o.sum = math.Max(o.far, away(w)), o.sum+away(w)
		arrives := slow.docked(place, slow.departure(w, slow.packed(w, req.Now), nil), transferDays(away(w)))
		if arrives.After(o.ready) {
			o.ready = arrives
		}
	}
	if req.To != nil {
		o.distance = place.At.Distance(*req.To)
	}
	packed := slow.packed(place, o.ready)
	leaves := slow.departure(place, packed, sites[at].Load)
	o.promised = slow.arrival(leaves, parcelDays(o.distance, req.Speed), 18)
	if last := slow.clock(req.Now, 0, place.SameDay); req.Speed == SameDay && req.To != nil && place.SameDay > 0 && o.distance <= 30_000 &&
		len(o.sources) == 0 && !packed.After(last) && slow.departs(place, last, sites[at].Load) {
		leaves, o.promised = last, slow.clock(req.Now, 0, 20*time.Hour)
	}
	o.leavesOn = Day(leaves.In(slow.zone).Format("2006-01-02"))
	return o
}

// bigShop makes a shop of many sites; each has a product of the order with a probability.
func bigShop(sites, lines int, density float64, most int) (Request, []Site) {
	random := rand.New(rand.NewPCG(uint64(sites), uint64(lines)))
	krakow := Point{50.06, 19.94}
	req := Request{To: &krakow, Speed: Standard, Now: time.Date(2026, 3, 3, 10, 0, 0, 0, time.UTC), Calendar: warsaw()}
	for i := range lines {
		req.Lines = append(req.Lines, Line{fmt.Sprintf("prod%d", i), 1 + random.IntN(3)})
	}
	shop := make([]Site, sites)
	for i := range shop {
		free := map[string]int{}
		for _, line := range req.Lines {
			if random.Float64() < density {
				free[line.Product] = 1 + random.IntN(most)
			}
		}
		at := Point{49 + random.Float64()*6, 14 + random.Float64()*10}
		shop[i] = Site{Warehouse{ID: fmt.Sprintf("w%04d", i), At: at, CutOff: time.Duration(14+random.IntN(4)) * time.Hour}, free, nil}
	}
	return req, shop
}

// In a large shop most candidates are not worked out. Here they are: none of them may be better
// than its outlook, or than the one that was chosen.
func TestRouteProvesItsChoice(t *testing.T) {
	for _, density := range []float64{0.9, 0.6, 0.4, 0.25} {
		for _, address := range []bool{true, false} {
			req, sites := bigShop(130, 7, density, 5)
			if !address {
				req.To = nil
			}
			plan, err := Route(req, sites)
			if err != nil {
				t.Fatal(err)
			}
			r, skipped := newRouter(req, sites), 0
			for _, c := range plan.Candidates {
				known := c
				r.looks, known.Transfers = 0, 0
				r.complete(&known)
				if req.compare(&known, &c) < 0 || req.compare(&known, &plan.Candidates[0]) < 0 {
					t.Errorf("density %v: %+v turns out as %+v, chosen was %+v", density, c, known, plan.Candidates[0])
				}
				if c.AtLeast {
					skipped++
				}
			}
			t.Logf("density %v, address %v: %d transfers, %d of %d not worked out", density, address, plan.Candidates[0].Transfers, skipped, len(sites))
		}
	}
}

// A hundred warehouses near the customer promise well, but what they lack is far away: the one that
// has everything is found behind all of them.
func TestRouteLooksBeyondGoodPromises(t *testing.T) {
	req := Request{Lines: []Line{{"prod1", 1}, {"prod2", 1}}, To: &Point{52, 21}, Now: wall(t, "2026-03-03 09:00:00"), Calendar: warsaw()}
	lisbon := Site{Warehouse{ID: "lisbon", At: Point{38.7, -9.1}}, map[string]int{"prod2": 9}, nil}
	madrid := Site{Warehouse{ID: "madrid", At: Point{40.4, -3.7}}, map[string]int{"prod1": 1, "prod2": 1}, nil}
	sites := []Site{lisbon, madrid}
	for i := range 100 {
		sites = append(sites, Site{Warehouse{ID: fmt.Sprintf("w%03d", i), At: Point{52, 21}}, map[string]int{"prod1": 9}, nil})
	}
	req.Speed = Express
	madrid.Free["prod1"]--
	plan, err := Route(req, sites)
	if err != nil || plan.Assembly == "madrid" {
		t.Fatalf("without a whole stock anywhere: %v, %v", plan.Assembly, err)
	}
	madrid.Free["prod1"]++
	if plan, err = Route(req, sites); err != nil || plan.Assembly != "madrid" {
		t.Errorf("assembled in %s for %v, %v", plan.Assembly, plan.PromisedAt, err)
	}
}

// Where each of many sites has very little of a long order, the fewest sources cannot be found
// in time; the plan still takes what was ordered, and says what it did not work out.
func TestRouteGivesUpInTime(t *testing.T) {
	req, sites := bigShop(150, 40, 0.06, 2)
	plan, err := Route(req, sites)
	if err != nil {
		t.Fatal(err)
	}
	checkUnits(t, req, sites, plan)
	reasons := map[bool]int{}
	for _, c := range plan.Candidates[1:] {
		if c.Lost == "" {
			t.Errorf("%s lost for no reason", c.Warehouse)
		}
		reasons[strings.HasPrefix(c.Lost, "Could not be worked out in time")]++
	}
	if reasons[true] == 0 || !plan.Candidates[0].Rough {
		t.Errorf("this order was meant to be too hard: it was routed by %d transfers", plan.Candidates[0].Transfers)
	}
	slices.Reverse(sites)
	if again, _ := Route(req, sites); !reflect.DeepEqual(again, plan) {
		t.Error("another order of the sites gives another plan")
	}
}

func TestRouteWithNothing(t *testing.T) {
	for _, req := range []Request{{}, {Lines: []Line{{"prod1", 1}}}} {
		if _, err := Route(req, nil); KindOf(err) != Conflict {
			t.Errorf("Route(%v) of no sites gives %v", req.Lines, err)
		}
	}
	if plan, err := Route(Request{}, []Site{{Warehouse{ID: "w1"}, nil, nil}}); err != nil || len(plan.Sources) > 0 {
		t.Errorf("an order of nothing gives %+v, %v", plan, err)
	}
	plan, err := Route(Request{Lines: []Line{{"prod1", math.MaxInt}}}, []Site{{Warehouse{ID: "w1"}, map[string]int{"prod1": math.MinInt}, nil}, {Warehouse{ID: "w2"}, nil, nil}})
	if e, ok := errors.AsType[*Error](err); !ok || len(e.Short) != 1 || e.Short[0].Left != 0 {
		t.Errorf("a site with a negative stock gives %+v, %v", plan, err)
	}
}
