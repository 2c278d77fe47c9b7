package books

import (
	"context"
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
)

var now = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// shop is a Store in memory. It remembers what it was asked to do.
type shop struct {
	asked  store.LedgerQuery
	audits []store.Audit
	did    []string
	staged store.Import
	rows   []store.StockRow
	faults []store.StockFault
	fails  error // what acts answer, if set
}

func (s *shop) Directory(context.Context) (store.Directory, error) {
	return store.Directory{
		Warehouses: map[string]store.Warehouse{
			"warehouse1": {ID: "warehouse1", Name: "Gdańsk"}, "warehouse2": {ID: "warehouse2", Name: "Warszawa"}, "warehouse3": {ID: "warehouse3", Name: "Łódź"},
		},
		WarehouseIDs: []string{"warehouse1"},
		Products:     map[string]store.Product{"prod1": {ID: "prod1", Name: "Kettle"}, "prod2": {ID: "prod2", Name: "Mug"}},
		ProductIDs:   []string{"prod1", "prod2"},
	}, nil
}

func (s *shop) Accounts(context.Context) ([]store.Account, error) {
	return []store.Account{{Login: "gosia", Name: "Gosia", Role: store.Clerk}}, nil
}

func (s *shop) Ledger(_ context.Context, _ string, q store.LedgerQuery) (store.LedgerPage, error) {
	if q.Before == "forged" {
		return store.LedgerPage{}, store.Errorf(store.Invalid, "There is no such place in the ledger.")
	}
	s.asked = q
	return store.LedgerPage{Older: "1-0", Entries: []store.Movement{
		{ID: "3-0", At: now, Kind: store.MoveReserved, Product: "prod1", Reserved: 2, Reference: "order:100123", Who: "customer:shop"},
		{ID: "2-0", At: now, Kind: store.MoveCounted, Product: "prod2", OnHand: -3, Reference: "count", Who: "clerk:gosia", Why: "<b>broken</b>"},
		{ID: "1-1", At: now, Kind: store.MoveReserved, Product: "prod2", Reserved: 4, Reference: "transfer:ask-1", Who: "owner:olga"},
		{ID: "1-0", At: now, Kind: store.MoveReserved, Product: "prod2", Reserved: 1, Reference: "transfer:100123-1-warehouse1", Who: "system:waybill"},
	}}, nil
}

func (s *shop) Audit(context.Context) ([]store.Audit, error) { return s.audits, nil }

func (s *shop) RepairBooks(_ context.Context, who store.Actor, warehouse string) ([]string, error) {
	if s.fails != nil {
		return nil, s.fails
	}
	s.did = append(s.did, fmt.Sprintf("repair %s by %s", warehouse, who.ID))
	return []string{"prod1"}, nil
}

func (s *shop) BookRepairs(context.Context) ([]store.BookRepair, error) {
	return []store.BookRepair{{Warehouse: "warehouse1", At: now, Who: "admin:boss", Product: "prod1", OnHandWas: 7, OnHand: 12}}, nil
}

func (s *shop) StockOf(context.Context, string) ([]store.Shelf, error) {
	return []store.Shelf{
		{Product: store.Product{ID: "prod1", Name: "Kettle"}, Level: store.Level{OnHand: 12, Reserved: 8}},
		{Product: store.Product{ID: "prod2", Name: "Mug"}, Level: store.Level{OnHand: 5}},
	}, nil
}

func (s *shop) Holds(context.Context, string, string) ([]store.Hold, error) {
	return []store.Hold{{Order: 100123, Units: 3, Status: store.Placed, PromisedAt: now}}, nil
}

// Losers is as if an order of five kettles held all of them, two could be had from a parcel that is ready,
// and a shelf elsewhere had asked for one.
func (s *shop) Losers(_ context.Context, _, product string, remains store.Remains, chosen []string) (store.Losers, error) {
	l := store.Losers{Product: product, Level: store.Level{OnHand: 12, Reserved: 8}}
	l.OnHand = remains.Of(l.Level)
	l.Need = max(0, l.Level.Reserved-l.OnHand)
	holds := []store.Hold{
		{Transfer: "ask-1", To: "warehouse1", Units: 1, May: 1},
		{Order: 100124, Units: 5, May: 5, Packed: 5, Status: store.Placed, Priority: 2, PromisedAt: now.Add(48 * time.Hour)},
		{Order: 100123, Units: 2, Status: store.Ready, PromisedAt: now},
	}
	gives, left := store.GiveWay(holds, l.Need, chosen)
	for i, h := range holds {
		l.List = append(l.List, store.Loser{Hold: h, Gives: gives[i], Then: store.Fate{From: []string{"warehouse1"}, PromisedAt: now.Add(96 * time.Hour)}})
	}
	l.Left = left
	return l, nil
}

func (s *shop) Corrected(_ context.Context, _ store.Actor, _, key string) (bool, error) {
	return key == "done", nil
}

func (s *shop) Correct(_ context.Context, who store.Actor, c store.Correction) ([]store.Level, error) {
	if s.fails != nil {
		return nil, s.fails
	}
	s.did = append(s.did, fmt.Sprintf("correct %s %s %v %v %s (%s) by %s", c.Kind, c.Warehouse, c.Lines, c.Yields, c.Reason, c.Key, who.ID))
	return nil, nil
}

func (s *shop) InTransit(context.Context) ([]store.Transfer, error) {
	return []store.Transfer{
		{ID: "t-1", Order: 100123, From: "warehouse2", To: "warehouse1", State: store.TransferSent, DueAt: now, Lines: []store.Line{{Product: "prod1", Quantity: 4}}},
		{ID: "t-2", From: "warehouse3", To: "warehouse2", State: store.TransferSent, Lines: []store.Line{{Product: "prod1", Quantity: 6}, {Product: "prod2", Quantity: 1}}},
		{ID: "t-3", From: "warehouse3", To: "warehouse2", State: store.TransferSent, Lines: []store.Line{{Product: "prod2", Quantity: 1}}},
	}, nil
}

func (s *shop) Piles(context.Context, string) ([]store.Pile, error) {
	return []store.Pile{
		{Warehouse: store.Warehouse{ID: "warehouse1", Name: "Gdańsk"}, Free: 9, Threshold: 10, Revision: "r7"},
		{Warehouse: store.Warehouse{ID: "warehouse3", Name: "Łódź"}},
		{Warehouse: store.Warehouse{ID: "warehouse2", Name: "Warszawa"}, Free: 80, Threshold: 30},
	}, nil
}

func (s *shop) SetStock(_ context.Context, who store.Actor, warehouse, product string, onHand int, reason string) (store.Level, error) {
	if s.fails != nil {
		return store.Level{}, s.fails
	}
	s.did = append(s.did, fmt.Sprintf("count %s %s %d %s by %s", warehouse, product, onHand, reason, who.ID))
	return store.Level{OnHand: onHand, Reserved: 3}, nil
}

func (s *shop) SetThreshold(_ context.Context, _ store.Actor, warehouse, product string, units int) error {
	s.did = append(s.did, fmt.Sprintf("threshold %s %s %d", warehouse, product, units))
	return s.fails
}

func (s *shop) AskTransfer(_ context.Context, _ store.Actor, a store.Ask) (store.Transfer, bool, error) {
	if s.fails != nil {
		return store.Transfer{}, false, s.fails
	}
	s.did = append(s.did, fmt.Sprintf("ask %s for %d %s (%s)", a.From, a.Units, a.Product, a.Key))
	return store.Transfer{ID: "ask-1", From: a.From, To: a.To, Lines: []store.Line{{Product: a.Product, Quantity: a.Units}}}, true, nil
}

func (s *shop) Adjust(_ context.Context, who store.Actor, a store.Adjustment) (store.Level, error) {
	if s.fails != nil {
		return store.Level{}, s.fails
	}
	s.did = append(s.did, fmt.Sprintf("%s %s %s %d %s (%s) by %s", a.Kind, a.Warehouse, a.Product, a.Change, a.Reason, a.Key, who.ID))
	return store.Level{OnHand: 12 + a.Change, Reserved: 3}, nil
}

func (s *shop) BookSheet(_ context.Context, who store.Actor, warehouse string, sheet []store.Counted, reason string) (int, error) {
	if s.fails != nil {
		return 0, s.fails
	}
	slices.SortFunc(sheet, func(a, b store.Counted) int { return strings.Compare(a.Product, b.Product) })
	s.did = append(s.did, fmt.Sprintf("sheet %s %v %s by %s", warehouse, sheet, reason, who.ID))
	return len(sheet), nil
}

func (s *shop) StageImport(_ context.Context, who store.Actor, file string, rows []store.StockRow) (store.Import, error) {
	s.staged, s.rows = store.Import{ID: "im1", File: file, Who: who, At: now, State: store.ImportPreview, Rows: len(rows)}, rows
	return s.staged, s.fails
}

func (s *shop) Import(_ context.Context, id string) (store.Import, error) {
	if id != s.staged.ID {
		return store.Import{}, store.Errorf(store.NotFound, "There is no such file.")
	}
	return s.staged, nil
}

func (s *shop) Imports(context.Context) ([]store.Import, error) {
	return []store.Import{s.staged}, nil
}

func (s *shop) PreviewImport(context.Context, string) ([]store.StockChange, []store.StockFault, error) {
	return []store.StockChange{{Warehouse: "warehouse1", Product: "prod1", Was: 12, OnHand: 9, WasThreshold: 5, Threshold: 8}}, s.faults, nil
}

func (s *shop) ConfirmImport(_ context.Context, who store.Actor, id string) error {
	if s.fails == nil {
		s.did = append(s.did, "confirm "+id+" by "+who.ID)
	}
	return s.fails
}

func newShop() (*shop, *Handlers) {
	s := &shop{}
	kit := page.New(page.Options{Now: func() time.Time { return now }, Zone: time.UTC, Asset: func(n string) string { return n }})
	return s, New(kit, s, func() string { return "key" })
}

// ask sends a request as this role; a form makes it a POST. Errors come back as they are.
func ask(t *testing.T, do echo.HandlerFunc, role store.Role, target string, form url.Values) (*httptest.ResponseRecorder, error) {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, target, nil)
	if form != nil {
		r = httptest.NewRequest(http.MethodPost, target, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", echo.MIMEApplicationForm)
	}
	w := httptest.NewRecorder()
	c := echo.New().NewContext(r, w)
	c.SetParamNames("id", "product")
	c.SetParamValues("warehouse1", "prod1")
	page.SignedIn(c, store.Account{Login: "boss", Name: "Boss", Role: role, Warehouse: "warehouse1"}, "s")
	err := do(c)
	return w, err
}

func says(t *testing.T, w *httptest.ResponseRecorder, code int, parts ...string) {
	t.Helper()
	if w.Code != code {
		t.Errorf("%d, want %d", w.Code, code)
	}
	for _, part := range parts {
		if !strings.Contains(w.Body.String(), part) {
			t.Errorf("no %q on the page", part)
		}
	}
}

func TestLedger(t *testing.T) {
	s, h := newShop()
	w, err := ask(t, h.Ledger, store.Owner, "/warehouses/warehouse1/ledger?product=prod1&order=100+123&kind=reserved&before=9-0", nil)
	if err != nil || s.asked != (store.LedgerQuery{Before: "9-0", Product: "prod1", Order: 100123, Kind: "reserved", Limit: 50}) {
		t.Errorf("asked for %+v, %v", s.asked, err)
	}
	says(t, w, 200, `href="/service/orders/100123"`, "−3", "+2", "&lt;b&gt;broken", "kind=reserved&amp;order=100+123&amp;product=prod1", "Newest entries",
		`<span title="clerk:gosia">Gosia · Clerk</span>`, `<span title="owner:olga">olga · Owner</span>`, ">Customer</span>", ">Waybill</span>",
		"<td>Promised to another warehouse</td>", "<td>Promised to an order</td>", `value="reserved" selected>Promised</option>`)
	w, _ = ask(t, h.Ledger, store.Clerk, "/warehouses/warehouse1/ledger", nil)
	if says(t, w, 200, "order 100"); strings.Contains(w.Body.String(), "/service/orders") || strings.Contains(w.Body.String(), "Newest entries") {
		t.Error("a clerk is led to where they may not go")
	}
	for _, order := range []string{"x", "-1", "1e3", "99999999999999999999", "%00", "١٢", "<script>"} {
		w, err := ask(t, h.Ledger, store.Owner, "/warehouses/warehouse1/ledger?order="+url.QueryEscape(order), nil)
		if err != nil {
			t.Fatal(err)
		}
		if says(t, w, 422, `href="#f-order"`); strings.Contains(w.Body.String(), "<script>x") {
			t.Error("what was typed is not escaped")
		}
	}
	if _, err := ask(t, h.Ledger, store.Owner, "/warehouses/warehouse1/ledger?before=forged", nil); store.KindOf(err) != store.Invalid {
		t.Error(err)
	}
}

func TestAuditShowsDriftInWords(t *testing.T) {
	s, h := newShop()
	s.audits = []store.Audit{{Warehouse: "warehouse1", Entries: 12, Lost: 2, Lines: []store.AuditLine{
		{Product: "prod1", OnHand: 7, LedgerOnHand: 12, Reserved: 4, LedgerReserved: 3, Held: 3},
		{Product: "prod2", OnHand: 5, LedgerOnHand: 5, Reserved: 9, LedgerReserved: 9, Held: 9},
	}}}
	w, err := ask(t, h.Audit, store.Owner, "/admin/audit", nil)
	if err != nil {
		t.Fatal(err)
	}
	says(t, w, 200, "2 products drifting", "5 fewer than the ledger", "1 more than orders hold", "4 units more than there are", "removed 2 of them", "Repair Gdańsk", "on hand 7 → 12")
	s.audits[0] = store.Audit{Warehouse: "warehouse1", Lines: []store.AuditLine{{Product: "prod1", OnHand: 1, LedgerOnHand: 1}}}
	w, _ = ask(t, h.Audit, store.Owner, "/admin/audit", nil)
	if says(t, w, 200, "The books agree"); strings.Contains(w.Body.String(), "/admin/audit/repair") {
		t.Error("a repair is offered where nothing drifts")
	}
}

func TestRepair(t *testing.T) {
	s, h := newShop()
	w, err := ask(t, h.Repair, store.Admin, "/admin/audit/repair", url.Values{"warehouse": {"warehouse1"}})
	if err != nil || w.Code != http.StatusSeeOther || !slices.Equal(s.did, []string{"repair warehouse1 by boss"}) {
		t.Errorf("%d %v %v", w.Code, s.did, err)
	}
	for _, warehouse := range []string{"", "a b", "../x", strings.Repeat("w", 100)} {
		if w, err := ask(t, h.Repair, store.Admin, "/admin/audit/repair", url.Values{"warehouse": {warehouse}}); err != nil || w.Code != http.StatusSeeOther {
			t.Errorf("%q: %d %v", warehouse, w.Code, err)
		}
	}
	if len(s.did) != 1 {
		t.Errorf("did %v", s.did)
	}
	s.fails = store.Errorf(store.Unavailable, "away")
	if _, err := ask(t, h.Repair, store.Admin, "/admin/audit/repair", url.Values{"warehouse": {"warehouse1"}}); store.KindOf(err) != store.Unavailable {
		t.Error(err)
	}
}
