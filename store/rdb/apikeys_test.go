package rdb

import (
	"fmt"
	"testing"

	"waybill/store"
	"waybill/store/storetest"
)

func TestAPIKeys(t *testing.T) {
	t.Parallel()
	s := newStore(storetest.Redis(t).Client())
	ctx := t.Context()
	key := store.APIKey{Name: "erp", Sum: "aa", Scopes: []string{"stock:write"}, MadeAt: s.now().UTC().Truncate(1), MadeBy: "adam"}
	must(t, s.AddAPIKey(ctx, key))
	other := key
	other.Sum = "bb"
	if err := s.AddAPIKey(ctx, other); store.KindOf(err) != store.Invalid {
		t.Errorf("a second key of one name: %v", err)
	}
	if got, err := s.APIKey(ctx, "aa"); err != nil || got.Name != "erp" || len(got.Scopes) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	for _, sum := range []string{"bb", "", "a", "aaa"} {
		if _, err := s.APIKey(ctx, sum); store.KindOf(err) != store.NotFound {
			t.Errorf("%q: %v", sum, err)
		}
	}
	must(t, s.RevokeAPIKey(ctx, "erp"))
	if _, err := s.APIKey(ctx, "aa"); store.KindOf(err) != store.NotFound {
		t.Errorf("a revoked key: %v", err)
	}
	if err := s.RevokeAPIKey(ctx, "erp"); store.KindOf(err) != store.NotFound {
		t.Error(err)
	}
	for i := range maxAPIKeys + 1 {
		err := s.AddAPIKey(ctx, store.APIKey{Name: fmt.Sprint("k", i), Sum: fmt.Sprint(i)})
		if (err != nil) != (i == maxAPIKeys) {
			t.Errorf("key %d: %v", i, err)
		}
	}
}
