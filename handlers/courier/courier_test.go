package courier

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	"waybill/store"
	"waybill/views/ui"
)

// fake has one parcel waiting and one on board; it notes what it was asked to do.
type fake struct {
	err   error
	calls []string
	at    time.Time // when the last parcel was handed over by the phone's clock
}

func (f *fake) Directory(context.Context) (store.Directory, error) { return store.Directory{}, nil }

func (f *fake) Rounds(_ context.Context, courier string) (store.Rounds, error) {
	parcel := func(n store.Number, status store.Status) store.Order {
		return store.Order{Number: n, Status: status, PromisedAt: noon(), Lines: []store.Line{{Product: "prod1", Quantity: 1}},
			Recipient: store.Recipient{Name: "Anna Kowalska", Phone: "+48600700800", Address: store.Address{Line1: "ul. Długa 5", City: "Gdańsk", Country: "PL"}}}
	}
	if courier != "marek" {
		return store.Rounds{}, nil
	}
	return store.Rounds{
		Ready: []store.Pickup{{Warehouse: "warehouse1", Orders: []store.Order{parcel(100118, store.Ready)}}},
		Run:   []store.Order{parcel(100110, store.Sent)},
	}, nil
}

func (f *fake) PickUp(_ context.Context, who store.Actor, n store.Number) error {
	f.calls = append(f.calls, fmt.Sprintf("pick up %s %s", who.ID, n))
	return f.err
}

func (f *fake) Deliver(_ context.Context, who store.Actor, n store.Number, proof store.Proof) error {
	f.calls = append(f.calls, fmt.Sprintf("deliver %s %s to %s", who.ID, n, proof.ReceivedBy))
	f.at = proof.At
	return f.err
}

func (f *fake) CouldNotDeliver(_ context.Context, who store.Actor, n store.Number, failure store.Failure) error {
	failure, err := failure.Clean()
	if err != nil {
		return err
	}
	f.calls = append(f.calls, fmt.Sprintf("could not %s %s %+v", who.ID, n, failure))
	return f.err
}

func noon() time.Time { return time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC) }

func marek() store.Account {
	return store.Account{Login: "marek", Name: "Marek", Role: store.Courier}
}

type answer struct {
	code     int
	to, body string
	flash    ui.Flash
	err      error
}

func send(t *testing.T, f *fake, who store.Account, form url.Values, handle func(*Handlers) echo.HandlerFunc) answer {
	t.Helper()
	return sendAs(t, f, who, form, handle, "")
}

// sendAs is send with the mark of what a phone has kept, "" for none.
func sendAs(t *testing.T, f *fake, who store.Account, form url.Values, handle func(*Handlers) echo.HandlerFunc, kept string) answer {
	t.Helper()
	kit := page.New(page.Options{Now: noon, Zone: time.UTC, Asset: func(name string) string { return "/static/" + name }})
	method := http.MethodGet
	if form != nil {
		method = http.MethodPost
	}
	request := httptest.NewRequest(method, "/courier", strings.NewReader(form.Encode()))
	request.Header.Set(echo.HeaderContentType, echo.MIMEApplicationForm)
	if kept != "" {
		request.Header.Set("X-Waybill-Kept", kept)
	}
	recorder := httptest.NewRecorder()
	c := echo.New().NewContext(request, recorder)
	if who.Role != "" {
		page.SignedIn(c, who, "session")
	}
	err := handle(New(kit, f))(c)
	a := answer{code: recorder.Code, to: recorder.Header().Get("Location"), body: recorder.Body.String(), err: err}
	for _, cookie := range recorder.Result().Cookies() {
		text, _ := base64.RawURLEncoding.DecodeString(cookie.Value)
		if len(text) > 0 {
			if err := json.Unmarshal(text, &a.flash); err != nil {
				t.Fatal(err)
			}
		}
	}
	return a
}

func pickUp(h *Handlers) echo.HandlerFunc  { return h.PickUp }
func deliver(h *Handlers) echo.HandlerFunc { return h.Deliver }
func rounds(h *Handlers) echo.HandlerFunc  { return h.Rounds }

func values(pairs ...string) url.Values {
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return form
}

func TestPickUp(t *testing.T) {
	f := &fake{}
	got := send(t, f, marek(), values("order", "100118"), pickUp)
	if got.code != http.StatusSeeOther || got.to != "/courier#stop-100118" || !slices.Equal(f.calls, []string{"pick up marek 100118"}) || got.flash.Kind != "ok" {
		t.Errorf("%+v, asked for %q", got, f.calls)
	}
}

func TestWhoeverWasFasterIsNamed(t *testing.T) {
	f := &fake{err: store.Errorf(store.Conflict, "Ewa has already picked up order 100118.")}
	got := send(t, f, marek(), values("order", "100118"), pickUp)
	if got.code != http.StatusSeeOther || got.flash.Kind != "error" || got.flash.Text != "Ewa has already picked up order 100118." {
		t.Errorf("%+v", got)
	}
}

func TestDeliver(t *testing.T) {
	for _, c := range []struct{ took, name, want string }{
		{"recipient", "Anna Kowalska", "Anna Kowalska"},
		{"recipient", "her son", "her son"},
		{"neighbour", "Anna Kowalska", "Neighbour"},
		{"reception", "Jola", "Reception: Jola"},
		{"", "Anna", "Anna"},
	} {
		f := &fake{}
		got := send(t, f, marek(), values("order", "100110", "took", c.took, "received_by", c.name), deliver)
		if got.code != http.StatusSeeOther || got.to != "/courier#run" || !slices.Equal(f.calls, []string{"deliver marek 100110 to " + c.want}) {
			t.Errorf("%+v: %+v, asked for %q", c, got, f.calls)
		}
	}
}

func TestADeliveryIsGivenBackWithTheMessageAtItsField(t *testing.T) {
	for name, c := range map[string]struct{ typed, kept string }{
		"nobody":          {"  ", ""},
		"a hidden letter": {"Anna\u202e", `value="Anna"`},
		"a NUL":           {"An\x00na", `value="Anna"`},
		"not text":        {"Anna\xff", `value="Anna"`},
		"a novel":         {strings.Repeat("ą", 101), strings.Repeat("ą", 100)},
	} {
		f := &fake{}
		got := send(t, f, marek(), values("order", "100110", "took", "recipient", "received_by", c.typed), deliver)
		if got.err != nil || got.code != http.StatusUnprocessableEntity || len(f.calls) > 0 {
			t.Errorf("%s: %d %v, asked for %q", name, got.code, got.err, f.calls)
		}
		for _, want := range []string{`id="by-100110-error"`, `id="deliver-100110" open`, c.kept} {
			if !strings.Contains(got.body, want) {
				t.Errorf("%s: the page has no %s", name, want)
			}
		}
	}
}

func TestWhatTheStoreRefusesStandsAtTheField(t *testing.T) {
	f := &fake{err: store.Errorf(store.Invalid, "Say who took it.")}
	got := send(t, f, marek(), values("order", "100110", "received_by", "Anna"), deliver)
	if got.code != http.StatusUnprocessableEntity || !strings.Contains(got.body, "Say who took it.") || !strings.Contains(got.body, `value="Anna"`) {
		t.Errorf("%d %v", got.code, got.err)
	}
	f.err = store.Errorf(store.Conflict, "Ewa has order 100110 on board.")
	if got = send(t, f, marek(), values("order", "100110", "received_by", "Anna"), deliver); got.flash.Text != "Ewa has order 100110 on board." {
		t.Errorf("%+v", got)
	}
	f.err = errors.New("the line is cut")
	if got = send(t, f, marek(), values("order", "100110", "received_by", "Anna"), deliver); !errors.Is(got.err, f.err) {
		t.Errorf("%+v", got)
	}
}

func TestForgedFormsChangeNothing(t *testing.T) {
	for _, handle := range []func(*Handlers) echo.HandlerFunc{pickUp, deliver} {
		for _, order := range []string{"", "0", "-1", "order:100118", "1e3", "99999999999999999999", "１"} {
			f := &fake{}
			got := send(t, f, marek(), values("order", order, "received_by", "Anna"), handle)
			if got.err != nil || got.code != http.StatusSeeOther || got.flash.Kind != "error" || len(f.calls) > 0 {
				t.Errorf("%q: %+v, asked for %q", order, got, f.calls)
			}
		}
	}
	f := &fake{} // a parcel that has left the run meanwhile has no field to stand at
	if got := send(t, f, marek(), values("order", "7", "received_by", ""), deliver); got.code != http.StatusSeeOther || got.flash.Kind != "error" || len(f.calls) > 0 {
		t.Errorf("%+v", got)
	}
}

func TestThePageIsTheCouriersOwn(t *testing.T) {
	got := send(t, &fake{}, marek(), nil, rounds)
	for _, want := range []string{`data-live="/courier/live"`, `href="tel:+48600700800"`, "ul. Długa 5", "Delivered to Anna Kowalska", `id="stop-100118"`} {
		if got.code != http.StatusOK || !strings.Contains(got.body, want) {
			t.Errorf("the page has no %s", want)
		}
	}
	ewa := marek()
	ewa.Login = "ewa"
	if got := send(t, &fake{}, ewa, nil, rounds); strings.Contains(got.body, "Anna") {
		t.Error("Ewa sees what Marek has on board")
	}
	for _, handle := range []func(*Handlers) echo.HandlerFunc{rounds, pickUp, deliver} {
		for role, want := range map[store.Role]store.Kind{"": store.Unauthorized, store.Clerk: store.NotFound, store.Owner: store.NotFound} {
			f := &fake{}
			if got := send(t, f, store.Account{Role: role}, values("order", "100118"), handle); store.KindOf(got.err) != want || len(f.calls) > 0 {
				t.Errorf("%s: %v", role, got.err)
			}
		}
	}
}
