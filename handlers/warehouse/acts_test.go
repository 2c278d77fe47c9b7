package warehouse

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"waybill/store"
)

// act is one form of the board, as the page sends it.
type act struct {
	name   string
	handle func(*Handlers) echo.HandlerFunc
	form   url.Values
	call   string // what the store is asked to do
	to     string
	undo   string // the route that takes it back
}

func acts() []act {
	return []act{
		{"pack", func(h *Handlers) echo.HandlerFunc { return h.Pack }, fields("order", "100123", "product", "prod1", "units", "2"), "pack ola 100123 prod1 2", "/warehouses/warehouse1#order-100123", ""},
		{"ready", func(h *Handlers) echo.HandlerFunc { return h.Ready }, fields("order", "100123"), "ready ola 100123", "/warehouses/warehouse1#ready", "/warehouses/warehouse1/unready order=100123"},
		{"unready", func(h *Handlers) echo.HandlerFunc { return h.Unready }, fields("order", "100123"), "unready ola 100123", "/warehouses/warehouse1#order-100123", ""},
		{"send", func(h *Handlers) echo.HandlerFunc { return h.Send }, fields("transfer", "t-9", "order", "100200"), "send t-9", "/warehouses/warehouse1#transfers", "/warehouses/warehouse1/unsend transfer=t-9"},
		{"unsend", func(h *Handlers) echo.HandlerFunc { return h.Unsend }, fields("transfer", "t-9", "order", "100200"), "unsend t-9", "/warehouses/warehouse1#transfers", ""},
		{"send all", func(h *Handlers) echo.HandlerFunc { return h.SendAll }, fields("transfers", "t-9"), "send t-9", "/warehouses/warehouse1#transfers", "/warehouses/warehouse1/unsend-all transfers=t-9"},
		{"unsend all", func(h *Handlers) echo.HandlerFunc { return h.UnsendAll }, fields("transfers", "t-9"), "unsend t-9", "/warehouses/warehouse1#transfers", ""},
		{"receive", func(h *Handlers) echo.HandlerFunc { return h.Receive }, fields("transfer", "t-1", "order", "100123"), "receive t-1", "/warehouses/warehouse1#transfers", "/warehouses/warehouse1/unreceive transfer=t-1"},
		{"unreceive", func(h *Handlers) echo.HandlerFunc { return h.Unreceive }, fields("transfer", "t-1", "order", "100123"), "unreceive t-1", "/warehouses/warehouse1#transfers", ""},
		{"scan", func(h *Handlers) echo.HandlerFunc { return h.Scan }, fields("code", "prod1"), "pack ola 100123 prod1 2", "/warehouses/warehouse1?order=100123#order-100123", "/warehouses/warehouse1/pack order=100123 product=prod1 units=1"},
		{"say", func(h *Handlers) echo.HandlerFunc { return h.Say }, fields("product", "prod6", "kind", "needed", "warehouse", "warehouse1"), "say warehouse1: prod6 needed in warehouse1", "/warehouses/warehouse1#said", ""},
		{"book", func(h *Handlers) echo.HandlerFunc { return h.Book }, fields("product", "prod6"), "book warehouse1 prod6", "/warehouses/warehouse1#said", ""},
		{"drop", func(h *Handlers) echo.HandlerFunc { return h.Drop }, fields("product", "prod6"), "drop warehouse1 prod6", "/warehouses/warehouse1#said", ""},
	}
}

// named is what handles an act.
func named(name string) func(*Handlers) echo.HandlerFunc {
	all := acts()
	return all[slices.IndexFunc(all, func(a act) bool { return a.name == name })].handle
}

func TestEachActIsDoneAndComesBackToTheBoard(t *testing.T) {
	for _, a := range acts() {
		f := works()
		got := send(t, f, clerk(), "warehouse1", "", a.form, a.handle)
		if got.err != nil || got.code != http.StatusSeeOther || got.to != a.to || !slices.Equal(f.calls, []string{a.call}) {
			t.Errorf("%s: %d to %s, asked for %q, %v", a.name, got.code, got.to, f.calls, got.err)
		}
		undo := ""
		if got.flash.Undo != nil {
			undo = got.flash.Undo.Action
			for _, field := range got.flash.Undo.Fields {
				undo += " " + field.Name + "=" + field.Value
			}
		}
		if undo != a.undo || got.flash.Kind == "error" {
			t.Errorf("%s: undo is %q, the flash is %+v", a.name, undo, got.flash)
		}
	}
}

func TestAnActThatCameTooLateIsTold(t *testing.T) {
	for _, a := range acts() {
		f := works()
		f.err = store.Errorf(store.Conflict, "Somebody was faster.")
		got := send(t, f, clerk(), "warehouse1", "", a.form, a.handle)
		told := got.flash.Kind == "error" && got.flash.Text == "Somebody was faster." && got.code == http.StatusSeeOther
		if got.err != nil || !told || got.flash.Undo != nil {
			t.Errorf("%s: %d, %+v, %v", a.name, got.code, got.flash, got.err)
		}
	}
}

func TestAFailureOfOursIsNotHidden(t *testing.T) {
	for _, a := range acts() {
		f := works()
		f.err = errors.New("the line is cut")
		if got := send(t, f, clerk(), "warehouse1", "", a.form, a.handle); !errors.Is(got.err, f.err) {
			t.Errorf("%s: %d, %v", a.name, got.code, got.err)
		}
	}
}

func TestOnlyTheClerksOfTheWarehouseAct(t *testing.T) {
	stranger := clerk()
	stranger.Warehouse = "warehouse2"
	for _, c := range []struct {
		who       store.Account
		warehouse string
		want      store.Kind
	}{
		{store.Account{}, "warehouse1", store.Unauthorized},
		{stranger, "warehouse1", store.NotFound},
		{clerk(), "warehouse9", store.NotFound},
		{clerk(), "../admin", store.NotFound},
		{store.Account{Role: store.Owner}, "warehouse1", store.Forbidden},
		{store.Account{Role: store.Service}, "warehouse1", store.Forbidden},
		{store.Account{Role: store.Courier}, "warehouse1", store.NotFound},
	} {
		for _, a := range acts() {
			f := works()
			got := send(t, f, c.who, c.warehouse, "", a.form, a.handle)
			if store.KindOf(got.err) != c.want || len(f.calls) > 0 {
				t.Errorf("%s by %s at %s: %v, %q", a.name, c.who.Role, c.warehouse, got.err, f.calls)
			}
		}
	}
}

func TestForgedFormsChangeNothing(t *testing.T) {
	pack := named("pack")
	for name, c := range map[string]struct {
		handle func(*Handlers) echo.HandlerFunc
		form   url.Values
	}{
		"another warehouse's order":    {named("ready"), fields("order", "100200")},
		"no order":                     {named("ready"), fields()},
		"a word for an order":          {named("unready"), fields("order", "order:100123")},
		"an unknown order":             {named("ready"), fields("order", "7")},
		"another product":              {pack, fields("order", "100123", "product", "prod2", "units", "1")},
		"too many units":               {pack, fields("order", "100123", "product", "prod1", "units", "3")},
		"half a unit":                  {pack, fields("order", "100123", "product", "prod1", "units", "1.5")},
		"less than none":               {pack, fields("order", "100123", "product", "prod1", "units", "-1")},
		"a huge number":                {pack, fields("order", "100123", "product", "prod1", "units", "9223372036854775808")},
		"Arabic digits":                {pack, fields("order", "100123", "product", "prod1", "units", "١")},
		"an exponent":                  {pack, fields("order", "100123", "product", "prod1", "units", "1e0")},
		"no number":                    {pack, fields("order", "100123", "product", "prod1")},
		"sending what others send":     {named("send"), fields("transfer", "t-1", "order", "100123")},
		"receiving what others get":    {named("receive"), fields("transfer", "t-9", "order", "100200")},
		"a transfer with a wild name":  {named("send"), fields("transfer", "t-9 *")},
		"an unknown transfer":          {named("receive"), fields("transfer", "t-77", "order", "100123")},
		"a proposal with a wild name":  {named("book"), fields("product", "prod6 *")},
		"dropping nothing":             {named("drop"), fields()},
		"a scan of nothing":            {named("scan"), fields("code", "  ")},
		"a scan with a NUL":            {named("scan"), fields("code", "prod1\x00")},
		"a scan that is not text":      {named("scan"), fields("code", "\xff\xfe")},
		"a scan that turns direction":  {named("scan"), fields("code", "\u202eprod1")},
		"a scan of far too much":       {named("scan"), fields("code", strings.Repeat("9", 10_000))},
		"a scan of an unknown product": {named("scan"), fields("code", "prod77")},
	} {
		f := works()
		got := send(t, f, clerk(), "warehouse1", "", c.form, c.handle)
		if got.err != nil || got.code != http.StatusSeeOther || got.flash.Kind != "error" || got.flash.Text == "" || len(f.calls) > 0 {
			t.Errorf("%s: %d %+v %v, asked for %q", name, got.code, got.flash, got.err, f.calls)
		}
	}
}
