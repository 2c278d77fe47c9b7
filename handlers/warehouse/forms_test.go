package warehouse

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	"waybill/store"
)

func TestWhatIsSaidGoesOnTheRightChannel(t *testing.T) {
	for _, c := range []struct{ kind, warehouse, want string }{
		{"needed", "warehouse1", "say warehouse1: prod6 needed in warehouse1"},
		{"needed", "warehouse2", "say warehouse2: prod6 needed in warehouse2"},
		{"no", "warehouse1", "say warehouse1: no prod6 in warehouse1"},
		{"available", "warehouse1", "say warehouse1: prod6 available in warehouse1"},
		{"sent", "warehouse2", "say warehouse1: prod6 sent to warehouse2"},
		{"delivered", "warehouse2", "say warehouse2: prod6 delivered to warehouse2"},
		{"delivered", "warehouse1", "say warehouse1: prod6 delivered to warehouse1"},
	} {
		f := works()
		got := send(t, f, clerk(), "warehouse1", "", fields("product", "prod6", "kind", c.kind, "warehouse", c.warehouse), func(h *Handlers) echo.HandlerFunc { return h.Say })
		if got.code != http.StatusSeeOther || len(f.calls) != 1 || f.calls[0] != c.want {
			t.Errorf("%s %s: %d, asked for %q", c.kind, c.warehouse, got.code, f.calls)
		}
	}
}

func TestASentenceThatMakesNoSenseIsNotSaid(t *testing.T) {
	for _, c := range []struct{ product, kind, warehouse, message string }{
		{"prod77", "needed", "warehouse1", "Choose a product from the list."},
		{"prod6", "shouted", "warehouse1", "Choose what to say about the product."},
		{"prod6", "needed", "warehouse9", "Choose a warehouse from the list."},
		{"prod6", "no", "warehouse2", "Only the clerks of Warszawa can say what is there."},
		{"prod6", "sent", "warehouse1", "Choose the warehouse that it was sent to."},
		{"prod6 needed in warehouse1\n", "", "", "Choose a product from the list."},
	} {
		f := works()
		got := send(t, f, clerk(), "warehouse1", "", fields("product", c.product, "kind", c.kind, "warehouse", c.warehouse), func(h *Handlers) echo.HandlerFunc { return h.Say })
		if got.code != http.StatusUnprocessableEntity || !strings.Contains(got.body, c.message) || !strings.Contains(got.body, `aria-invalid="true"`) || len(f.calls) > 0 {
			t.Errorf("%+v: %d %v, asked for %q", c, got.code, got.err, f.calls)
		}
	}
}

func TestTheBoardIsShownByRole(t *testing.T) {
	board := func(h *Handlers) echo.HandlerFunc { return h.Board }
	got := send(t, works(), clerk(), "warehouse1", "order=100123", nil, board)
	for _, want := range []string{`id="scan"`, `data-live="/warehouses/warehouse1/live"`, `data-order="100123"`, `id="say-form"`} {
		if got.code != http.StatusOK || !strings.Contains(got.body, want) {
			t.Errorf("the clerk's page has no %s", want)
		}
	}
	got = send(t, works(), store.Account{Role: store.Owner}, "warehouse1", "", nil, board)
	for _, forbidden := range []string{`id="scan"`, `id="say-form"`, `/ready"`} {
		if got.code != http.StatusOK || strings.Contains(got.body, forbidden) {
			t.Errorf("the owner's page has %s", forbidden)
		}
	}
	got = send(t, works(), clerk(), "warehouse1", "inspect=%3Cb%3E&order=x", nil, board)
	if got.code != http.StatusOK || strings.Contains(got.body, "in-work") {
		t.Errorf("a wild address: %d", got.code)
	}
}

func TestAClerkGoesToTheirOwnWarehouse(t *testing.T) {
	list := func(h *Handlers) echo.HandlerFunc { return h.List }
	if got := send(t, works(), clerk(), "", "", nil, list); got.code != http.StatusSeeOther || got.to != "/warehouses/warehouse1" {
		t.Errorf("%d to %s", got.code, got.to)
	}
	got := send(t, works(), store.Account{Role: store.Owner}, "", "", nil, list)
	for _, want := range []string{"Gdańsk", "Warszawa", "Kraków", `href="/warehouses/warehouse3"`} {
		if !strings.Contains(got.body, want) {
			t.Errorf("the list has no %s", want)
		}
	}
}

func TestTheLivePartOfARole(t *testing.T) {
	kit := page.New(page.Options{Now: noon, Zone: time.UTC, Asset: func(name string) string { return name }})
	topic := New(kit, works()).topic("warehouse1", store.Owner)
	if topic.Name != "board:warehouse1:owner" || len(topic.Channels) != 1 || topic.Channels[0] != "warehouse:warehouse1" {
		t.Errorf("%+v", topic)
	}
	part, err := topic.Render(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := part.Render(t.Context(), &out); err != nil || !strings.HasPrefix(out.String(), `<div id="live-board"`) || strings.Contains(out.String(), "<form") {
		t.Errorf("%v %.200s", err, out.String())
	}
}
