package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	"waybill/store"
	"waybill/views/ui"
)

// outage keeps the log readable while Redis is away: of all the answers that say so, one every few seconds
// is logged.
type outage struct{ last atomic.Int64 }

const outageEvery = 5 * time.Second

// hush tells whether an answer of this status need not be logged.
func (o *outage) hush(status int) bool {
	if status != http.StatusServiceUnavailable {
		return false
	}
	now, last := time.Now().UnixNano(), o.last.Load()
	return now-last < int64(outageEvery) || !o.last.CompareAndSwap(last, now)
}

// outageModel says that something could not be shown or done just now, and offers it again: a page opens
// by itself when it can, and a form is sent again with all that was typed by one press.
func outageModel(c echo.Context, happened string, err error) ui.ErrorModel {
	e := ui.ErrorModel{
		Title: titleOf(http.StatusServiceUnavailable), Happened: happened, RequestID: requestID(c),
		Kept: "Orders that were placed are safe.",
	}
	r := c.Request()
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		e.Next = "Try again in a few seconds."
		e.LinkHref, e.LinkLabel = here(r.URL), "Try again"
		e.Looks = "This page looks again by itself, and opens as soon as it can."
		return e
	}
	e.Title = "Not done yet"
	e.LinkHref, e.LinkLabel = cameFrom(r), "Go back to the page"
	switch again := repeated(c); {
	case errors.Is(err, store.ErrUnsure):
		e.Title, e.Toast = "This may not last", happened
		return e
	case countsTwice(c.Path()):
		e.Next = "It may have been done all the same. Look at the page before you do it again."
		e.Toast = "No answer yet: it may have been done all the same. Look before you do it again."
	case again != nil:
		e.Again = again
		e.Kept = "What you typed is kept."
		e.Next = "Press again in a moment: it is done only once, however often you press."
		e.Toast = "Not done yet. What you typed is still here: press again in a moment. It is done only once, however often you press."
	default:
		e.Next = "Do it once more in a moment."
		e.Toast = "Not done yet. Do it once more in a moment."
	}
	if errors.Is(err, store.ErrNotWritten) { // it may take longer than a moment: so people are told why
		e.Toast = happened + " What you typed is still here."
	}
	return e
}

// countsTwice tells whether doing the same again does it again: there are two units of what is scanned
// twice, and two sentences of what is said twice.
func countsTwice(path string) bool {
	return strings.HasSuffix(path, "/scan") || strings.HasSuffix(path, "/say")
}

// repeated is the form of this request, to be sent again as it is. There is none of what was never read,
// and of what nobody should write into a page: a file, a password, a word that opens something.
func repeated(c echo.Context) *ui.Repeat {
	r := c.Request()
	if r.Method != http.MethodPost || !formRead(c) {
		return nil
	}
	again := &ui.Repeat{Action: here(r.URL), Label: "Do it again"}
	for name, values := range r.PostForm {
		if strings.Contains(name, "password") || name == "token" {
			return nil
		}
		for _, value := range values {
			again.Fields = append(again.Fields, ui.HiddenField{Name: name, Value: value})
		}
	}
	slices.SortStableFunc(again.Fields, func(a, b ui.HiddenField) int { return strings.Compare(a.Name, b.Name) })
	return again
}

// formRead tells whether the form of this request is there. It is read now if that was not its turn yet:
// the outage has met whoever asks who sends it.
func formRead(c echo.Context) bool {
	r := c.Request()
	if r.PostForm == nil {
		err := readForm(func(echo.Context) error { return nil })(c)
		return err == nil
	}
	return r.MultipartForm == nil
}

// here is the address of this request within the shop.
func here(u *url.URL) string {
	if uri := u.RequestURI(); page.LocalPath(uri) {
		return uri
	}
	return "/"
}

// cameFrom is the page of ours that a form was sent from, else the first page.
func cameFrom(r *http.Request) string {
	from, err := url.Parse(r.Referer())
	if err != nil || from.Host != r.Host || from.Path == "" {
		return "/"
	}
	return here(from)
}
