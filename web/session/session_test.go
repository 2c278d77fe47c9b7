package session_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/labstack/echo/v4"
	"github.com/redis/go-redis/v9"

	"waybill/handlers/page"
	"waybill/store"
	"waybill/web/session"
)

type accounts map[string]store.Account

func (a accounts) Account(_ context.Context, login string) (store.Account, error) {
	account, ok := a[login]
	if !ok {
		return store.Account{}, store.Errorf(store.NotFound, "There is no such account.")
	}
	return account, nil
}

// browser keeps the cookie from one request to the next, as a browser does.
type browser struct {
	cookies []*http.Cookie
}

func (b *browser) visit(do func(c echo.Context) error) (echo.Context, error) {
	request := httptest.NewRequest(http.MethodGet, "/", nil)
	for _, cookie := range b.cookies {
		request.AddCookie(cookie)
	}
	recorder := httptest.NewRecorder()
	c := echo.New().NewContext(request, recorder)
	err := do(c)
	if set := recorder.Result().Cookies(); len(set) > 0 {
		b.cookies = set
	}
	return c, err
}

func newManager(t *testing.T, people accounts, secure bool) (*session.Manager, *miniredis.Miniredis, func(time.Duration)) {
	t.Helper()
	server := miniredis.RunT(t)
	client := redis.NewClient(&redis.Options{Addr: server.Addr(), MaxRetries: -1, DialTimeout: 100 * time.Millisecond})
	t.Cleanup(func() { _ = client.Close() })
	now := time.Now()
	m := session.New(session.Options{Demo: true, Client: client, Accounts: people, Now: func() time.Time { return now }, Secure: secure})
	return m, server, func(d time.Duration) { now = now.Add(d); server.FastForward(d) }
}

func who(m *session.Manager, b *browser) (string, error) {
	c, err := b.visit(m.Load)
	account, _ := page.AccountOf(c)
	return account.Login, err
}

func TestSessionFromSignInToSignOut(t *testing.T) {
	people := accounts{"anna": {Login: "anna", Role: store.Service}}
	m, server, _ := newManager(t, people, false)
	var b browser
	if _, err := b.visit(func(c echo.Context) error { return m.SignIn(c, people["anna"]) }); err != nil {
		t.Fatal(err)
	}
	first := b.cookies[0]
	if first.Name != "waybill" || !first.HttpOnly || first.SameSite != http.SameSiteLaxMode || first.Secure {
		t.Errorf("cookie %+v", first)
	}
	for _, key := range server.Keys() {
		if !strings.HasPrefix(key, "session:") || strings.Contains(key, first.Value) {
			t.Errorf("the key %q gives the token away", key)
		}
	}
	if login, err := who(m, &b); login != "anna" || err != nil {
		t.Fatalf("signed in as %q, %v", login, err)
	}
	if _, err := b.visit(func(c echo.Context) error { return m.SignIn(c, people["anna"]) }); err != nil {
		t.Fatal(err)
	}
	if b.cookies[0].Value == first.Value {
		t.Error("signing in again kept the token")
	}
	if login, _ := who(m, &browser{cookies: []*http.Cookie{first}}); login != "" {
		t.Error("the session from before the second sign-in still works")
	}
	last := b.cookies[0]
	if _, err := b.visit(m.SignOut); err != nil {
		t.Fatal(err)
	}
	if login, _ := who(m, &browser{cookies: []*http.Cookie{last}}); login != "" {
		t.Error("the session works after the sign-out")
	}
}

func TestSessionEndsWithItsTime(t *testing.T) {
	people := accounts{"anna": {Login: "anna"}}
	m, _, pass := newManager(t, people, false)
	var b browser
	if _, err := b.visit(func(c echo.Context) error { return m.SignIn(c, people["anna"]) }); err != nil {
		t.Fatal(err)
	}
	pass(3 * time.Hour)
	if login, _ := who(m, &b); login != "anna" {
		t.Fatal("the session ended early")
	}
	pass(3 * time.Hour)
	if login, _ := who(m, &b); login != "anna" {
		t.Fatal("a request did not put the end off")
	}
	pass(5 * time.Hour)
	if login, _ := who(m, &b); login != "" {
		t.Fatal("an idle session went on")
	}
}

func TestSessionOfDeletedAccountIsNobody(t *testing.T) {
	people := accounts{"anna": {Login: "anna"}}
	m, _, _ := newManager(t, people, false)
	var b browser
	if _, err := b.visit(func(c echo.Context) error { return m.SignIn(c, people["anna"]) }); err != nil {
		t.Fatal(err)
	}
	delete(people, "anna")
	if login, err := who(m, &b); login != "" || err != nil {
		t.Fatalf("%q, %v", login, err)
	}
}

func TestSessionNeedsRedisOnlyWithACookie(t *testing.T) {
	people := accounts{"anna": {Login: "anna"}}
	m, server, _ := newManager(t, people, true)
	var b browser
	if _, err := b.visit(func(c echo.Context) error { return m.SignIn(c, people["anna"]) }); err != nil {
		t.Fatal(err)
	}
	if cookie := b.cookies[0]; cookie.Name != "__Host-waybill" || !cookie.Secure {
		t.Errorf("cookie %+v", cookie)
	}
	server.Close()
	if login, err := who(m, &browser{}); login != "" || err != nil {
		t.Errorf("without a cookie: %q, %v", login, err)
	}
	if _, err := who(m, &b); err == nil {
		t.Error("with a cookie the outage was hidden")
	}
}

func TestSetupTokenWorksOnce(t *testing.T) {
	server := miniredis.RunT(t)
	client := redis.NewClient(&redis.Options{Addr: server.Addr()})
	t.Cleanup(func() { _ = client.Close() })
	setup, ctx := session.NewSetup(client), t.Context()
	one, err := setup.Issue(ctx)
	if err != nil {
		t.Fatal(err)
	}
	two, err := setup.Issue(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if ok, _ := setup.Valid(ctx, one); !ok {
		t.Fatal("a fresh token is not valid")
	}
	if ok, _ := setup.Claim(ctx, "guess"); ok {
		t.Fatal("a guess was taken")
	}
	claim := func() (wins int32) {
		var won atomic.Int32
		var all sync.WaitGroup
		for i := range 16 {
			all.Go(func() {
				if ok, err := setup.Claim(ctx, []string{one, two}[i%2]); err != nil {
					t.Error(err)
				} else if ok {
					won.Add(1)
				}
			})
		}
		all.Wait()
		return won.Load()
	}
	if wins := claim(); wins != 1 {
		t.Errorf("%d callers use a token at once", wins)
	}
	server.FastForward(time.Minute) // whoever claimed it has died
	if wins := claim(); wins != 1 {
		t.Errorf("after a crash %d callers could use a token", wins)
	}
	if err := setup.Release(ctx); err != nil {
		t.Fatal(err)
	}
	if wins := claim(); wins != 1 {
		t.Errorf("given back, and %d callers could use it", wins)
	}
	if err := setup.Spend(ctx); err != nil {
		t.Fatal(err)
	}
	for _, token := range []string{one, two} {
		if ok, _ := setup.Valid(ctx, token); ok {
			t.Error("a token outlived the first account")
		}
	}
}

func TestSessionWithoutAPasswordIsForTheDemo(t *testing.T) {
	people := accounts{"anna": {Login: "anna"}}
	m, server, _ := newManager(t, people, false)
	var b browser
	if _, err := b.visit(func(c echo.Context) error { return m.SignIn(c, people["anna"]) }); err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(&redis.Options{Addr: server.Addr()})
	t.Cleanup(func() { _ = client.Close() })
	earnest := session.New(session.Options{Client: client, Accounts: people, Now: time.Now})
	if login, err := who(earnest, &b); login != "" || err != nil {
		t.Errorf("%q, %v", login, err)
	}
}
