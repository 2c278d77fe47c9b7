package ui

import (
	"testing"
	"time"
)

func TestOrderNumber(t *testing.T) {
	for in, want := range map[string]string{"": "", "7": "7", "123": "123", "1234": "1\u00a0234", "100123": "100\u00a0123", "1234567": "1\u00a0234\u00a0567"} {
		if got := OrderNumber(in); got != want {
			t.Errorf("OrderNumber(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestDaysFollowTheZoneOfTheTime(t *testing.T) {
	warsaw := time.FixedZone("Warsaw", 3600)
	now := time.Date(2026, 11, 25, 23, 30, 0, 0, time.UTC) // already the 26th in Warsaw
	for _, c := range []struct {
		at   time.Time
		want string
	}{
		{time.Date(2026, 11, 26, 14, 5, 0, 0, warsaw), "today, 14:05"},
		{time.Date(2026, 11, 27, 0, 0, 0, 0, warsaw), "tomorrow, 00:00"},
		{time.Date(2026, 11, 25, 23, 59, 0, 0, warsaw), "yesterday, 23:59"},
		{time.Date(2026, 12, 3, 9, 0, 0, 0, warsaw), "Thursday, 3 December, 09:00"},
		{time.Date(2027, 1, 4, 9, 0, 0, 0, warsaw), "Monday, 4 January 2027, 09:00"},
	} {
		if got := Moment(c.at, now); got != c.want {
			t.Errorf("Moment(%s) = %q, want %q", c.at, got, c.want)
		}
	}
	if got := Day(time.Date(2026, 11, 26, 0, 0, 0, 0, warsaw)); got != "Thursday, 26 November" {
		t.Errorf("Day = %q", got)
	}
}

func TestBriefMoment(t *testing.T) {
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	for at, want := range map[time.Time]string{
		now.Add(2 * time.Hour):       "today, 14:00",
		now.Add(-24 * time.Hour):     "yesterday, 12:00",
		now.Add(54 * time.Hour):      "Tue 1 Dec, 18:00",
		now.Add(40 * 24 * time.Hour): "Fri 8 Jan 2027, 12:00",
	} {
		if got := BriefMoment(at, now); got != want {
			t.Errorf("BriefMoment(%s) = %q, want %q", at, got, want)
		}
	}
}

func TestDayWordAcrossASummerTimeChange(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Warsaw")
	if err != nil {
		t.Skip("no zone data here")
	}
	now := time.Date(2026, 3, 28, 12, 0, 0, 0, zone) // the next night has 23 hours
	if got := DayWord(time.Date(2026, 3, 29, 12, 0, 0, 0, zone), now); got != "tomorrow" {
		t.Errorf("DayWord = %q, want tomorrow", got)
	}
}

func TestRelative(t *testing.T) {
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	for d, want := range map[time.Duration]string{
		0: "just now", -59 * time.Second: "just now", 30 * time.Second: "in a moment",
		-time.Minute: "1 minute ago", 119 * time.Minute: "in 1 hour", 2 * time.Hour: "in 2 hours",
		-25 * time.Hour: "1 day ago", 72 * time.Hour: "in 3 days",
	} {
		if got := Relative(now.Add(d), now); got != want {
			t.Errorf("Relative(%s) = %q, want %q", d, got, want)
		}
	}
}

func TestUnits(t *testing.T) {
	for n, want := range map[int]string{0: "0 units", 1: "1 unit", 2: "2 units"} {
		if got := Units(n); got != want {
			t.Errorf("Units(%d) = %q, want %q", n, got, want)
		}
	}
}
