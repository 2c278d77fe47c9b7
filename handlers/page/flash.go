package page

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"waybill/store"
	"waybill/views/ui"
)

// A flash travels in a short-lived cookie rather than in the session: it needs no Redis, so
// it is there for customers, and to say that something failed while Redis is away.
const (
	flashName    = "waybill-flash"
	flashSeconds = 60
	flashLimit   = 3000 // bytes; browsers keep no cookie above 4 kB
)

// Done answers a form that did its work: the browser goes to another page, which shows the
// flash. A flash without a text is not shown; without a kind it is "ok".
func (k *Kit) Done(c echo.Context, to string, flash ui.Flash) error {
	k.leaveFlash(c, flash)
	return c.Redirect(http.StatusSeeOther, to)
}

// Failed answers a form that could not do its work. Conflict, Invalid and NotFound are told
// on the page that the person comes back to; any other error is returned as it is.
func (k *Kit) Failed(c echo.Context, to string, err error) error {
	switch store.KindOf(err) {
	case store.Conflict, store.Invalid, store.NotFound:
		return k.Done(c, to, ui.Flash{Kind: "error", Text: FlashText(err)})
	}
	return err
}

// FlashText says an error in one paragraph: the messages of its fields, where it has some,
// are all that a person needs.
func FlashText(err error) string {
	fields := FieldsOf(err)
	if len(fields) == 0 {
		return store.MessageOf(err)
	}
	var messages []string
	for _, message := range fields {
		if !slices.Contains(messages, message) {
			messages = append(messages, message)
		}
	}
	slices.Sort(messages)
	return strings.Join(messages, " ")
}

func (k *Kit) leaveFlash(c echo.Context, flash ui.Flash) {
	if flash.Text == "" {
		return
	}
	if flash.Kind == "" {
		flash.Kind = "ok"
	}
	text, err := json.Marshal(flash)
	if err != nil || len(text) > flashLimit {
		text, _ = json.Marshal(ui.Flash{Kind: flash.Kind, Text: "Done. There is more to say than fits here."})
	}
	k.setFlash(c, base64.RawURLEncoding.EncodeToString(text), flashSeconds)
}

// takeFlash reads the flash and makes the browser forget it. The cookie came through the
// browser, so nothing is taken from it that could lead elsewhere.
func (k *Kit) takeFlash(c echo.Context) *ui.Flash {
	cookie, err := c.Cookie(k.flashCookie())
	if err != nil || cookie.Value == "" {
		return nil
	}
	k.setFlash(c, "", -1)
	text, err := base64.RawURLEncoding.DecodeString(cookie.Value)
	if err != nil {
		return nil
	}
	var flash ui.Flash
	if json.Unmarshal(text, &flash) != nil || flash.Text == "" || !slices.Contains([]string{"ok", "warn", "error"}, flash.Kind) {
		return nil
	}
	if flash.Undo != nil && !LocalPath(flash.Undo.Action) {
		flash.Undo = nil
	}
	return &flash
}

func (k *Kit) setFlash(c echo.Context, value string, seconds int) {
	c.SetCookie(&http.Cookie{
		Name: k.flashCookie(), Value: value, Path: "/", MaxAge: seconds,
		HttpOnly: true, Secure: k.options.Secure, SameSite: http.SameSiteLaxMode,
	})
}

func (k *Kit) flashCookie() string { return CookieName(flashName, k.options.Secure) }

// CookieName gives the name that a cookie bears: with the prefix __Host- where the shop is
// reached by https only, so that no other host of the domain can set it.
func CookieName(name string, secure bool) string {
	if secure {
		return "__Host-" + name
	}
	return name
}

// LocalPath tells whether s is a path on this site and nothing else, so that it is safe to
// send a browser there.
func LocalPath(s string) bool {
	return strings.HasPrefix(s, "/") && !strings.HasPrefix(s, "//") && len(s) <= 512 &&
		!strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r == '\\' || r == 0x7f })
}

// FieldsOf gives the messages by field of a refused form, nil if the error has none.
func FieldsOf(err error) map[string]string {
	if e, ok := asError(err); ok {
		return e.Fields
	}
	return nil
}
