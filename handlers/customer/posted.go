package customer

import (
	"errors"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"waybill/store"
)

// formBytes is the most that a form of ours may weigh: a whole order is some kilobytes.
const formBytes = 256 << 10

// posted reads the body of a form, and nothing of the address. A body of another type is
// 415, one that is too long TooLarge, one that breaks off Invalid.
func posted(c echo.Context) (url.Values, error) {
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

// printable gives typed text as it can be shown again: without bytes that are no text and
// without marks that cannot be seen or that turn the writing around. It tells whether there
// were any.
func printable(typed string) (text string, clean bool) {
	clean = utf8.ValidString(typed)
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029':
			return ' '
		case unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\uFEFF' || r == utf8.RuneError:
			clean = false
			return -1
		}
		return r
	}, typed)
	return strings.TrimSpace(text), clean
}
