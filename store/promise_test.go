package store

import (
	"testing"
	"time"
)

// wall reads a wall-clock time in Warsaw.
func wall(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04:05", text, warsaw().Zone)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestDeparture(t *testing.T) {
	const four = 16 * time.Hour
	for name, c := range map[string]struct {
		ready  string
		cutOff time.Duration
		leaves string // wall clock in Warsaw
		utc    string // the same, as an outside clock shows it
	}{
		"in the morning":                 {"2026-03-03 09:00:00", four, "2026-03-03 16:00:00", "15:00"},
		"exactly at the cut-off":         {"2026-03-03 16:00:00", four, "2026-03-03 16:00:00", "15:00"},
		"a second after":                 {"2026-03-03 16:00:01", four, "2026-03-04 16:00:00", "15:00"},
		"a minute after":                 {"2026-03-03 16:01:00", four, "2026-03-04 16:00:00", "15:00"},
		"no cut-off named":               {"2026-03-03 09:00:00", 0, "2026-03-03 16:00:00", "15:00"},
		"a cut-off with minutes":         {"2026-03-03 17:31:00", 17*time.Hour + 30*time.Minute, "2026-03-04 17:30:00", "16:30"},
		"Friday after the cut-off":       {"2026-03-06 17:00:00", four, "2026-03-07 16:00:00", "15:00"},
		"Saturday before the cut-off":    {"2026-03-07 15:00:00", four, "2026-03-07 16:00:00", "15:00"},
		"Saturday after the cut-off":     {"2026-03-07 16:01:00", four, "2026-03-09 16:00:00", "15:00"},
		"Sunday":                         {"2026-03-08 10:00:00", four, "2026-03-09 16:00:00", "15:00"},
		"Sunday, a minute to midnight":   {"2026-03-08 23:59:00", four, "2026-03-09 16:00:00", "15:00"},
		"over the change to summer":      {"2026-03-28 17:00:00", four, "2026-03-30 16:00:00", "14:00"},
		"the Saturday before summer":     {"2026-03-28 16:00:00", four, "2026-03-28 16:00:00", "15:00"},
		"on the day of the change":       {"2026-03-29 01:30:00", four, "2026-03-30 16:00:00", "14:00"},
		"over the change to winter":      {"2026-10-24 17:00:00", four, "2026-10-26 16:00:00", "15:00"},
		"the Saturday before winter":     {"2026-10-24 16:00:00", four, "2026-10-24 16:00:00", "14:00"},
		"over the end of the year":       {"2026-12-31 17:00:00", four, "2027-01-01 16:00:00", "15:00"},
		"over the end of a leap's month": {"2028-02-28 17:00:00", four, "2028-02-29 16:00:00", "15:00"},
	} {
		t.Run(name, func(t *testing.T) {
			got := warsaw().Departure(Warehouse{CutOff: c.cutOff}, wall(t, c.ready).UTC(), nil)
			if !got.Equal(wall(t, c.leaves)) || got.Format("15:04") != c.utc || got.Location() != time.UTC {
				t.Errorf("leaves at %v, not at %s", got, c.leaves)
			}
		})
	}
}

// Late in the evening of a UTC day it is the next day in Warsaw: the shop's own day counts.
func TestDepartureByTheShopsDay(t *testing.T) {
	saturday := time.Date(2026, 7, 4, 22, 30, 0, 0, time.UTC) // 00:30 on Sunday in Warsaw
	if got := warsaw().Departure(Warehouse{CutOff: 23 * time.Hour}, saturday, nil); !got.Equal(wall(t, "2026-07-06 23:00:00")) {
		t.Errorf("leaves at %v", got)
	}
	if got := (Calendar{}).Departure(Warehouse{CutOff: 23 * time.Hour}, saturday, nil); !got.Equal(time.Date(2026, 7, 4, 23, 0, 0, 0, time.UTC)) {
		t.Errorf("without a zone it leaves at %v", got)
	}
	if warsaw().SameDay(saturday, saturday.Add(-time.Hour)) || !(Calendar{}).SameDay(saturday, saturday.Add(-time.Hour)) {
		t.Error("midnight is not where the shop has it")
	}
}

func TestArrival(t *testing.T) {
	for name, c := range map[string]struct {
		leaves  string
		days    int
		arrives string
	}{
		"the same day":              {"2026-03-03 16:00:00", 0, "2026-03-03 18:00:00"},
		"the next day":              {"2026-03-03 16:00:00", 1, "2026-03-04 18:00:00"},
		"Friday to Saturday":        {"2026-03-06 16:00:00", 1, "2026-03-07 18:00:00"},
		"Saturday to Monday":        {"2026-03-07 16:00:00", 1, "2026-03-09 18:00:00"},
		"Friday and two days":       {"2026-03-06 16:00:00", 2, "2026-03-09 18:00:00"},
		"two Sundays":               {"2026-03-06 16:00:00", 8, "2026-03-16 18:00:00"},
		"over the change to summer": {"2026-03-28 16:00:00", 1, "2026-03-30 18:00:00"},
		"over the change to winter": {"2026-10-24 16:00:00", 1, "2026-10-26 18:00:00"},
		"over the end of the year":  {"2026-12-31 16:00:00", 3, "2027-01-04 18:00:00"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := warsaw().arrival(wall(t, c.leaves), c.days, doorHour); !got.Equal(wall(t, c.arrives)) {
				t.Errorf("arrives at %v, not at %s", got, c.arrives)
			}
		})
	}
}

func TestDaysOnTheWay(t *testing.T) {
	for _, c := range []struct {
		km                          float64
		transfer, standard, express int
	}{
		{0, 1, 1, 1}, {150, 1, 1, 1}, {150.001, 1, 2, 1}, {600, 1, 2, 1}, {600.001, 1, 3, 1}, {700, 1, 3, 1},
		{700.001, 2, 3, 1}, {900, 2, 3, 2}, {1000, 2, 4, 2}, {1500, 3, 4, 2}, {2000, 3, 5, 3}, {20_000, 15, 23, 23},
	} {
		metres := c.km * kilometre
		got := [3]int{transferDays(metres), parcelDays(metres, Standard), parcelDays(metres, Express)}
		if got != [3]int{c.transfer, c.standard, c.express} {
			t.Errorf("%v km takes %v days", c.km, got)
		}
		if got[2] > got[1] {
			t.Errorf("%v km: express takes longer than standard", c.km)
		}
	}
}
