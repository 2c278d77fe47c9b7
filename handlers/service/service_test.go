package service

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	"waybill/store"
)

const token = "0123456789abcdefghijkl"

// fake knows one order, and one that needs a person.
type fake struct {
	err    error
	status store.Status // "" for placed
}

func (f fake) Directory(context.Context) (store.Directory, error) { return store.Directory{}, nil }

func (f fake) Attention(context.Context) ([]store.Attention, error) {
	return []store.Attention{{Order: 128, Reason: "This shop does not know the product prod77.", At: noon()}}, f.err
}

func (f fake) Order(_ context.Context, n store.Number) (store.Order, error) {
	if f.err != nil {
		return store.Order{}, f.err
	}
	if n != 100123 {
		return store.Order{}, store.Errorf(store.NotFound, "There is no order %s.", n)
	}
	return store.Order{Number: n, Version: 1, Token: token, Status: cmp.Or(f.status, store.Placed), Recipient: store.Recipient{Name: "Anna Kowalska"}}, nil
}

func (f fake) Return(_ context.Context, _ store.Actor, _ store.Number, warehouse, reason string) error {
	if warehouse != "warehouse1" {
		return &store.Error{Kind: store.Invalid, Fields: map[string]string{"warehouse": "Choose a warehouse from the list."}}
	}
	return f.Cancel(context.Background(), store.Actor{}, 0, reason)
}

func (f fake) Cancel(_ context.Context, who store.Actor, _ store.Number, reason string) error {
	if f.err != nil {
		return f.err
	}
	_, err := store.Reason(reason)
	return err
}

func (f fake) OrderByToken(ctx context.Context, text string) (store.Order, error) {
	if f.err == nil && text != token {
		return store.Order{}, store.Errorf(store.NotFound, "This link does not lead to an order.")
	}
	return f.Order(ctx, 100123)
}

func noon() time.Time { return time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC) }

func kasia() store.Account {
	return store.Account{Login: "kasia", Name: "Kasia", Role: store.Service}
}

func get(f fake, who store.Account, target, number string, handle func(*Handlers) echo.HandlerFunc) (*httptest.ResponseRecorder, error) {
	kit := page.New(page.Options{Now: noon, Zone: time.UTC, Asset: func(name string) string { return "/static/" + name }})
	recorder := httptest.NewRecorder()
	c := echo.New().NewContext(httptest.NewRequest(http.MethodGet, target, nil), recorder)
	c.SetParamNames("number")
	c.SetParamValues(number)
	if who.Role != "" {
		page.SignedIn(c, who, "session")
	}
	return recorder, handle(New(kit, f))(c)
}

func desk(h *Handlers) echo.HandlerFunc  { return h.Desk }
func order(h *Handlers) echo.HandlerFunc { return h.Order }

func TestWhatIsFoundIsGoneTo(t *testing.T) {
	for _, text := range []string{
		"100123", " 100 123 ", "100\u00a0123", "order:100123", "Order 100 123", "#100123", "ORDER:100123",
		token, " " + token + "\n", "https://shop.example/track/" + token, "shop.example/track/" + token + "?x=1", "/track/" + token + "/", "/track/" + token + "#top and so on",
	} {
		got, err := get(fake{}, kasia(), "/service?q="+url.QueryEscape(text), "", desk)
		if err != nil || got.Code != http.StatusSeeOther || got.Header().Get("Location") != "/service/orders/100123" {
			t.Errorf("%q: %d %v", text, got.Code, err)
		}
	}
}

func TestWhatIsNotFoundIsSaid(t *testing.T) {
	for text, want := range map[string]string{
		"77":                          "There is no order 77.",
		"Kowalska":                    "Nothing was found.",
		"<script>":                    "Nothing was found.",
		"/track/":                     "Nothing was found.",
		"/track/ ":                    "Nothing was found.",
		"/track/?":                    "Nothing was found.",
		"/track/aaaaaaaaaaaaaaaaaaaa": "This tracking link leads to no order.",
		"aaaaaaaaaaaaaaaaaaaa":        "This tracking link leads to no order.",
		"1e3":                         "Nothing was found.",
		"-5":                          "Nothing was found.",
		"١٢٣":                         "Nothing was found.",
		strings.Repeat("9", 701):      "This is too long",
		"\xff\xfe":                    "This is too long",
		"order:":                      "Nothing was found.",
		"\x00":                        "Nothing was found.",
	} {
		got, err := get(fake{}, kasia(), "/service?q="+url.QueryEscape(text), "", desk)
		if err != nil || got.Code != http.StatusOK || !strings.Contains(got.Body.String(), want) || strings.Contains(got.Body.String(), "<script>") {
			t.Errorf("%q: %d %v, the page does not say %q", text, got.Code, err, want)
		}
	}
}

// Sealed links are longer than any id, and may have a note behind the token.
func TestSealedLinksAreRead(t *testing.T) {
	for _, link := range []string{"1" + strings.Repeat("aZ_-", 16), "1" + strings.Repeat("a", 337) + "." + strings.Repeat("b", 170)} {
		for _, text := range []string{link, "https://shop.example/track/" + link, "/track/" + link + "/change?x=1"} {
			if got, ok := tokenIn(text); !ok || got != link || len(text) > longestSearch {
				t.Errorf("%q: %v %q", text, ok, got)
			}
		}
	}
}

func TestDeskShowsWhatNeedsAPerson(t *testing.T) {
	got, err := get(fake{}, kasia(), "/service", "", desk)
	for _, want := range []string{"prod77", `href="/service/orders/128"`, `data-live="/service/live"`, `id="live-attention"`} {
		if err != nil || !strings.Contains(got.Body.String(), want) {
			t.Errorf("the page has no %s, %v", want, err)
		}
	}
}

func TestOrderIsShownToThoseWhoHelp(t *testing.T) {
	got, err := get(fake{}, kasia(), "/", "100123", order)
	for _, want := range []string{"Anna Kowalska", "/track/" + token, `data-live="/service/orders/100123/live"`, `id="live-story"`} {
		if err != nil || !strings.Contains(got.Body.String(), want) {
			t.Errorf("the page has no %s, %v", want, err)
		}
	}
	for _, number := range []string{"7", "", "0", "x", "100123 "} {
		if _, err := get(fake{}, kasia(), "/", number, order); store.KindOf(err) != store.NotFound {
			t.Errorf("%q: %v", number, err)
		}
	}
	for _, handle := range []func(*Handlers) echo.HandlerFunc{desk, order} {
		for role, want := range map[store.Role]store.Kind{"": store.Unauthorized, store.Clerk: store.NotFound, store.Courier: store.NotFound} {
			if _, err := get(fake{}, store.Account{Role: role}, "/", "100123", handle); store.KindOf(err) != want {
				t.Errorf("%s: %v", role, err)
			}
		}
	}
}

func TestAFailureOfOursIsNotHidden(t *testing.T) {
	broken := fake{err: errors.New("the line is cut")}
	for _, target := range []string{"/service", "/service?q=100123", "/service?q=" + token} {
		if got, err := get(broken, kasia(), target, "", desk); !errors.Is(err, broken.err) {
			t.Errorf("%s: %d %v", target, got.Code, err)
		}
	}
	if got, err := get(broken, kasia(), "/", "100123", order); !errors.Is(err, broken.err) {
		t.Errorf("%d %v", got.Code, err)
	}
}
