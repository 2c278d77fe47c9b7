// Package session remembers who is signed in: a random token in a cookie, and its hash
// with the person's login in Redis.
package session

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/labstack/echo/v4"
	"github.com/redis/go-redis/v9"

	"waybill/handlers/page"
	"waybill/store"
)

const (
	cookieName = "waybill"
	keyPrefix  = "session:"
	lifetime   = 12 * time.Hour // a working day
	idle       = 4 * time.Hour  // without any request
	touchEvery = 5 * time.Minute
)

// What a session holds.
const (
	loginField   = "login"
	idField      = "id"
	touchedField = "touched" // Unix seconds of the last time its end was put off
)

// Accounts finds the person of a login; NotFound if the account is gone.
type Accounts interface {
	Account(ctx context.Context, login string) (store.Account, error)
}

// Options say where sessions live. Secure is for a shop that is reached by https only. Demo
// lets people in who have no password: outside the demo their sessions end, too.
type Options struct {
	Client   redis.UniversalClient
	Accounts Accounts
	Now      func() time.Time
	Secure   bool
	Demo     bool
}

// Manager begins, finds and ends sessions. Its methods may be called at once from many
// goroutines.
type Manager struct {
	scs      *scs.SessionManager
	accounts Accounts
	now      func() time.Time
	demo     bool
}

// New makes the manager. It talks to Redis only when a request bears a session's cookie,
// or signs in.
func New(options Options) *Manager {
	m := &scs.SessionManager{Codec: scs.GobCodec{}} // scs.New would leave a goroutine behind
	m.Store = kept{options.Client}
	m.HashTokenInStore = true
	m.Lifetime = lifetime
	m.IdleTimeout = idle
	m.Cookie.Name = page.CookieName(cookieName, options.Secure)
	m.Cookie.Secure = options.Secure
	m.Cookie.HttpOnly = true
	m.Cookie.SameSite = http.SameSiteLaxMode
	m.Cookie.Path = "/"
	m.Cookie.Persist = true
	return &Manager{scs: m, accounts: options.Accounts, now: options.Now, demo: options.Demo}
}

// Load finds who makes this request and notes it with the request. Without a cookie, with
// an ended session or a deleted account nobody is signed in, and that is no error. The
// account is read each time, so that a change of role counts at once.
func (m *Manager) Load(c echo.Context) error {
	token, ok := m.token(c)
	if !ok {
		return nil
	}
	ctx, err := m.scs.Load(c.Request().Context(), token)
	if err != nil {
		return away("find the session", err)
	}
	login := m.scs.GetString(ctx, loginField)
	if login == "" {
		return nil
	}
	account, err := m.accounts.Account(ctx, login)
	if store.KindOf(err) == store.NotFound {
		return nil
	}
	if err != nil {
		return fmt.Errorf("find the account of the session: %w", err)
	}
	if account.Hash == "" && !m.demo {
		return nil
	}
	if now := m.now().Unix(); now-m.scs.GetInt64(ctx, touchedField) >= int64(touchEvery/time.Second) {
		m.scs.Put(ctx, touchedField, now)
		if err := m.save(ctx, c); err != nil {
			return err
		}
	}
	page.SignedIn(c, account, m.scs.GetString(ctx, idField))
	return nil
}

// SignIn begins a session for a person who has proved who they are. The token is always a
// new one, and the session that the browser came with, if any, ends.
func (m *Manager) SignIn(c echo.Context, account store.Account) error {
	if err := m.SignOut(c); err != nil {
		return err
	}
	ctx, err := m.scs.Load(c.Request().Context(), "")
	if err != nil {
		return away("begin a session", err)
	}
	m.scs.Put(ctx, loginField, account.Login)
	m.scs.Put(ctx, idField, rand.Text())
	m.scs.Put(ctx, touchedField, m.now().Unix())
	return m.save(ctx, c)
}

// SignOut ends the session of this request and takes its cookie away. Without one it does
// nothing.
func (m *Manager) SignOut(c echo.Context) error {
	token, ok := m.token(c)
	if !ok {
		return nil
	}
	ctx, err := m.scs.Load(c.Request().Context(), token)
	if err == nil {
		err = m.scs.Destroy(ctx)
	}
	if err != nil {
		return away("end the session", err)
	}
	m.writeCookie(ctx, c, "", time.Time{})
	return nil
}

// StillAllowed gives a question that may be asked again and again after this request has
// ended: is the session still there, and does the person still have the same work? Without
// a session it is nil.
func (m *Manager) StillAllowed(c echo.Context) func(ctx context.Context) (bool, error) {
	token, ok := m.token(c)
	then, signedIn := page.AccountOf(c)
	if !ok || !signedIn {
		return nil
	}
	return func(ctx context.Context) (bool, error) {
		ctx, err := m.scs.Load(ctx, token)
		if err != nil {
			return false, away("look at the session again", err)
		}
		if m.scs.GetString(ctx, loginField) != then.Login {
			return false, nil
		}
		now, err := m.accounts.Account(ctx, then.Login)
		if store.KindOf(err) == store.NotFound {
			return false, nil
		}
		return now.Role == then.Role && now.Warehouse == then.Warehouse, err
	}
}

func (m *Manager) token(c echo.Context) (string, bool) {
	cookie, err := c.Request().Cookie(m.scs.Cookie.Name)
	if errors.Is(err, http.ErrNoCookie) || cookie.Value == "" || len(cookie.Value) > 128 {
		return "", false
	}
	return cookie.Value, true
}

func (m *Manager) save(ctx context.Context, c echo.Context) error {
	token, expiry, err := m.scs.Commit(ctx)
	if err != nil {
		return away("keep the session", err)
	}
	m.writeCookie(ctx, c, token, expiry)
	return nil
}

// writeCookie leaves what the route said about caching as it was: the library adds to it.
func (m *Manager) writeCookie(ctx context.Context, c echo.Context, token string, expiry time.Time) {
	header := c.Response().Header()
	said := header.Get("Cache-Control")
	m.scs.WriteSessionCookie(ctx, c.Response(), token, expiry)
	if said != "" {
		header.Set("Cache-Control", said)
	}
}

// away makes an error of Redis into one that people can be told.
func away(op string, err error) error {
	return &store.Error{
		Kind:    store.Unavailable,
		Message: "We cannot check who is signed in right now. Nothing was changed. Please try again in a moment.",
		Err:     fmt.Errorf("%s: %w", op, err),
	}
}
