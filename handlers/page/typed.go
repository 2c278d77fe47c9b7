package page

import (
	"errors"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"waybill/store"
)

// formBytes is the most that a form without a file may weigh: a whole order is some kilobytes.
const formBytes = 256 << 10

// Posted reads the body of a form, and nothing of the address. A body of another type is
// 415, one that is too long TooLarge, one that breaks off Invalid.
func Posted(c echo.Context) (url.Values, error) {
	request := c.Request()
	kind, _, err := mime.ParseMediaType(request.Header.Get(echo.HeaderContentType))
	if err != nil || kind != echo.MIMEApplicationForm {
		return nil, echo.NewHTTPError(http.StatusUnsupportedMediaType, "Please send this form from its page.")
	}
	request.Body = http.MaxBytesReader(c.Response(), request.Body, formBytes)
	if err := request.ParseForm(); err != nil {
		if _, long := errors.AsType[*http.MaxBytesError](err); long {
			return nil, &store.Error{Kind: store.TooLarge, Message: "This is more than the form takes.", Err: err}
		}
		if _, other := errors.AsType[*echo.HTTPError](err); other {
			return nil, err
		}
		return nil, &store.Error{Kind: store.Invalid, Message: "The form did not arrive whole. Nothing was changed. Please send it again.", Err: err}
	}
	return request.PostForm, nil
}

// Line is what somebody typed into one line, as it may be kept and shown again: without stray white
// space, without what cannot be seen, and of at most so many characters. It tells whether that is
// all that was typed; where it is not, the person has to look at it again.
func Line(typed string, most int) (text string, whole bool) {
	whole = utf8.ValidString(typed)
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029':
			return ' '
		case store.Unseen(r) || r == utf8.RuneError:
			whole = false
			return -1
		}
		return r
	}, typed)
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > most {
		text, whole = strings.TrimSpace(string(runes[:most])), false
	}
	return text, whole
}

// LongestLine is how many characters of a line are kept where nothing shorter is asked for: as many
// as a reason may have.
const LongestLine = 200

// Field is Line of a posted field, for values whose form says by itself whether they are right:
// numbers, choices, ids.
func Field(c echo.Context, name string) string {
	text, _ := Line(c.FormValue(name), LongestLine)
	return text
}

// Reason is Line of a posted field in which somebody says why, in their own words. It is not ok when
// nothing is said, or something that cannot be read.
func Reason(c echo.Context, name string) (text string, ok bool) {
	text, whole := Line(c.FormValue(name), LongestLine)
	return text, whole && store.ValidReason(text)
}

// Units reads a whole number of units from 0 to most, in plain digits and nothing else.
func Units(typed string, most int) (int, bool) {
	if typed == "" || len(typed) > 10 || strings.Trim(typed, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(typed)
	return n, err == nil && n <= most
}

// WrongUnits asks for units again after Units could not read them.
const WrongUnits = "Give a whole number of units, in digits, such as 0 or 12."
