package seal

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"waybill/store"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func TestAnyNodeOpensALink(t *testing.T) {
	lines := []store.Line{{Product: "prod1", Quantity: 2}, {Product: "prod6", Quantity: 999}}
	token := New([]byte("the shop's key")).Token(NewTicket(100123, "wish", noon.Add(300*time.Millisecond), lines))
	got, ok := New([]byte("the shop's key")).Open(token)
	if !ok || got.Number != 100123 || !got.At.Equal(noon) || !reflect.DeepEqual(got.Lines, lines) || got.More != 0 {
		t.Fatalf("%v %+v", ok, got)
	}
	if !got.Of("wish") || got.Of("another wish") {
		t.Error("it does not know whose order it is")
	}
	if _, ok := New([]byte("another shop's key")).Open(token); ok {
		t.Error("another shop opened it")
	}
	o := got.Order(token)
	if o.Status != store.Received || o.Version != 0 || o.Token != token || !o.PlacedAt.Equal(noon) {
		t.Errorf("%+v", o)
	}
}

// TestADamagedLinkOpensNothing changes, cuts and lengthens a link at every place.
func TestADamagedLinkOpensNothing(t *testing.T) {
	s := New([]byte("key"))
	token := s.Token(NewTicket(7, "wish", noon, []store.Line{{Product: "prod1", Quantity: 1}}))
	for i := range token {
		for _, c := range []string{"A", "b", "-", "=", "", "AA", "\x00"} {
			if damaged := token[:i] + c + token[i+1:]; damaged != token {
				if _, ok := s.Open(damaged); ok {
					t.Fatalf("opened %q, made of %q", damaged, token)
				}
			}
		}
	}
	for _, other := range []string{"", "1", token + "A", token + "\n", strings.Repeat("1A", 5000), "NO2YBLWQRTU6B3OQJMLHJ6WCBA"} {
		if _, ok := s.Open(other); ok {
			t.Errorf("opened %q", other)
		}
	}
}

// TestALinkHoldsWhatFits makes tickets of large orders: what does not fit is counted.
func TestALinkHoldsWhatFits(t *testing.T) {
	s := New([]byte("key"))
	for range 200 {
		var lines []store.Line
		for i := range rand.IntN(store.MaxLines) {
			lines = append(lines, store.Line{Product: fmt.Sprintf("p%d%s", i, strings.Repeat("x", rand.IntN(60))), Quantity: 1 + rand.IntN(999)})
		}
		token := s.Token(NewTicket(1<<59, "wish", noon, lines))
		got, ok := s.Open(token)
		if !ok || len(got.Lines)+got.More != len(lines) || len(token) > MaxToken {
			t.Fatalf("%d lines: %v, %d and %d more, %d bytes", len(lines), ok, len(got.Lines), got.More, len(token))
		}
		if len(lines) > 0 && !reflect.DeepEqual(got.Lines, lines[:len(got.Lines)]) {
			t.Fatal("other lines came back")
		}
	}
}

// TestLinksTellNothingApart: two links of one order have nothing in common that could be guessed from.
func TestLinksTellNothingApart(t *testing.T) {
	s := New([]byte("key"))
	ticket := NewTicket(7, "wish", noon, nil)
	one, two := s.Token(ticket), s.Token(ticket)
	if one[:12] == two[:12] || one[len(one)-12:] == two[len(two)-12:] {
		t.Errorf("%s\n%s", one, two)
	}
	if s.Wish("shop", "a") != s.Wish("shop", "a") || s.Wish("shop", "a") == s.Wish("api", "a") || s.Wish("a", "b c") == s.Wish("a b", "c") {
		t.Error("wishes are not told apart")
	}
}
