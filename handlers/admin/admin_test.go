package admin

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	"waybill/store"
	views "waybill/views/admin"
)

// shop is a store in memory.
type shop struct {
	directory store.Directory
	accounts  map[string]store.Account
}

func (s *shop) Directory(context.Context) (store.Directory, error) { return s.directory, nil }

func (s *shop) Account(_ context.Context, login string) (store.Account, error) {
	if account, ok := s.accounts[login]; ok {
		return account, nil
	}
	return store.Account{}, store.Errorf(store.NotFound, "There is no such account.")
}

func (s *shop) Accounts(context.Context) ([]store.Account, error) {
	var all []store.Account
	for _, account := range s.accounts {
		all = append(all, account)
	}
	return all, nil
}

func (s *shop) SaveAccount(_ context.Context, account store.Account) error {
	s.accounts[account.Login] = account
	return nil
}

func (s *shop) DeleteAccount(_ context.Context, login string) error {
	delete(s.accounts, login)
	return nil
}

func (s *shop) SaveWarehouse(_ context.Context, w store.Warehouse) error {
	s.directory.Warehouses[w.ID] = w
	return w.Check()
}

func (s *shop) SaveProduct(_ context.Context, p store.Product) error {
	s.directory.Products[p.ID] = p
	return p.Check()
}

func (s *shop) Hash(_ context.Context, password string) (string, error) {
	return "hash of " + password, nil
}

func newShop() (*shop, *Handlers) {
	s := &shop{
		accounts: map[string]store.Account{"boss": {Login: "boss", Name: "Boss", Role: store.Admin}},
		directory: store.Directory{
			Warehouses:   map[string]store.Warehouse{"warehouse1": {ID: "warehouse1", Name: "Gdańsk", At: store.Point{Lat: 54.352, Lon: 18.6466}, CutOff: 16 * time.Hour}},
			WarehouseIDs: []string{"warehouse1"},
			Products:     map[string]store.Product{"prod1": {ID: "prod1", Name: "Kettle", Picture: "old"}},
			ProductIDs:   []string{"prod1"},
		},
	}
	kit := page.New(page.Options{Now: time.Now, Zone: time.UTC, Asset: func(n string) string { return n }})
	return s, New(kit, Options{Store: s, Passwords: s, Pictures: []string{"prod1"}, Running: func() []views.Fact { return []views.Fact{{Name: "Redis", Value: "in this process only"}} }})
}

// send posts a form as this role.
func send(t *testing.T, do echo.HandlerFunc, role store.Role, pairs ...string) *httptest.ResponseRecorder {
	t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, "/admin", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", echo.MIMEApplicationForm)
	w := httptest.NewRecorder()
	c := echo.New().NewContext(r, w)
	page.SignedIn(c, store.Account{Login: "boss", Name: "Boss", Role: role}, "s")
	if err := do(c); err != nil {
		t.Fatal(err)
	}
	return w
}

// faulty lists the inputs that the page marks.
func faulty(t *testing.T, w *httptest.ResponseRecorder, fields ...string) {
	t.Helper()
	if w.Code != http.StatusUnprocessableEntity {
		t.Errorf("%d, want 422", w.Code)
	}
	if got := strings.Count(w.Body.String(), `aria-invalid="true"`); got != len(fields) {
		t.Errorf("%d fields are marked, want %v", got, fields)
	}
	for _, field := range fields {
		if !strings.Contains(w.Body.String(), `href="#f-`+field+`"`) {
			t.Errorf("no message leads to %s", field)
		}
	}
}

func TestOverviewShowsAccountsToAdministratorsOnly(t *testing.T) {
	_, h := newShop()
	if body := send(t, h.Overview, store.Admin).Body.String(); !strings.Contains(body, "account-form") || !strings.Contains(body, "in this process only") {
		t.Error("an administrator misses something")
	}
	if body := send(t, h.Overview, store.Owner).Body.String(); strings.Contains(body, "account-form") || strings.Contains(body, "account-boss") || !strings.Contains(body, "warehouse-form") {
		t.Error("an owner sees the accounts, or not the warehouses")
	}
}

func TestAddAccount(t *testing.T) {
	s, h := newShop()
	w := send(t, h.AddAccount, store.Admin, "login", "Ewa", "name", " Ewa  K ", "role", "clerk", "warehouse", "warehouse1", "password", "long enough, this")
	want := store.Account{Login: "ewa", Name: "Ewa K", Role: store.Clerk, Warehouse: "warehouse1", Hash: "hash of long enough, this"}
	if w.Code != http.StatusSeeOther || s.accounts["ewa"] != want {
		t.Fatalf("%d %+v", w.Code, s.accounts["ewa"])
	}
	faulty(t, send(t, h.AddAccount, store.Admin, "login", "ewa", "name", "Other", "role", "clerk", "warehouse", "warehouse9", "password", "short"),
		"account-login", "account-warehouse", "account-password")
	w = send(t, h.AddAccount, store.Admin, "login", "x y", "name", "", "role", "system", "password", "long enough, this")
	faulty(t, w, "account-login", "account-name", "account-role")
	if !strings.Contains(w.Body.String(), `value="x y"`) || strings.Contains(w.Body.String(), "long enough") {
		t.Error("what was typed is lost, or the password is repeated")
	}
	if len(s.accounts) != 2 {
		t.Errorf("accounts: %v", s.accounts)
	}
}

func TestNobodyDeletesThemselves(t *testing.T) {
	s, h := newShop()
	s.accounts["ewa"] = store.Account{Login: "ewa", Name: "Ewa"}
	for _, login := range []string{"boss", "nobody", "ewa"} {
		if w := send(t, h.DeleteAccount, store.Admin, "login", login); w.Code != http.StatusSeeOther {
			t.Errorf("%s: %d", login, w.Code)
		}
	}
	if _, there := s.accounts["boss"]; !there || len(s.accounts) != 1 {
		t.Errorf("left: %v", s.accounts)
	}
}

func TestSaveWarehouse(t *testing.T) {
	s, h := newShop()
	w := send(t, h.SaveWarehouse, store.Owner, "id", "warehouse4", "name", "Łódź", "address", "ul. Długa 1", "lat", "51,77", "lon", "19.45", "cut_off", "15:30",
		"same_day", "11:00", "handling", "1,5", "capacity", "40", "closed_on", "sun", "closed", "2026-12-25\r\n2026-12-24, 2026-12-25")
	want := store.Warehouse{ID: "warehouse4", Name: "Łódź", Address: "ul. Długa 1", At: store.Point{Lat: 51.77, Lon: 19.45}, CutOff: 15*time.Hour + 30*time.Minute,
		SameDay: 11 * time.Hour, Handling: 90 * time.Minute, Capacity: 40, ClosedOn: store.WeekdaysOf(time.Sunday), Closed: []store.Day{"2026-12-24", "2026-12-25"}}
	if w.Code != http.StatusSeeOther || !reflect.DeepEqual(s.directory.Warehouses["warehouse4"], want) {
		t.Fatalf("%d %+v", w.Code, s.directory.Warehouses["warehouse4"])
	}
	w = send(t, h.SaveWarehouse, store.Owner, "id", "a b", "name", "", "address", "x\x00", "lat", "NaN", "lon", "181", "cut_off", "25:00")
	faulty(t, w, "warehouse-id", "warehouse-name", "warehouse-address", "warehouse-lat", "warehouse-lon", "warehouse-cut-off")
	if !strings.Contains(w.Body.String(), `value="NaN"`) || len(s.directory.Warehouses) != 2 {
		t.Error("what was typed is lost, or was saved")
	}
	w = send(t, h.SaveWarehouse, store.Owner, "id", "w", "name", "W", "lat", "1", "lon", "1", "cut_off", "10:00",
		"same_day", "21:00", "handling", "1e9", "capacity", "many", "closed", "2026-12-24 Christmas", "closed_on", "someday")
	faulty(t, w, "warehouse-same-day", "warehouse-handling", "warehouse-capacity", "warehouse-closed-on", "warehouse-closed")
	if !strings.Contains(w.Body.String(), `value="1e9"`) || !strings.Contains(w.Body.String(), "2026-12-24 Christmas") {
		t.Error("what was typed is lost")
	}
	faulty(t, send(t, h.SaveWarehouse, store.Owner, "id", "w", "name", "Null", "lat", "0", "lon", "0", "cut_off", "10:00"), "warehouse-lat")
}

func TestSaveProduct(t *testing.T) {
	s, h := newShop()
	w := send(t, h.SaveProduct, store.Owner, "id", "prod10", "name", "Mug", "gtin", "5901234 123457", "picture", "prod1", "terms", "preorder", "cap", "40", "release", "2026-12-03")
	want := store.Product{ID: "prod10", Name: "Mug", GTIN: "5901234123457", Picture: "prod1"}
	want.Terms = store.Terms{Kind: store.TermsPreOrder, Cap: 40, Release: time.Date(2026, 12, 3, 0, 0, 0, 0, h.kit.Zone())}
	if w.Code != http.StatusSeeOther || s.directory.Products["prod10"] != want {
		t.Fatalf("%d %+v", w.Code, s.directory.Products["prod10"])
	}
	faulty(t, send(t, h.SaveProduct, store.Owner, "id", "", "name", "", "gtin", "123", "picture", "../secret"),
		"product-id", "product-name", "product-gtin", "product-picture")
	w = send(t, h.SaveProduct, store.Owner, "id", "p", "name", "P", "terms", "preorder", "cap", "1e3", "release", "31 February")
	faulty(t, w, "product-cap", "product-release")
	if !strings.Contains(w.Body.String(), `value="1e3"`) {
		t.Error("what was typed is lost")
	}
	faulty(t, send(t, h.SaveProduct, store.Owner, "id", "p", "name", "P", "terms", "sometimes", "cap", "-1"), "product-terms", "product-cap")
	faulty(t, send(t, h.SaveProduct, store.Owner, "id", "p", "name", "P", "terms", "preorder"), "product-release")
	if w := send(t, h.SaveProduct, store.Owner, "id", "prod1", "name", "Kettle 2", "picture", "old"); w.Code != http.StatusSeeOther {
		t.Errorf("a product may not keep its picture: %d", w.Code)
	}
	if slices.Contains(s.directory.ProductIDs, "") {
		t.Error("saved a bad product")
	}
}
