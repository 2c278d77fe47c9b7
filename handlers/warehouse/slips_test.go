package warehouse

import (
	"net/http"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"waybill/store"
)

// slip asks for one order's slip.
func slip(number string) func(*Handlers) echo.HandlerFunc {
	return func(h *Handlers) echo.HandlerFunc {
		return func(c echo.Context) error {
			c.SetParamNames("id", "number")
			c.SetParamValues(c.Param("id"), number)
			return h.Slip(c)
		}
	}
}

func allSlips(h *Handlers) echo.HandlerFunc { return h.Slips }

// addressed is works, with somebody to send the order to and a warehouse with an address of its own.
func addressed() *fake {
	f := works()
	o := f.orders[100123]
	o.Recipient = store.Recipient{Name: "Anna <Nowak>", Phone: "+48600700800", Email: "anna@example.com", Address: store.Address{Line1: "ul. Długa 5", Line2: "m. 3", City: "Łódź", PostalCode: "90-001", Country: "PL"}}
	o.PlacedAt, o.Speed = noon(), store.Express
	o.Lines = append(o.Lines, store.Line{Product: "prod2", Quantity: 4})
	f.orders[100123] = o
	return f
}

func TestASlipSaysWhatIsInTheBoxAndForWhom(t *testing.T) {
	got := send(t, addressed(), clerk(), "warehouse1", "", nil, slip("100123"))
	for _, want := range []string{
		"Order <span class=\"num\">100\u00a0123</span>", "ordered on 24 November 2026", "express", "Anna &lt;Nowak&gt;", "ul. Długa 5", "m. 3", "90-001 Łódź", "<span>PL</span>",
		"Enamel mug", "prod2 · 4006381333931", `src="/static/products/none.svg"`, `<td class="num">4</td>`, `<td class="num">7</td>`, "6 units of 7 not in the box yet", "send it to Gdańsk.", "<span>Waybill</span>",
	} {
		if got.err != nil || got.code != http.StatusOK || !strings.Contains(got.body, want) {
			t.Errorf("the slip does not say %s (%d, %v)", want, got.code, got.err)
		}
	}
	for _, secret := range []string{"600700800", "anna@example.com"} {
		if strings.Contains(got.body, secret) {
			t.Errorf("the slip tells %s, which the box does not need", secret)
		}
	}
}

func TestOnlyWhatIsInTheHouseHasASlip(t *testing.T) {
	stranger := clerk()
	stranger.Warehouse = "warehouse2"
	for _, c := range []struct {
		who    store.Account
		number string
		status store.Status
		want   store.Kind
	}{
		{store.Account{}, "100123", store.Placed, store.Unauthorized},
		{stranger, "100123", store.Placed, store.NotFound},
		{store.Account{Role: store.Owner}, "100123", store.Placed, store.Forbidden},
		{clerk(), "100200", store.Placed, store.NotFound}, // another warehouse's
		{clerk(), "x", store.Placed, store.NotFound},
		{clerk(), "100123", store.Cancelled, store.Conflict},
		{clerk(), "100123", store.Sent, store.Conflict},
	} {
		f := addressed()
		o := f.orders[100123]
		o.Status = c.status
		f.orders[100123] = o
		if got := send(t, f, c.who, "warehouse1", "", nil, slip(c.number)); store.KindOf(got.err) != c.want || got.body != "" {
			t.Errorf("%s of %s as %q: %v", c.number, c.status, c.who.Role, got.err)
		}
	}
}

// What comes in another parcel is told as that order stands now, not as it was when it was parted.
func TestASlipSaysWhatComesLater(t *testing.T) {
	later := []store.Line{{Product: "prod2", Quantity: 3}}
	for name, c := range map[string]struct {
		rest *store.Order
		want string
	}{
		"not made yet": {nil, "Comes later, as order 100\u00a0124: 9\u00a0×\u00a0Kettle."},
		"waiting":      {&store.Order{Number: 100124, Status: store.Backordered, Lines: later}, "Comes later, as order 100\u00a0124: 3\u00a0×\u00a0Kettle."},
		"on its way":   {&store.Order{Number: 100124, Status: store.Sent, Lines: later}, "Sent in a parcel of its own, as order 100\u00a0124: 3\u00a0×\u00a0Kettle."},
		"cancelled":    {&store.Order{Number: 100124, Status: store.Cancelled, Lines: later}, ""},
	} {
		f := addressed()
		o := f.orders[100123]
		o.Child, o.Rest = store.Part{Number: 100124}, []store.Line{{Product: "prod2", Quantity: 9}}
		f.orders[100123] = o
		if c.rest != nil {
			f.orders[100124] = *c.rest
		}
		got := send(t, f, clerk(), "warehouse1", "", nil, slip("100123"))
		if said := strings.Contains(got.body, "slip-apart"); got.err != nil || !strings.Contains(got.body, c.want) || said != (c.want != "") {
			t.Errorf("%s: %v, said %v", name, got.err, said)
		}
	}
	f := addressed()
	o := f.orders[100123]
	o.Parent = store.Part{Number: 100122}
	f.orders[100123] = o
	if got := send(t, f, clerk(), "warehouse1", "", nil, slip("100123")); !strings.Contains(got.body, "This is the rest of order 100\u00a0122.") {
		t.Error("a rest does not say of which order it is")
	}
}

func TestSlipsOfAllThatIsReady(t *testing.T) {
	f := addressed()
	if got := send(t, f, clerk(), "warehouse1", "", nil, allSlips); got.err != nil || !strings.Contains(got.body, "No parcel is waiting") || strings.Contains(got.body, "data-print") {
		t.Errorf("none is ready: %v", got.err)
	}
	one, two := f.orders[100123], f.orders[100123]
	one.Number, two.Number, two.PromisedAt = 7, 8, one.PromisedAt.AddDate(0, 0, -1)
	f.board.Ready, f.board.MoreReady = []store.Order{one, two}, 40
	got := send(t, f, clerk(), "warehouse1", "", nil, allSlips)
	first, second := strings.Index(got.body, `id="slip-8"`), strings.Index(got.body, `id="slip-7"`)
	if got.err != nil || first < 0 || second < first || !strings.Contains(got.body, "Print 2 slips") || !strings.Contains(got.body, "the slips of 40 further parcels follow") || strings.Contains(got.body, `id="slip-100123"`) {
		t.Errorf("%v: the slips stand at %d and %d", got.err, first, second)
	}
}
