package ui

import (
	"strconv"
	"strings"
	"time"
)

// OrderNumber puts an order's number in groups of three for people to read: "100 123".
// The space does not break. Where people copy the number, show it as it is.
func OrderNumber(number string) string {
	var b strings.Builder
	for i, r := range number {
		if i > 0 && (len(number)-i)%3 == 0 {
			b.WriteRune('\u00a0')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Day names a day: "Thursday, 26 November". The zone is that of t.
func Day(t time.Time) string { return t.Format("Monday, 2 January") }

// Clock gives the time of day: "14:05". The zone is that of t.
func Clock(t time.Time) string { return t.Format("15:04") }

// DayWord names a day as one would say it now: "today", "tomorrow", "yesterday" or its date.
// The days are those of t's zone; another year is named.
func DayWord(t, now time.Time) string {
	switch DaysBetween(now.In(t.Location()), t) {
	case 0:
		return "today"
	case 1:
		return "tomorrow"
	case -1:
		return "yesterday"
	}
	if t.Year() != now.In(t.Location()).Year() {
		return Day(t) + t.Format(" 2006")
	}
	return Day(t)
}

// Moment names a day and its time: "today, 14:05".
func Moment(t, now time.Time) string { return DayWord(t, now) + ", " + Clock(t) }

// PaperDay is a day on paper, which may be read in another year: "26 November 2026".
func PaperDay(t time.Time) string { return t.Format("2 January 2006") }

// Unbroken keeps a number of units and what they are of on one line: "2 × Enamel mug".
func Unbroken(goods string) string { return strings.ReplaceAll(goods, " × ", "\u00a0×\u00a0") }

// BriefMoment is a Moment where there is little room, for people who read many of them: "Tue 1 Dec, 18:00".
func BriefMoment(t, now time.Time) string {
	now = now.In(t.Location())
	switch days := DaysBetween(now, t); {
	case -1 <= days && days <= 1:
		return Moment(t, now)
	case t.Year() != now.Year():
		return t.Format("Mon 2 Jan 2006, 15:04")
	}
	return t.Format("Mon 2 Jan, 15:04")
}

// DaysBetween counts the midnights from a to b, in the zone that each of them carries.
func DaysBetween(a, b time.Time) int {
	day := func(t time.Time) time.Time {
		return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	}
	return int(day(b).Sub(day(a)).Hours() / 24)
}

// Relative says how far away t is: "in 2 hours", "5 minutes ago", "just now".
func Relative(t, now time.Time) string {
	d := t.Sub(now)
	ahead := d > 0
	if !ahead {
		d = -d
	}
	var span string
	switch {
	case d < time.Minute && ahead:
		return "in a moment"
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		span = Count(int(d/time.Minute), "minute")
	case d < 24*time.Hour:
		span = Count(int(d/time.Hour), "hour")
	default:
		span = Count(int(d/(24*time.Hour)), "day")
	}
	if ahead {
		return "in " + span
	}
	return span + " ago"
}

// Names gives the name of a country for its two letters. Without one people read the letters.
type Names func(code string) string

// Of is a country as people say it.
func (n Names) Of(code string) string {
	if n == nil {
		return code
	}
	return n(code)
}

// Units counts units of a product: "1 unit", "2 units".
func Units(n int) string { return Count(n, "unit") }

// Count counts regular English things: Count(2, "order") is "2 orders".
func Count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return strconv.Itoa(n) + " " + thing + "s"
}

// ISO writes a time for the datetime attribute of a <time> element.
func ISO(t time.Time) string { return t.Format(time.RFC3339) }
