package admin

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"waybill/store"
	views "waybill/views/admin"
)

// readWork reads when people work in a warehouse and how much, as it was typed; what cannot be
// read is said at its field.
func readWork(form views.WarehouseForm, w *store.Warehouse, errors map[string]string) {
	var ok bool
	w.ClosedOn = form.ClosedOn
	if form.SameDay != "" {
		if w.SameDay, ok = clock(form.SameDay); !ok || w.SameDay == 0 {
			errors["same_day"] = "Give a time of day, such as 12:00, or nothing."
		}
	}
	if w.Handling, ok = handling(form.Handling); !ok {
		errors["handling"] = fmt.Sprintf("Give a number of hours up to %.0f, such as 1 or 1.5.", store.MaxHandling.Hours())
	}
	if form.Capacity != "" {
		capacity, err := strconv.Atoi(form.Capacity)
		if w.Capacity = capacity; err != nil {
			errors["capacity"] = "Give a whole number, or 0 for any number."
		}
	}
	for line := range strings.FieldsFuncSeq(form.Closed, func(r rune) bool { return strings.ContainsRune(" \t\r\n,;", r) }) {
		day, ok := store.ParseDay(line)
		if !ok && errors["closed"] == "" {
			errors["closed"] = fmt.Sprintf("Write each day as 2026-12-24; %q is none.", short(line))
		}
		w.Closed = append(w.Closed, day)
	}
	slices.Sort(w.Closed)
	w.Closed = slices.Compact(w.Closed)
}

// clock reads a time of day: "16:00".
func clock(text string) (time.Duration, bool) {
	at, err := time.Parse("15:04", text)
	return time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute, err == nil
}

// handling reads hours with a point or a comma, to the minute; nothing is the usual time.
func handling(text string) (time.Duration, bool) {
	if text == "" {
		return 0, true
	}
	hours, err := strconv.ParseFloat(strings.Replace(text, ",", ".", 1), 64)
	if err != nil || math.IsNaN(hours) || hours <= 0 || hours > store.MaxHandling.Hours() {
		return 0, false
	}
	return max(time.Minute, time.Duration(math.Round(hours*60))*time.Minute), true
}

// short keeps what was typed to a length that a message can hold.
func short(text string) string {
	if runes := []rune(text); len(runes) > 20 {
		return string(runes[:20]) + "…"
	}
	return text
}
