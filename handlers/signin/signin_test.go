package signin

import (
	"context"
	"maps"
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

// shop is a store, sessions and set-up tokens in memory.
type shop struct {
	accounts map[string]store.Account
	token    string
	in       []string // logins that signed in
	ended    []string // sessions whose pages were closed
	now      time.Time
	claimed  bool  // somebody makes the first account
	broken   error // what SaveAccount answers
}

func (s *shop) Account(_ context.Context, login string) (store.Account, error) {
	if account, ok := s.accounts[login]; ok {
		return account, nil
	}
	return store.Account{}, store.Errorf(store.NotFound, "There is no such account.")
}

func (s *shop) Directory(context.Context) (store.Directory, error) {
	return store.Directory{Warehouses: map[string]store.Warehouse{"warehouse1": {ID: "warehouse1", Name: "Gdańsk"}}}, nil
}

func (s *shop) SaveAccount(_ context.Context, account store.Account) error {
	if s.broken == nil {
		s.accounts[account.Login] = account
	}
	return s.broken
}

func (s *shop) SignIn(_ echo.Context, account store.Account) error {
	s.in = append(s.in, account.Login)
	return nil
}
func (s *shop) SignOut(echo.Context) error { return nil }

func (s *shop) Valid(_ context.Context, token string) (bool, error) { return token == s.token, nil }

func (s *shop) Claim(_ context.Context, token string) (bool, error) {
	free := !s.claimed
	s.claimed = true
	return free && token == s.token, nil
}

func (s *shop) Release(context.Context) error {
	s.claimed = false
	return nil
}

func (s *shop) Spend(context.Context) error {
	s.token = "spent"
	return nil
}

func (s *shop) Accounts(context.Context) ([]store.Account, error) {
	return slices.Collect(maps.Values(s.accounts)), nil
}

// tries are those that everybody has, and none comes back with time.
type tries struct {
	most int
	used map[string]int
}

func (t tries) Take(_ context.Context, who string) (bool, error) {
	may := t.used[who] < t.most
	if may {
		t.used[who]++
	}
	return may, nil
}

func (t tries) GiveBack(_ context.Context, who string) error {
	t.used[who]--
	return nil
}

const password = "correct horse battery"

func newShop(t *testing.T, demo ...store.Account) (*shop, *Handlers) {
	t.Helper()
	passwords := NewPasswords()
	hash, err := passwords.Hash(t.Context(), password)
	if err != nil {
		t.Fatal(err)
	}
	s := &shop{now: time.Now(), token: "TOKEN", accounts: map[string]store.Account{
		"anna":   {Login: "anna", Name: "Anna", Role: store.Clerk, Warehouse: "warehouse1", Hash: hash},
		"nohash": {Login: "nohash", Name: "Nobody", Role: store.Admin},
	}}
	kit := page.New(page.Options{Now: func() time.Time { return s.now }, Zone: time.UTC, Asset: func(n string) string { return n }})
	return s, New(kit, Options{
		Store: s, Sessions: s, Setup: s, Passwords: passwords, Demo: demo, ByLogin: tries{10, map[string]int{}}, ByAddress: tries{30, map[string]int{}},
		May:       func(_ store.Account, path string) bool { return !strings.HasPrefix(path, "/admin") },
		SignedOut: func(id string) { s.ended = append(s.ended, id) },
	})
}

// send posts a form and gives the answer, or the error that would become a page.
func send(do echo.HandlerFunc, pairs ...string) (*httptest.ResponseRecorder, error) {
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, "/signin", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", echo.MIMEApplicationForm)
	w := httptest.NewRecorder()
	return w, do(echo.New().NewContext(r, w))
}

func TestSignIn(t *testing.T) {
	for _, try := range []struct{ login, password, next, to string }{
		{"anna", password, "", "/warehouses/warehouse1"},
		{" Anna ", password, "/warehouses/warehouse1?x=1", "/warehouses/warehouse1?x=1"},
		{"anna", password, "//evil.example/", "/warehouses/warehouse1"},
		{"anna", password, "https://evil.example/", "/warehouses/warehouse1"},
		{"anna", password, "/signin?next=/", "/warehouses/warehouse1"},
		{"anna", password, "/admin", "/warehouses/warehouse1"},
	} {
		s, h := newShop(t)
		w, err := send(h.SignIn, "login", try.login, "password", try.password, "next", try.next)
		if err != nil || w.Code != http.StatusSeeOther || w.Header().Get("Location") != try.to || len(s.in) != 1 {
			t.Errorf("%+v: %d to %q, %v", try, w.Code, w.Header().Get("Location"), err)
		}
	}
}

func TestSignInRefusesAndKeepsWhatWasTyped(t *testing.T) {
	s, h := newShop(t)
	for _, try := range [][2]string{
		{"anna", "wrong"}, {"nobody", password}, {"nohash", ""}, {"nohash", password}, {"", password}, {"anna", ""},
		{"\"><b>\x00", "x"}, {"anna", strings.Repeat("x", 5000)}, {"anna\xff", "x"},
	} {
		w, err := send(h.SignIn, "login", try[0], "password", try[1])
		if err != nil || w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%q: %d, %v", try, w.Code, err)
		}
		if try[0] == "anna" && !strings.Contains(w.Body.String(), `value="anna"`) {
			t.Errorf("%q: the login is lost", try)
		}
		if strings.Contains(w.Body.String(), "<b>") || try[1] != "" && strings.Contains(w.Body.String(), `"`+try[1]+`"`) {
			t.Errorf("%q: the page repeats what it should not", try)
		}
	}
	if len(s.in) > 0 {
		t.Errorf("signed in: %v", s.in)
	}
}

func TestUnknownLoginsTakeAsLongAsKnownOnes(t *testing.T) {
	if testing.Short() {
		t.Skip("measures time")
	}
	_, h := newShop(t)
	least := func(login string) time.Duration {
		best := time.Hour
		for range 3 {
			start := time.Now()
			account, may, err := h.find(t.Context(), login, "here")
			if err != nil || !may {
				t.Fatal(may, err)
			}
			if ok, err := h.verify(t.Context(), account, "wrong"); ok || err != nil {
				t.Fatal(ok, err)
			}
			best = min(best, time.Since(start))
		}
		return best
	}
	known, unknown := least("anna"), least("nobody")
	if unknown < known/3 || unknown > known*3 {
		t.Errorf("a known login takes %v, an unknown one %v", known, unknown)
	}
}

func TestFailedTriesAreLimited(t *testing.T) {
	_, h := newShop(t)
	for i := range 10 {
		if w, _ := send(h.SignIn, "login", "nobody", "password", "wrong"); w.Code != http.StatusUnprocessableEntity {
			t.Fatalf("try %d: %d", i, w.Code)
		}
	}
	if w, _ := send(h.SignIn, "login", "nobody", "password", "wrong"); w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" {
		t.Errorf("the eleventh try: %d", w.Code)
	}
	if w, _ := send(h.SignIn, "login", "anna", "password", password); w.Code != http.StatusSeeOther {
		t.Errorf("somebody else is locked out too: %d", w.Code)
	}
}

func TestDemoIsForItsOwnPeopleOnly(t *testing.T) {
	_, closed := newShop(t)
	if _, err := send(closed.Demo, "login", "anna"); store.KindOf(err) != store.NotFound {
		t.Errorf("without the demo: %v", err)
	}
	s, h := newShop(t, store.Account{Login: "anna", Name: "Anna", Role: store.Clerk, Warehouse: "warehouse1"})
	if w, err := send(h.Demo, "login", "anna", "next", "/warehouses"); err != nil || w.Header().Get("Location") != "/warehouses" {
		t.Errorf("%d %v %v", w.Code, w.Header(), err)
	}
	if _, err := send(h.Demo, "login", "nohash"); store.KindOf(err) != store.NotFound || len(s.in) != 1 {
		t.Errorf("somebody from outside the demo: %v", err)
	}
	if w, _ := send(h.Form); !strings.Contains(w.Body.String(), "Clerk in Gdańsk") {
		t.Error("no card for the clerk")
	}
}

func TestFirstAccountByTokenOnce(t *testing.T) {
	s, h := newShop(t)
	delete(s.accounts, "anna") // nobody has a password
	good := []string{"token", "TOKEN", "login", "Boss", "name", "  The   Boss ", "password", password}
	if _, err := send(h.SetUp, append([]string{}, "token", "guess", "login", "x")...); store.KindOf(err) != store.NotFound {
		t.Errorf("a guess: %v", err)
	}
	w, err := send(h.SetUp, "token", "TOKEN", "login", "Bo ss", "name", "\u202e", "password", "short")
	if err != nil || w.Code != http.StatusUnprocessableEntity || strings.Count(w.Body.String(), "aria-invalid") != 3 || !strings.Contains(w.Body.String(), `value="bo ss"`) {
		t.Errorf("a bad form: %d %v\n%s", w.Code, err, w.Body)
	}
	s.broken = store.Errorf(store.Unavailable, "Redis is away.")
	if _, err := send(h.SetUp, good...); store.KindOf(err) != store.Unavailable {
		t.Errorf("without Redis: %v", err)
	}
	s.broken = nil
	w, err = send(h.SetUp, good...) // what failed has not used the token up
	if err != nil || w.Header().Get("Location") != "/admin" {
		t.Fatalf("%d %v %v", w.Code, w.Header(), err)
	}
	if made := s.accounts["boss"]; made.Role != store.Admin || made.Name != "The Boss" || !strings.HasPrefix(made.Hash, "$argon2id$") {
		t.Errorf("made %+v", made)
	}
	s.token, s.claimed = "TOKEN", false // the node died before it could end the token
	if _, err := send(h.SetUp, good...); store.KindOf(err) != store.NotFound {
		t.Errorf("the token worked twice: %v", err)
	}
}

func TestHashingWaitsForItsTurn(t *testing.T) {
	p := NewPasswords()
	p.places <- struct{}{}
	p.places <- struct{}{}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := p.Hash(ctx, password); store.KindOf(err) != store.Unavailable {
		t.Errorf("a third hash at once: %v", err)
	}
}

func TestSignOutClosesThePages(t *testing.T) {
	s, h := newShop(t)
	r := httptest.NewRequest(http.MethodPost, "/signout", nil)
	w := httptest.NewRecorder()
	c := echo.New().NewContext(r, w)
	page.SignedIn(c, s.accounts["anna"], "session-7")
	if err := h.SignOut(c); err != nil || len(s.ended) != 1 || s.ended[0] != "session-7" || w.Header().Get("Location") != "/signin" {
		t.Errorf("%v %v %v", err, s.ended, w.Header())
	}
}
