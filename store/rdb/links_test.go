package rdb

import (
	"testing"

	"waybill/store"
	"waybill/store/demo"
	"waybill/store/storetest"
)

// TestLinkLeadsToItsOrder opens links on another node: of an order, of one that Redis has forgotten, and
// of the time when links were short.
func TestLinkLeadsToItsOrder(t *testing.T) {
	s := demoShop(t)
	o := mustPlace(t, s, line("prod1", 2))
	other := newStore(s.client)
	found, err := other.OrderByToken(t.Context(), o.Token)
	must(t, err)
	if found.Number != o.Number || found.Version != o.Version {
		t.Errorf("found order %s, version %d", found.Number, found.Version)
	}
	must(t, s.client.Set(t.Context(), keyTrack("NO2YBLWQRTU6B3OQJMLHJ6WCBA"), o.Number.String(), 0).Err())
	must(t, s.client.HSet(t.Context(), s.keyOrder(o.Number), "token", "NO2YBLWQRTU6B3OQJMLHJ6WCBA").Err())
	found, err = other.OrderByToken(t.Context(), "NO2YBLWQRTU6B3OQJMLHJ6WCBA")
	must(t, err)
	if found.Number != o.Number {
		t.Errorf("the short link leads to %s", found.Number)
	}
	for _, wrong := range []string{o.Token[:len(o.Token)-1], "NO2YBLWQRTU6B3OQJMLHJ6WCBB", "1", "..", "prod1"} {
		if _, err := other.OrderByToken(t.Context(), wrong); store.KindOf(err) != store.NotFound {
			t.Errorf("%q: %v", wrong, err)
		}
	}
	must(t, s.client.Del(t.Context(), s.keyOrder(o.Number), s.keyStatus(o.Number), s.keyLines(o.Number)).Err())
	found, err = other.OrderByToken(t.Context(), o.Token)
	must(t, err)
	if found.Number != o.Number || found.Status != store.Received || found.Version != 0 || store.Quantity(found.Lines, "prod1") != 2 {
		t.Errorf("a forgotten order: %+v", found)
	}
}

// TestLinkOfATakenNumber takes the number of a link that was told already: the link leads to the order
// all the same, and never to the one that has its number.
func TestLinkOfATakenNumber(t *testing.T) {
	s := demoShop(t)
	p := placement(line("prod1", 1))
	told := store.Order{Number: mustPlace(t, s, line("prod1", 1)).Number + 1}
	var err error
	told.UID, err = s.uid(t.Context(), p.Caller, p.Key)
	must(t, err)
	must(t, s.giveLink(t.Context(), &told))
	p.Token = told.Token
	must(t, s.client.RPush(t.Context(), s.keyLines(told.Number), "prod2").Err())
	o, _, err := s.Place(t.Context(), p)
	must(t, err)
	if o.Number == told.Number || o.Token == told.Token {
		t.Fatalf("placed as %s", o.Number)
	}
	for _, token := range []string{told.Token, o.Token} {
		if found, err := s.OrderByToken(t.Context(), token); err != nil || found.Number != o.Number {
			t.Errorf("the link leads to %s: %v", found.Number, err)
		}
	}
}

// TestLinkWhileRedisIsAway: the order as its link tells it comes with the error.
func TestLinkWhileRedisIsAway(t *testing.T) {
	server := storetest.Redis(t)
	link := storetest.Proxy(t, server.Addr())
	s := newStore(storetest.Client(t, link.URL()))
	must(t, demo.Load(t.Context(), s))
	o := mustPlace(t, s, line("prod1", 2))
	link.Cut()
	found, err := s.OrderByToken(t.Context(), o.Token)
	if store.KindOf(err) != store.Unavailable || found.Number != o.Number || found.Status != store.Received {
		t.Errorf("%+v: %v", found, err)
	}
	fresh := newStore(storetest.Client(t, link.URL())) // a node that was started meanwhile
	if _, err := fresh.OrderByToken(t.Context(), o.Token); store.KindOf(err) != store.Unavailable {
		t.Errorf("without the shop's key: %v", err)
	}
	known, err := s.Identity(t.Context())
	must(t, err)
	fresh.Remember(known)
	if found, err := fresh.OrderByToken(t.Context(), o.Token); store.KindOf(err) != store.Unavailable || found.Number != o.Number {
		t.Errorf("with it: %+v: %v", found, err)
	}
}
