package store

import (
	"slices"
	"strings"
	"time"
)

// Day is a day of the shop's calendar, as people and keys write it: "2026-12-24". Days
// compare as text.
type Day string

// ParseDay reads a day; it is false for what is none.
func ParseDay(text string) (Day, bool) {
	t, err := time.Parse(time.DateOnly, text)
	return Day(text), err == nil && t.Year() >= 2000
}

// Weekdays is a set of days of the week, one bit each. Its zero value is no day.
type Weekdays uint8

// WeekdaysOf makes a set.
func WeekdaysOf(days ...time.Weekday) Weekdays {
	var set Weekdays
	for _, day := range days {
		set |= 1 << day
	}
	return set
}

// Has tells whether a day is in the set.
func (w Weekdays) Has(day time.Weekday) bool { return w>>day&1 == 1 }

// List gives the days from Monday to Sunday.
func (w Weekdays) List() []time.Weekday {
	return slices.DeleteFunc(Week(), func(day time.Weekday) bool { return !w.Has(day) })
}

// Week is the days of the week from Monday to Sunday, as Europe counts them.
func Week() []time.Weekday {
	return []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday, time.Sunday}
}

// String writes the set in short words: "sat sun".
func (w Weekdays) String() string {
	var words []string
	for _, day := range w.List() {
		words = append(words, ShortWeekday(day))
	}
	return strings.Join(words, " ")
}

// ParseWeekdays reads what String writes; it is false if a word is no day.
func ParseWeekdays(text string) (Weekdays, bool) {
	var set Weekdays
	for _, word := range strings.Fields(text) {
		i := slices.IndexFunc(Week(), func(day time.Weekday) bool { return ShortWeekday(day) == word })
		if i < 0 {
			return 0, false
		}
		set |= WeekdaysOf(Week()[i])
	}
	return set, true
}

// ShortWeekday is a day's name in forms and keys: "mon".
func ShortWeekday(day time.Weekday) string { return strings.ToLower(day.String()[:3]) }
