package api

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"
	"github.com/labstack/echo/v4"

	"waybill/store"
)

// The scopes of a key: what its bearer may do.
const (
	ReadOrders  = "orders:read"
	WriteOrders = "orders:write"
	ReadStock   = "stock:read"
	WriteStock  = "stock:write"
)

// scheme is the name of the API's one way to sign in, in its description.
const scheme = "key"

// Key is a partner's key, once it has been recognised. Name stands in histories and
// ledgers, and keeps one partner's idempotency keys apart from another's.
type Key struct {
	Name   string
	Scopes []string
}

// Keys knows whose key a secret is. It answers Unauthorized for one that it does not
// know, and may be called by many goroutines at once.
type Keys interface {
	Find(ctx context.Context, secret string) (Key, error)
}

// OneKey is the key of the settings, WAYBILL_API_KEY: it may do everything. Without a
// secret no key is ever right. Secrets are compared by their SHA-256 and in constant
// time, so that an answer's delay tells nothing about them.
func OneKey(secret string) Keys {
	return oneKey{set: secret != "", sum: sha256.Sum256([]byte(secret))}
}

type oneKey struct {
	set bool
	sum [sha256.Size]byte
}

func (k oneKey) Find(_ context.Context, secret string) (Key, error) {
	sum := sha256.Sum256([]byte(secret))
	if subtle.ConstantTimeCompare(sum[:], k.sum[:]) != 1 || !k.set {
		return Key{}, store.Errorf(store.Unauthorized, "This API key is not known.")
	}
	return Key{Name: SettingsKey, Scopes: Scopes()}, nil
}

// visit is what a request's handler knows about its caller.
type visit struct {
	key  Key
	base string // begins links: scheme and host
	id   string // the request's id in the log, if the web server gives one

	asking *asking
}

type visitKey struct{}

// visitOf gives what admit found out. There is one on every request that gets so far.
func visitOf(ctx context.Context) visit {
	v, _ := ctx.Value(visitKey{}).(visit)
	return v
}

func (v visit) actor() store.Actor { return store.Actor{Role: store.Partner, ID: v.key.Name} }

// needs marks an operation with the scope that a key must have for it. The mark is both
// what is documented and what admit enforces.
func needs(scope string) []map[string][]string {
	return []map[string][]string{{scheme: {scope}}}
}

// How long Redis may keep a program waiting: to find its key, and for the work itself from when the body has
// arrived, however many questions that asks.
const (
	keyBudget  = 400 * time.Millisecond
	workBudget = time.Second
)

// room lets a request in where there is room for its work.
func (s *server) room(ctx huma.Context, next func(huma.Context)) {
	if s.Enter == nil {
		next(ctx)
		return
	}
	leave, err := s.Enter(ctx.Context(), ctx.Operation().OperationID == placeOrder)
	if err != nil {
		s.fail(ctx, err)
		return
	}
	defer leave()
	next(ctx)
}

// bounded ends the context of the work after its budget.
func bounded(ctx huma.Context, next func(huma.Context)) {
	limited, cancel := context.WithTimeout(ctx.Context(), workBudget)
	defer cancel()
	next(huma.WithContext(ctx, limited))
}

// admit lets in whoever has the right key, and remembers who it is.
func (s *server) admit(ctx huma.Context, next func(huma.Context)) {
	kind, secret, _ := strings.Cut(strings.TrimSpace(ctx.Header("Authorization")), " ")
	if !strings.EqualFold(kind, "Bearer") || secret == "" {
		ctx.SetHeader("WWW-Authenticate", `Bearer realm="waybill"`)
		s.refuse(ctx, http.StatusUnauthorized, "Send an API key as Authorization: Bearer <key>.")
		return
	}
	finding, cancel := context.WithTimeout(ctx.Context(), keyBudget)
	key, err := s.Keys.Find(finding, strings.TrimSpace(secret))
	cancel()
	if store.KindOf(err) == store.Unauthorized {
		ctx.SetHeader("WWW-Authenticate", `Bearer realm="waybill", error="invalid_token"`)
	}
	if err != nil {
		s.fail(ctx, err)
		return
	}
	scope := ctx.Operation().Security[0][scheme][0]
	if !slices.Contains(key.Scopes, scope) {
		ctx.SetHeader("WWW-Authenticate", `Bearer realm="waybill", error="insufficient_scope", scope="`+scope+`"`)
		s.refuse(ctx, http.StatusForbidden, "This API key lacks the scope "+scope+".")
		return
	}
	c := humaecho.Unwrap(ctx)
	v := visit{key: key, base: s.BaseURL, id: c.Response().Header().Get(echo.HeaderXRequestID), asking: &asking{}}
	if v.base == "" {
		v.base = c.Scheme() + "://" + c.Request().Host
	}
	next(huma.WithValue(ctx, visitKey{}, v))
}
