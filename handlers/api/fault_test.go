package api

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"waybill/store"
)

// broken is a shop of which placing fails when its time is over.
type broken struct {
	*shop
	err error
}

func (b broken) Place(ctx context.Context, _ store.Placement) (store.Order, bool, error) {
	<-ctx.Done()
	return store.Order{}, false, b.err
}

// TestFaultsAreLoggedWhoseTimeIsOver: what is our own fault stands in the log, also when the request had no more
// time by then; that Redis is away does not.
func TestFaultsAreLoggedWhoseTimeIsOver(t *testing.T) {
	for _, c := range []struct {
		err    error
		status int
		logged bool
	}{
		{errors.New("a bug"), http.StatusInternalServerError, true},
		{store.Errorf(store.Unavailable, "Away."), http.StatusServiceUnavailable, false},
	} {
		var log bytes.Buffer
		e, s := echo.New(), &shop{placed: map[string]store.Order{}}
		if err := Register(e, Options{Store: broken{s, c.err}, Gazetteer: s, Keys: OneKey(secret), Log: slog.New(slog.NewTextHandler(&log, nil))}); err != nil {
			t.Fatal(err)
		}
		if w := ask(e, http.MethodPost, "/api/v1/orders", strings.NewReader(good)); w.Code != c.status {
			t.Errorf("%v: %d %s", c.err, w.Code, w.Body)
		}
		if logged := strings.Contains(log.String(), c.err.Error()); logged != c.logged {
			t.Errorf("%v: logged %q", c.err, log.String())
		}
	}
}
