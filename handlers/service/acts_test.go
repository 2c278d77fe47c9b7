package service

import (
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

// act posts a form about order 100123.
func act(f fake, who store.Account, form url.Values, handle func(*Handlers) echo.HandlerFunc) (*httptest.ResponseRecorder, error) {
	kit := page.New(page.Options{Now: noon, Zone: time.UTC, Asset: func(name string) string { return "/static/" + name }})
	request := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(form.Encode()))
	request.Header.Set(echo.HeaderContentType, echo.MIMEApplicationForm)
	recorder := httptest.NewRecorder()
	c := echo.New().NewContext(request, recorder)
	c.SetParamNames("number")
	c.SetParamValues("100123")
	page.SignedIn(c, who, "session")
	return recorder, handle(New(kit, f))(c)
}

func cancel(h *Handlers) echo.HandlerFunc { return h.Cancel }

// Customer service cancels with a reason; the owner looks on.
func TestCancelForACustomer(t *testing.T) {
	for reason, want := range map[string]int{"asked by phone": 303, "": 422, " ": 422, strings.Repeat("a", 201): 422} {
		got, err := act(fake{}, kasia(), url.Values{"reason": {reason}}, cancel)
		if err != nil || got.Code != want || want == 422 && !strings.Contains(got.Body.String(), `id="cancel-reason-error"`) {
			t.Errorf("%.20q: %d %v", reason, got.Code, err)
		}
	}
	late := fake{err: store.Errorf(store.Conflict, "The courier has it.")}
	if got, err := act(late, kasia(), url.Values{"reason": {"late"}}, cancel); err != nil || got.Code != 303 || len(got.Result().Cookies()) == 0 {
		t.Errorf("too late: %d %v", got.Code, err)
	}
	if _, err := act(fake{}, store.Account{Login: "olga", Role: store.Owner}, url.Values{"reason": {"x"}}, cancel); store.KindOf(err) != store.Forbidden {
		t.Errorf("the owner cancelled: %v", err)
	}
}

// A return says why and to which warehouse.
func TestReturnForACustomer(t *testing.T) {
	giveBack := func(h *Handlers) echo.HandlerFunc { return h.Return }
	for _, c := range []struct {
		warehouse, reason, shows string
		code                     int
	}{
		{"warehouse1", "too small", "", 303}, {"warehouse1", "", `id="return-reason-error"`, 422},
		{"warehouse1", strings.Repeat("a", 201), `id="return-reason-error"`, 422}, {"elsewhere", "too small", `id="return-to-error"`, 422},
	} {
		who := kasia()
		got, err := act(fake{status: store.Delivered}, who, url.Values{"reason": {c.reason}, "warehouse": {c.warehouse}}, giveBack)
		if err != nil || got.Code != c.code || !strings.Contains(got.Body.String(), c.shows) {
			t.Errorf("%+v: %d %v", c, got.Code, err)
		}
	}
}
