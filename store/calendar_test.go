package store

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// slowly is the calendar as one would explain it: step by small step, and day by day.
type slowly struct{ zone *time.Location }

// clock is a wall-clock time some days after the day of t.
func (s slowly) clock(t time.Time, days int, clock time.Duration) time.Time {
	y, m, d := t.In(s.zone).Date()
	return time.Date(y, m, d+days, 0, int(clock/time.Minute), 0, 0, s.zone)
}

func (s slowly) open(w Warehouse, t time.Time) bool {
	local := t.In(s.zone)
	for _, day := range w.Closed {
		if local.Format("2006-01-02") == string(day) {
			return false
		}
	}
	return w.ClosedOn&(1<<local.Weekday()) == 0
}

func (s slowly) packed(w Warehouse, t time.Time) time.Time {
	left := w.Handling
	if left == 0 {
		left = time.Hour
	}
	for left > 0 {
		step := time.Minute
		if t.Minute() == 0 { // days begin at full hours
			step = min(time.Hour, left)
		}
		if s.open(w, t) {
			left -= step
		}
		t = t.Add(step)
	}
	return t
}

// departs tells whether an order may leave on the day of t.
func (s slowly) departs(w Warehouse, t time.Time, load map[Day]int) bool {
	full := w.Capacity > 0 && load[Day(t.In(s.zone).Format("2006-01-02"))] >= w.Capacity
	return t.In(s.zone).Weekday() != time.Sunday && s.open(w, t) && !full
}

func (s slowly) departure(w Warehouse, ready time.Time, load map[Day]int) time.Time {
	cutOff := w.CutOff
	if cutOff == 0 {
		cutOff = 16 * time.Hour
	}
	for days := 0; ; days++ {
		if leaves := s.clock(ready, days, cutOff); !leaves.Before(ready) && s.departs(w, leaves, load) {
			return leaves
		}
	}
}

func (s slowly) arrival(departure time.Time, days, hour int) time.Time {
	day := 0
	for ; days > 0; days-- {
		for day++; s.clock(departure, day, 12*time.Hour).In(s.zone).Weekday() == time.Sunday; day++ {
		}
	}
	return s.clock(departure, day, time.Duration(hour)*time.Hour)
}

func (s slowly) docked(w Warehouse, departure time.Time, days int) time.Time {
	at := s.arrival(departure, days, 9)
	for day := 0; ; day++ {
		if morning := s.clock(at, day, 9*time.Hour); s.open(w, morning) && morning.In(s.zone).Weekday() != time.Sunday {
			return morning
		}
	}
}

// drawWork draws a warehouse's working life around a time: some days are closed, some are full.
func drawWork(t *rapid.T, site *Site, now time.Time) {
	w := &site.Warehouse
	hours := func(label string, of ...time.Duration) time.Duration {
		return rapid.SampledFrom(of).Draw(t, label) * time.Minute
	}
	w.CutOff = hours("cut-off", 0, 8*60, 15*60+30, 22*60)
	w.Handling = hours("handling", 0, 30, 60, 5*60, 26*60, 75*60)
	w.SameDay = hours("same day", 0, 9*60, 18*60)
	w.ClosedOn = rapid.SampledFrom([]Weekdays{0, WeekdaysOf(time.Sunday), WeekdaysOf(time.Saturday, time.Sunday), WeekdaysOf(time.Tuesday), 0b1111101}).Draw(t, "closed on")
	w.Capacity = rapid.IntRange(0, 3).Draw(t, "capacity")
	site.Load = map[Day]int{}
	for day := range 12 {
		date := Day(now.AddDate(0, 0, day-1).Format(time.DateOnly))
		if rapid.IntRange(0, 5).Draw(t, "closed") == 0 {
			w.Closed = append(w.Closed, date)
		}
		if n := rapid.IntRange(0, 4).Draw(t, "load"); n > 0 {
			site.Load[date] = n
		}
	}
	if err := w.Check(); w.Name != "" && err != nil {
		t.Fatal(err)
	}
}

// The calendar gives what walking through time step by step gives, over both changes of the
// clock.
func TestCalendarAgainstWalkingThroughTime(t *testing.T) {
	slow := slowly{warsaw().Zone}
	rapid.Check(t, func(t *rapid.T) {
		month := rapid.SampledFrom([]time.Month{time.March, time.October, time.December}).Draw(t, "month")
		from := time.Date(2026, month, 20, 0, rapid.IntRange(0, 14*24*60).Draw(t, "minute"), 0, 0, time.UTC)
		site := Site{Warehouse: Warehouse{ID: "w", Name: "W", At: Point{52, 21}}}
		drawWork(t, &site, from)
		w := site.Warehouse
		packed := warsaw().packed(w, from)
		if want := slow.packed(w, from); !packed.Equal(want) {
			t.Fatalf("%+v from %v: packed at %v, not %v", w, from, packed, want)
		}
		leaves := warsaw().Departure(w, packed, site.Load)
		if want := slow.departure(w, packed, site.Load); !leaves.Equal(want) {
			t.Fatalf("%+v ready at %v: leaves at %v, not %v", w, packed, leaves, want)
		}
		days := rapid.IntRange(0, 9).Draw(t, "days")
		if got, want := warsaw().docked(w, leaves, days), slow.docked(w, leaves, days); !got.Equal(want) {
			t.Fatalf("%+v sent at %v: docked at %v, not %v", w, leaves, got, want)
		}
		if later := warsaw().packed(w, from.Add(time.Hour)); later.Before(packed) {
			t.Fatalf("%+v: what comes later is packed earlier", w)
		}
	})
}

func TestWorkingLife(t *testing.T) {
	weekend := WeekdaysOf(time.Saturday, time.Sunday)
	for name, c := range map[string]struct {
		ready  string
		w      Warehouse
		load   map[Day]int
		leaves string
	}{
		"packed on Friday, closed at the weekend":   {"2026-03-06 16:30:00", Warehouse{ClosedOn: weekend}, nil, "2026-03-09 16:00:00"},
		"in on Saturday, handling begins on Monday": {"2026-03-07 09:00:00", Warehouse{ClosedOn: weekend, Handling: 17 * time.Hour}, nil, "2026-03-10 16:00:00"},
		"two days of work over a weekend":           {"2026-03-06 10:00:00", Warehouse{ClosedOn: weekend, Handling: 48 * time.Hour}, nil, "2026-03-10 16:00:00"},
		"a single closed day":                       {"2026-03-03 09:00:00", Warehouse{Closed: []Day{"2026-03-03"}}, nil, "2026-03-04 16:00:00"},
		"closed days one after another":             {"2026-12-24 09:00:00", Warehouse{Closed: []Day{"2026-12-24", "2026-12-25", "2026-12-26"}}, nil, "2026-12-28 16:00:00"},
		"the last place of a day":                   {"2026-03-03 09:00:00", Warehouse{Capacity: 3}, map[Day]int{"2026-03-03": 2}, "2026-03-03 16:00:00"},
		"a full day":                                {"2026-03-03 09:00:00", Warehouse{Capacity: 3}, map[Day]int{"2026-03-03": 3}, "2026-03-04 16:00:00"},
		"more than full":                            {"2026-03-03 09:00:00", Warehouse{Capacity: 3}, map[Day]int{"2026-03-03": 9, "2026-03-04": 3}, "2026-03-05 16:00:00"},
		"full before a closed day":                  {"2026-03-06 09:00:00", Warehouse{Capacity: 1, ClosedOn: weekend}, map[Day]int{"2026-03-06": 1, "2026-03-09": 1}, "2026-03-10 16:00:00"},
		"no limit, however many":                    {"2026-03-03 09:00:00", Warehouse{}, map[Day]int{"2026-03-03": 900}, "2026-03-03 16:00:00"},
	} {
		t.Run(name, func(t *testing.T) {
			got := warsaw().Departure(c.w, warsaw().packed(c.w, wall(t, c.ready).UTC()), c.load)
			if !got.Equal(wall(t, c.leaves)) {
				t.Errorf("leaves at %v, not at %s", got.In(warsaw().Zone), c.leaves)
			}
		})
	}
}

// However a warehouse is set up, a promise is worked out at once.
func TestNeverOpen(t *testing.T) {
	never := Warehouse{ClosedOn: WeekdaysOf(Week()...), Capacity: 1}
	start := time.Now()
	if got := warsaw().docked(never, warsaw().Departure(never, warsaw().packed(never, start), nil), 1); got.Before(start.AddDate(2, 0, 0)) {
		t.Errorf("a warehouse that never opens sends at %v", got)
	}
}

func TestCheckWork(t *testing.T) {
	good := Warehouse{ID: "w", Name: "W", At: Point{52, 21}, CutOff: 16 * time.Hour, SameDay: 12 * time.Hour, Handling: 30 * time.Minute, ClosedOn: WeekdaysOf(time.Sunday), Closed: []Day{"2026-12-24"}, Capacity: 40}
	if err := good.Check(); err != nil {
		t.Fatal(err)
	}
	for field, spoil := range map[string]func(*Warehouse){
		"same_day":  func(w *Warehouse) { w.SameDay = 20 * time.Hour },
		"handling":  func(w *Warehouse) { w.Handling = MaxHandling + 1 },
		"closed_on": func(w *Warehouse) { w.ClosedOn = WeekdaysOf(Week()[:6]...) },
		"closed":    func(w *Warehouse) { w.Closed = []Day{"2026-02-30"} },
		"capacity":  func(w *Warehouse) { w.Capacity = -1 },
	} {
		bad := good
		spoil(&bad)
		e, ok := bad.Check().(*Error)
		if !ok || len(e.Fields) != 1 || e.Fields[field] == "" {
			t.Errorf("%s: %v", field, bad.Check())
		}
	}
}

func TestWeekdays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := Weekdays(rapid.IntRange(0, 127).Draw(t, "set"))
		if again, ok := ParseWeekdays(set.String()); !ok || again != set {
			t.Fatalf("%q is read as %v", set, again)
		}
	})
	for _, text := range []string{"monday", "mon,tue", "Mon"} {
		if set, ok := ParseWeekdays(text); ok {
			t.Errorf("%q is read as %v", text, set)
		}
	}
}

// What is wished for the same day arrives then only from a warehouse that is near, has all of it
// and has it packed in time; else the answer says why, and the plan is that of express.
func TestSameDay(t *testing.T) {
	gdansk, sopot, torun := Point{54.35, 18.65}, Point{54.44, 18.56}, Point{53.01, 18.6}
	now := wall(t, "2026-03-03 10:00:00")
	for name, c := range map[string]struct {
		to   *Point
		w    Warehouse
		load map[Day]int
		now  time.Time
		why  string
	}{
		"in time":              {&sopot, Warehouse{SameDay: 12 * time.Hour}, nil, now, ""},
		"packed to the minute": {&sopot, Warehouse{SameDay: 11 * time.Hour}, nil, now, ""},
		"a minute too late":    {&sopot, Warehouse{SameDay: 11 * time.Hour}, nil, now.Add(time.Minute), "It is too late for today: what is to arrive the same day leaves Gdańsk at 11:00."},
		"too far":              {&torun, Warehouse{SameDay: 12 * time.Hour}, nil, now, "Today is possible only within 30 km of Gdańsk."},
		"nobody knows where":   {nil, Warehouse{SameDay: 12 * time.Hour}, nil, now, "To tell whether it can come today we have to know the town."},
		"nobody does it":       {&sopot, Warehouse{}, nil, now, "We do not deliver on the same day."},
		"closed":               {&sopot, Warehouse{SameDay: 12 * time.Hour, Closed: []Day{"2026-03-03"}}, nil, now, "Our warehouse in Gdańsk is closed today."},
		"on Sunday":            {&sopot, Warehouse{SameDay: 12 * time.Hour}, nil, wall(t, "2026-03-08 10:00:00"), "Nothing is delivered on Sundays."},
		"full":                 {&sopot, Warehouse{SameDay: 12 * time.Hour, Capacity: 1}, map[Day]int{"2026-03-03": 1}, now, "Our warehouse in Gdańsk has no room for another order today."},
	} {
		t.Run(name, func(t *testing.T) {
			c.w.ID, c.w.Name, c.w.At = "w1", "Gdańsk", gdansk
			sites := []Site{{c.w, map[string]int{"prod1": 5}, c.load}, {Warehouse{ID: "w2", At: torun}, map[string]int{"prod2": 5}, nil}}
			req := Request{Lines: []Line{{"prod1", 1}}, To: c.to, Speed: SameDay, Now: c.now, Calendar: warsaw()}
			plan, err := Route(req, sites)
			if err != nil {
				t.Fatal(err)
			}
			if kept := req.KeepsSameDay(plan); kept != (c.why == "") {
				t.Fatalf("promised for %v", plan.PromisedAt)
			}
			if c.why != "" {
				express := req
				express.Speed = Express
				if other, _ := Route(express, sites); !other.PromisedAt.Equal(plan.PromisedAt) {
					t.Errorf("promised for %v, express for %v", plan.PromisedAt, other.PromisedAt)
				}
				if got := req.WhyNotToday(sites); got != c.why {
					t.Errorf("says %q, not %q", got, c.why)
				}
				return
			}
			if want := wall(t, "2026-03-03 20:00:00"); !plan.PromisedAt.Equal(want) || plan.LeavesOn != "2026-03-03" {
				t.Errorf("promised for %v, leaves on %s", plan.PromisedAt, plan.LeavesOn)
			}
			req.Lines = append(req.Lines, Line{"prod2", 1})
			if plan, _ := Route(req, sites); req.KeepsSameDay(plan) || req.WhyNotToday(sites) != "Not all of it lies in Gdańsk, so it cannot leave there today." {
				t.Errorf("with a transfer: promised for %v, %s", plan.PromisedAt, req.WhyNotToday(sites))
			}
		})
	}
}

// A plan says what held a parcel, the chosen warehouse's too.
func TestWhatHeldIt(t *testing.T) {
	to := Point{52.2, 21}
	req := Request{Lines: []Line{{"prod1", 1}}, To: &to, Speed: Express, Now: wall(t, "2026-03-03 09:00:00"), Calendar: warsaw()}
	free := map[string]int{"prod1": 1}
	sites := []Site{
		{Warehouse{ID: "w1", At: to, Capacity: 1}, free, map[Day]int{"2026-03-03": 1}},
		{Warehouse{ID: "w2", At: to, ClosedOn: WeekdaysOf(time.Wednesday, time.Sunday), Handling: 20 * time.Hour}, free, nil},
		{Warehouse{ID: "w3", At: to}, free, nil},
	}
	plan, err := Route(req, sites)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range plan.Candidates {
		got = append(got, c.Warehouse+": "+c.Held)
	}
	if want := "[w3:  w1: Full on Tue 3 Mar. w2: Closed on Wed 4 Mar.]"; fmt.Sprint(got) != want {
		t.Errorf("%v, not %s", got, want)
	}
}
