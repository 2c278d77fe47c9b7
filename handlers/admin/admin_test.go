package admin

import (
	"context"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"waybill/handlers/api"
	"waybill/handlers/page"
	"waybill/store"
	"waybill/store/geo"
	views "waybill/views/admin"
)

// shop is a store in memory.
type shop struct {
	directory store.Directory
	accounts  map[string]store.Account
	keys      map[string]store.APIKey
	mended    []store.Mending
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

func (s *shop) SaveServed(_ context.Context, countries []store.Country) error {
	s.directory.Served = countries
	return nil
}

func (s *shop) Hash(_ context.Context, password string) (string, error) {
	return "hash of " + password, nil
}

func countries() []geo.Country {
	return []geo.Country{{Code: "CZ", Name: "Czechia"}, {Code: "CI", Name: "Côte d’Ivoire"}, {Code: "PL", Name: "Poland"}}
}

func (s *shop) APIKeys(context.Context) ([]store.APIKey, error) {
	return slices.Collect(maps.Values(s.keys)), nil
}

func (s *shop) AddAPIKey(_ context.Context, key store.APIKey) error {
	if _, taken := s.keys[key.Name]; taken {
		return &store.Error{Kind: store.Invalid, Message: "Taken.", Fields: map[string]string{"name": "Taken."}}
	}
	s.keys[key.Name] = key
	return nil
}

func (s *shop) Mendings(context.Context, int) ([]store.Mending, error) { return s.mended, nil }

func (s *shop) RevokeAPIKey(_ context.Context, name string) error {
	if _, there := s.keys[name]; !there {
		return store.Errorf(store.NotFound, "Gone.")
	}
	delete(s.keys, name)
	return nil
}

func newShop() (*shop, *Handlers) {
	s := &shop{
		keys:     map[string]store.APIKey{},
		accounts: map[string]store.Account{"boss": {Login: "boss", Name: "Boss", Role: store.Admin}},
		directory: store.Directory{
			Warehouses:   map[string]store.Warehouse{"warehouse1": {ID: "warehouse1", Name: "Gdańsk", At: store.Point{Lat: 54.352, Lon: 18.6466}, CutOff: 16 * time.Hour}},
			WarehouseIDs: []string{"warehouse1"},
			Products:     map[string]store.Product{"prod1": {ID: "prod1", Name: "Kettle", Picture: "old"}},
			ProductIDs:   []string{"prod1"},
		},
	}
	kit := page.New(page.Options{Now: time.Now, Zone: time.UTC, Asset: func(n string) string { return n }})
	return s, New(kit, Options{Store: s, Passwords: s, Countries: countries, Pictures: []string{"prod1"}, Running: func() []views.Fact { return []views.Fact{{Name: "Redis", Value: "in this process only"}} }, NewSecret: func() string { return "SECRET" }})
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

// What was put right without anybody asking is told, if there was anything.
func TestOverviewTellsWhatWasMended(t *testing.T) {
	s, h := newShop()
	s.mended = []store.Mending{{At: time.Now(), Subject: "order:126", What: "put back where it stands"}}
	if body := send(t, h.Overview, store.Admin).Body.String(); !strings.Contains(body, "Mended by itself") || !strings.Contains(body, "order:126: put back where it stands") {
		t.Errorf("nothing is said of what was mended: %s", body)
	}
	s.mended = nil
	if body := send(t, h.Overview, store.Admin).Body.String(); strings.Contains(body, "Mended by itself") {
		t.Error("nothing was mended, and the page says so much of it")
	}
}

func TestOverviewShowsAccountsToAdministratorsOnly(t *testing.T) {
	_, h := newShop()
	if body := send(t, h.Overview, store.Admin).Body.String(); !strings.Contains(body, "/admin/accounts") || !strings.Contains(body, "in this process only") {
		t.Error("an administrator misses something")
	}
	if body := send(t, h.Overview, store.Owner).Body.String(); strings.Contains(body, "/admin/accounts") || strings.Contains(body, "/admin/keys") || !strings.Contains(body, "/admin/warehouses") {
		t.Error("an owner is led to the accounts, or not to the warehouses")
	}
}

func TestWhatIsNamedInTheAddressStandsInTheForm(t *testing.T) {
	_, h := newShop()
	visit := func(do echo.HandlerFunc, target string) string {
		t.Helper()
		w := httptest.NewRecorder()
		c := echo.New().NewContext(httptest.NewRequest(http.MethodGet, target, nil), w)
		page.SignedIn(c, store.Account{Login: "boss", Role: store.Owner}, "s")
		if err := do(c); err != nil || w.Code != http.StatusOK {
			t.Fatalf("%s: %d, %v", target, w.Code, err)
		}
		return w.Body.String()
	}
	for target, c := range map[string]struct {
		do   echo.HandlerFunc
		want []string
	}{
		"/admin/products?product=prod1":          {h.Products, []string{"Change Kettle", `id="change" open`, `value="prod1"`}},
		"/admin/products?product=%3Cb%3E":        {h.Products, []string{"Add a product", `id="product-prod1"`}},
		"/admin/products?find=none":              {h.Products, []string{"No product like this", `value="none"`}},
		"/admin/products?find=KETT":              {h.Products, []string{`id="product-prod1"`}},
		"/admin/warehouses?warehouse=warehouse1": {h.Warehouses, []string{"Change Gdańsk", `value="54.352"`}},
		"/admin/warehouses":                      {h.Warehouses, []string{"Add a warehouse", `id="warehouse-warehouse1"`}},
	} {
		body := visit(c.do, target)
		for _, want := range c.want {
			if !strings.Contains(body, want) {
				t.Errorf("%s: no %s", target, want)
			}
		}
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
	w := send(t, h.SaveProduct, store.Owner, "id", "prod10", "name", "Mug", "gtin", "5901234 123457", "picture", "prod1", "terms", "preorder", "cap", "40", "release", "2026-12-03", "limit", "5", "withdrawn", "yes")
	want := store.Product{ID: "prod10", Name: "Mug", GTIN: "5901234123457", Picture: "prod1", Limit: 5, Withdrawn: true}
	want.Terms = store.Terms{Kind: store.TermsPreOrder, Cap: 40, Release: time.Date(2026, 12, 3, 0, 0, 0, 0, h.kit.Zone())}
	if w.Code != http.StatusSeeOther || s.directory.Products["prod10"] != want {
		t.Fatalf("%d %+v", w.Code, s.directory.Products["prod10"])
	}
	faulty(t, send(t, h.SaveProduct, store.Owner, "id", "", "name", "", "gtin", "123", "picture", "../secret", "limit", "many"),
		"product-id", "product-name", "product-gtin", "product-picture", "product-limit")
	faulty(t, send(t, h.SaveProduct, store.Owner, "id", "p", "name", "P", "limit", "1000"), "product-limit")
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

func TestSaveServed(t *testing.T) {
	s, h := newShop()
	if w := send(t, h.SaveServed, store.Owner, "countries", "pl, Czechia\r\ncote d’ivoire\n\nPoland"); w.Code != http.StatusSeeOther {
		t.Fatalf("%d", w.Code)
	}
	if want := []store.Country{{Code: "PL", Name: "Poland"}, {Code: "CZ", Name: "Czechia"}, {Code: "CI", Name: "Côte d’Ivoire"}}; !slices.Equal(s.directory.Served, want) {
		t.Errorf("served: %v", s.directory.Served)
	}
	if body := send(t, h.Served, store.Owner).Body.String(); !strings.Contains(body, "Poland\nCzechia") {
		t.Error("the form does not show where we send to")
	}
	w := send(t, h.SaveServed, store.Owner, "countries", "PL\nAtlantis<b>")
	faulty(t, w, "served-countries")
	if len(s.directory.Served) != 3 || !strings.Contains(w.Body.String(), "Atlantis&lt;b&gt;") {
		t.Error("what was typed is lost, or was saved")
	}
	if w := send(t, h.SaveServed, store.Owner, "countries", " \n"); w.Code != http.StatusSeeOther || len(s.directory.Served) != 0 {
		t.Errorf("everywhere: %d %v", w.Code, s.directory.Served)
	}
}

func TestKeys(t *testing.T) {
	s, h := newShop()
	post := func(do echo.HandlerFunc, form url.Values) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodPost, "/admin/keys", strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", echo.MIMEApplicationForm)
		w := httptest.NewRecorder()
		c := echo.New().NewContext(r, w)
		page.SignedIn(c, store.Account{Login: "boss", Name: "Boss", Role: store.Admin}, "s")
		if err := do(c); err != nil {
			t.Fatal(err)
		}
		return w
	}
	good := url.Values{"name": {"erp"}, "scope": {"stock:read", "stock:write"}}
	w := post(h.AddKey, good)
	if w.Code != http.StatusCreated || !strings.Contains(w.Body.String(), "wb_SECRET") {
		t.Fatalf("%d: the key is not shown", w.Code)
	}
	if key := s.keys["erp"]; key.Sum != api.SumOf("wb_SECRET") || !slices.Equal(key.Scopes, good["scope"]) || key.MadeBy != "boss" {
		t.Errorf("kept %+v", key)
	}
	if w := post(h.Keys, nil); strings.Contains(w.Body.String(), "wb_SECRET") || !strings.Contains(w.Body.String(), "stock:write") {
		t.Error("the key is shown again, or not listed")
	}
	for name, form := range map[string]url.Values{
		"taken": good, "main": {"name": {"main"}, "scope": {"stock:read"}}, "no name": {"scope": {"stock:read"}}, "no scope": {"name": {"x"}},
		"odd scope": {"name": {"x"}, "scope": {"everything"}}, "odd name": {"name": {"a b"}, "scope": {"stock:read"}}, "long": {"name": {strings.Repeat("x", 65)}, "scope": {"stock:read"}},
	} {
		if w := post(h.AddKey, form); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "field-error") || len(s.keys) != 1 {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
	for range 2 {
		if w := post(h.RevokeKey, url.Values{"name": {"erp"}}); w.Code != http.StatusSeeOther || len(s.keys) != 0 {
			t.Errorf("revoke: %d, %v", w.Code, s.keys)
		}
	}
}
