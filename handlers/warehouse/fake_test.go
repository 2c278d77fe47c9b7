package warehouse

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	"waybill/store"
	"waybill/views/ui"
)

// fake notes what it was asked to do, and fails with err if there is one: after so many calls that go well.
type fake struct {
	board  store.Board
	orders map[store.Number]store.Order
	err    error
	well   int
	calls  []string
}

func (f *fake) note(format string, args ...any) error {
	if f.calls = append(f.calls, fmt.Sprintf(format, args...)); len(f.calls) <= f.well {
		return nil
	}
	return f.err
}

func (f *fake) Directory(context.Context) (store.Directory, error) { return shop(), nil }
func (f *fake) Board(context.Context, string) (store.Board, error) { return f.board, nil }
func (f *fake) Order(_ context.Context, n store.Number) (store.Order, error) {
	if o, ok := f.orders[n]; ok {
		return o, nil
	}
	return store.Order{}, store.Errorf(store.NotFound, "There is no order %s.", n)
}
func (f *fake) Pack(_ context.Context, who store.Actor, n store.Number, product string, units int) error {
	return f.note("pack %s %s %s %d", who.ID, n, product, units)
}
func (f *fake) Ready(_ context.Context, who store.Actor, n store.Number) error {
	return f.note("ready %s %s", who.ID, n)
}
func (f *fake) Unready(_ context.Context, who store.Actor, n store.Number) error {
	return f.note("unready %s %s", who.ID, n)
}
func (f *fake) Transfer(_ context.Context, id string) (store.Transfer, error) {
	for _, o := range f.orders {
		for _, t := range o.Transfers {
			if t.ID == id {
				return t, nil
			}
		}
	}
	return store.Transfer{}, store.Errorf(store.NotFound, "There is no transfer %s.", id)
}
func (f *fake) InTransit(context.Context) ([]store.Transfer, error) { return f.board.InTransit, nil }
func (f *fake) PutBack(_ context.Context, who store.Actor, n store.Number) error {
	return f.note("putback %s %s", who.ID, n)
}
func (f *fake) Inspect(_ context.Context, who store.Actor, n store.Number, found []store.Inspected) error {
	if err := f.orders[n].CheckInspection(found); err != nil {
		return err
	}
	return f.note("inspect %s %s %v", who.ID, n, found)
}
func (f *fake) moved(act, id string) (store.Transfer, error) {
	err := f.note("%s %s", act, id)
	for _, o := range f.orders {
		for _, t := range o.Transfers {
			if t.ID == id {
				return t, err
			}
		}
	}
	return store.Transfer{}, err
}
func (f *fake) SendTransfer(_ context.Context, _ store.Actor, id string) (store.Transfer, error) {
	return f.moved("send", id)
}
func (f *fake) UnsendTransfer(_ context.Context, _ store.Actor, id string) (store.Transfer, error) {
	return f.moved("unsend", id)
}
func (f *fake) ReceiveTransfer(_ context.Context, _ store.Actor, id string) (store.Transfer, error) {
	return f.moved("receive", id)
}
func (f *fake) UnreceiveTransfer(_ context.Context, _ store.Actor, id string) (store.Transfer, error) {
	return f.moved("unreceive", id)
}
func (f *fake) SendPart(_ context.Context, _ store.Actor, id string, sent []store.Line, why store.Shortfall) (store.Transfer, error) {
	t, err := f.moved(fmt.Sprintf("send part %v %s:", sent, why), id)
	t.State, t.Missing, t.Lines, t.Cause = store.TransferRefused, store.Less(t.Lines, sent), sent, why.Cause
	return t, err
}
func (f *fake) ReceivePart(_ context.Context, _ store.Actor, id string, arrived, damaged []store.Line, note string) (store.Transfer, error) {
	t, err := f.moved(fmt.Sprintf("receive part %v %v %s:", arrived, damaged, note), id)
	t.State, t.Lines = store.TransferDelivered, arrived
	return t, err
}
func (f *fake) UnrefuseTransfer(_ context.Context, _ store.Actor, id string) (store.Transfer, error) {
	t, err := f.moved("unrefuse", id)
	t.Missing = t.Lines
	return t, err
}
func (f *fake) CancelAsk(_ context.Context, _ store.Actor, id string) (store.Transfer, error) {
	return f.moved("unask", id)
}
func (f *fake) LowStock(context.Context) (store.LowList, error) { return f.board.Low, nil }
func (f *fake) LowAt(_ context.Context, _ string, from int) (store.LowList, error) {
	low := f.board.Low
	low.Rows = low.Rows[min(from, len(low.Rows)):min(from+store.LowAtOnce, len(low.Rows))]
	return low, nil
}
func (f *fake) Say(_ context.Context, _ store.Actor, m store.Message, at string) error {
	return f.note("say %s: %s", at, m)
}
func (f *fake) BookProposal(_ context.Context, _ store.Actor, warehouse, product string) error {
	return f.note("book %s %s", warehouse, product)
}
func (f *fake) DropProposal(_ context.Context, _ store.Actor, warehouse, product string) error {
	return f.note("drop %s %s", warehouse, product)
}

// shop has three warehouses and three products; prod2's barcode is a valid EAN-13.
func shop() store.Directory {
	return store.Directory{
		Products: map[string]store.Product{
			"prod1": {ID: "prod1", Name: "Enamel mug"}, "prod2": {ID: "prod2", Name: "Kettle", GTIN: "4006381333931"}, "prod6": {ID: "prod6", Name: "Blanket"},
		},
		Warehouses: map[string]store.Warehouse{
			"warehouse1": {ID: "warehouse1", Name: "Gdańsk"}, "warehouse2": {ID: "warehouse2", Name: "Warszawa"}, "warehouse3": {ID: "warehouse3", Name: "Kraków"},
		},
		ProductIDs: []string{"prod1", "prod2", "prod6"}, WarehouseIDs: []string{"warehouse1", "warehouse2", "warehouse3"},
	}
}

// works is an order of two mugs and a blanket at warehouse1; a mug is packed, the blanket
// travels from warehouse2. A further transfer takes something to warehouse3.
func works() *fake {
	order := store.Order{
		Number: 100123, Status: store.Placed, Warehouse: "warehouse1", PromisedAt: noon().Add(time.Hour),
		Lines:  []store.Line{{Product: "prod1", Quantity: 2}, {Product: "prod6", Quantity: 1}},
		Packed: map[string]int{"prod1": 1}, Moving: []string{"t-1"},
		Plan: store.Plan{Sources: []store.Source{
			{Warehouse: "warehouse1", Lines: []store.Line{{Product: "prod1", Quantity: 2}}},
			{Warehouse: "warehouse2", Transfer: "t-1", Lines: []store.Line{{Product: "prod6", Quantity: 1}}},
		}},
		Transfers: []store.Transfer{{ID: "t-1", Order: 100123, From: "warehouse2", To: "warehouse1", State: store.TransferSent, Lines: []store.Line{{Product: "prod6", Quantity: 1}}}},
	}
	elsewhere := store.Order{
		Number: 100200, Warehouse: "warehouse3", Lines: []store.Line{{Product: "prod1", Quantity: 2}},
		Transfers: []store.Transfer{{ID: "t-9", Order: 100200, From: "warehouse1", To: "warehouse3", State: store.TransferRequested, Lines: []store.Line{{Product: "prod1", Quantity: 2}}}},
	}
	return &fake{
		board:  store.Board{Warehouse: shop().Warehouses["warehouse1"], ToAssemble: []store.Order{order}},
		orders: map[store.Number]store.Order{order.Number: order, elsewhere.Number: elsewhere},
	}
}

func noon() time.Time { return time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC) }

// clerk works at warehouse1.
func clerk() store.Account {
	return store.Account{Login: "ola", Name: "Ola", Role: store.Clerk, Warehouse: "warehouse1"}
}

// answer is what came of one request.
type answer struct {
	code  int
	to    string
	body  string
	flash ui.Flash
	err   error
}

// send makes one request at a warehouse; without a form it is a GET.
func send(t *testing.T, f *fake, who store.Account, warehouse, query string, form url.Values, handle func(*Handlers) echo.HandlerFunc) answer {
	t.Helper()
	kit := page.New(page.Options{Now: noon, Zone: time.UTC, Asset: func(name string) string { return "/static/" + name }})
	method := http.MethodGet
	if form != nil {
		method = http.MethodPost
	}
	request := httptest.NewRequest(method, "/warehouses/x?"+query, strings.NewReader(form.Encode()))
	request.Header.Set(echo.HeaderContentType, echo.MIMEApplicationForm)
	recorder := httptest.NewRecorder()
	c := echo.New().NewContext(request, recorder)
	c.SetParamNames("id")
	c.SetParamValues(warehouse)
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

func fields(pairs ...string) url.Values {
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return form
}
