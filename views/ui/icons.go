package ui

import (
	"context"
	"io"

	"github.com/a-h/templ"
)

// Icon draws one of our line icons in the colour of the text. It is decoration and hidden from
// screen readers: a word must stand beside it, or the button must have a label.
// An unknown name draws a plain ring.
func Icon(name string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, `<svg class="icon" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">`+iconPaths(name)+`</svg>`)
		return err
	})
}

// iconPaths gives the inside of an icon. All of them are drawn on a grid of 24 with a line of 2.
func iconPaths(name string) string {
	if p := actIcon(name); p != "" {
		return p
	}
	return thingIcon(name)
}

// actIcon holds what one does: signs on buttons.
func actIcon(name string) string {
	switch name {
	case "check":
		return `<path d="M5 12.5l4.5 4.5L19 7.5"/>`
	case "x":
		return `<path d="M6 6l12 12M18 6L6 18"/>`
	case "plus":
		return `<path d="M12 5v14M5 12h14"/>`
	case "minus":
		return `<path d="M5 12h14"/>`
	case "undo":
		return `<path d="M8 5L4 9l4 4"/><path d="M4 9h10a5.5 5.5 0 0 1 0 11h-4"/>`
	case "search":
		return `<circle cx="11" cy="11" r="6.5"/><path d="M16 16l4.5 4.5"/>`
	case "send":
		return `<path d="M4 12h15"/><path d="M13 6l6 6-6 6"/>`
	case "arrow-right":
		return `<path d="M5 12h14"/><path d="M13 6l6 6-6 6"/>`
	case "receive":
		return `<path d="M12 4v11"/><path d="M7 10l5 5 5-5"/><path d="M4 20h16"/>`
	case "return":
		return `<path d="M9 7l-5 5 5 5"/><path d="M4 12h16"/><path d="M20 6v12"/>`
	case "exit":
		return `<path d="M10 4H5v16h5"/><path d="M10 12h10"/><path d="M16 8l4 4-4 4"/>`
	case "print":
		return `<path d="M7 9V4h10v5"/><path d="M7 17H4V9h16v8h-3"/><path d="M7 14h10v6H7z"/>`
	case "pencil":
		return `<path d="M4 20l1-4.5L16 4.5l3.5 3.5L8.5 19 4 20z"/><path d="M13.5 7l3.5 3.5"/>`
	}
	return ""
}

// thingIcon holds what one sees: things, places, states.
func thingIcon(name string) string {
	switch name {
	case "inbox":
		return `<path d="M4 13l3-8h10l3 8v6H4v-6z"/><path d="M4 13h4.5l1.5 2.5h4l1.5-2.5H20"/>`
	case "clock":
		return `<circle cx="12" cy="12" r="8.5"/><path d="M12 7v5l3.5 2"/>`
	case "box":
		return `<path d="M12 3l8 4.2v9.6L12 21l-8-4.2V7.2L12 3z"/><path d="M4 7.2l8 4.3 8-4.3"/><path d="M12 11.5V21"/>`
	case "check-circle":
		return `<circle cx="12" cy="12" r="8.5"/><path d="M8 12.5l2.8 2.8L16 9.5"/>`
	case "truck":
		return `<path d="M3 6h11v10H3z"/><path d="M14 10h4l3 3v3h-7"/><circle cx="7.5" cy="17.5" r="2"/><circle cx="17" cy="17.5" r="2"/>`
	case "home":
		return `<path d="M4 11l8-7 8 7"/><path d="M6 9.5V20h12V9.5"/><path d="M10 20v-6h4v6"/>`
	case "alert":
		return `<path d="M12 4l9 16H3l9-16z"/><path d="M12 10v4.5"/><path d="M12 17.2v.1"/>`
	case "info":
		return `<circle cx="12" cy="12" r="8.5"/><path d="M12 11v5.5"/><path d="M12 7.6v.1"/>`
	case "sun":
		return `<circle cx="12" cy="12" r="4"/><path d="M12 2.5V5M12 19v2.5M2.5 12H5M19 12h2.5M5.3 5.3L7 7M17 17l1.7 1.7M18.7 5.3L17 7M7 17l-1.7 1.7"/>`
	case "moon":
		return `<path d="M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10z"/>`
	case "map-pin", "pin":
		return `<path d="M12 21s7-6.2 7-11.2A7 7 0 0 0 5 9.8C5 14.8 12 21 12 21z"/><circle cx="12" cy="9.8" r="2.5"/>`
	case "cart":
		return `<path d="M4 9h16l-1.8 10H5.8L4 9z"/><path d="M8 9l3-5.5M16 9l-3-5.5"/>`
	case "person":
		return `<circle cx="12" cy="8" r="4"/><path d="M4.5 20.5a7.5 7.5 0 0 1 15 0"/>`
	case "message":
		return `<path d="M4 5h16v11H10l-4.5 4v-4H4V5z"/>`
	case "keyboard":
		return `<path d="M3 6h18v12H3z"/><path d="M7 10v.1M10.5 10v.1M14 10v.1M17.5 10v.1M8 14h8"/>`
	case "phone":
		return `<path d="M6 3.5h3.5l1.5 4.5-2 1.5a11 11 0 0 0 5 5l1.5-2 4.5 1.5V18a2.5 2.5 0 0 1-2.8 2.5C9.9 19.8 4.2 14.1 3.5 6.3A2.5 2.5 0 0 1 6 3.5z"/>`
	case "list":
		return `<path d="M9 6h11M9 12h11M9 18h11"/><path d="M4.5 6v.1M4.5 12v.1M4.5 18v.1"/>`
	case "lock":
		return `<path d="M5 11h14v9H5z"/><path d="M8 11V8a4 4 0 0 1 8 0v3"/>`
	case "eye":
		return `<path d="M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z"/><circle cx="12" cy="12" r="3"/>`
	}
	return `<circle cx="12" cy="12" r="8.5"/>`
}
