package customer

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"waybill/store"
)

func TestParseBasket(t *testing.T) {
	for text, want := range map[string]string{
		"":                                 "",
		"prod1:2.prod6:1":                  "prod1:2.prod6:1",
		"a.b:2.c:1":                        "a.b:2.c:1",
		"prod1:2.prod1:3":                  "prod1:2",
		"prod1:0.prod2:1000.prod3:4":       "prod3:4",
		"prod1:-1.prod2:1e3.prod3:٣":       "",
		"prod1":                            "",
		"::::....":                         "",
		"pro d:1.<b>:2.ok:3":               "ok:3",
		"prod1:99999999999999999999.p:1":   "p:1",
		strings.Repeat("x", 5000):          "",
		"prod1:2.\x00:1.\xff\xfe:1.last:1": "prod1:2.last:1",
	} {
		if got := formatBasket(parseBasket(text)); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

// TestAnyBasket shows that no cookie can make a basket that could not be ordered or kept, and
// that what we write we read again.
func TestAnyBasket(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`([a-z0-9.]{1,4}:[0-9]{1,4}\.){0,80}`)).Draw(t, "cookie")
		basket := parseBasket(text)
		if len(basket) > basketProducts || len(store.Merge(basket)) != len(basket) {
			t.Fatalf("%d products", len(basket))
		}
		for _, line := range basket {
			if !store.ValidID(line.Product) || line.Quantity < 1 || line.Quantity > store.MaxQuantity {
				t.Fatalf("line %+v", line)
			}
		}
		written := formatBasket(basket)
		if len(written) > basketBytes || fmt.Sprint(parseBasket(written)) != fmt.Sprint(basket) {
			t.Fatalf("wrote %q", written)
		}
	})
}

func TestFullBasketFits(t *testing.T) {
	var basket []store.Line
	for i := range basketProducts {
		basket = append(basket, store.Line{Product: fmt.Sprintf("%064d", i), Quantity: store.MaxQuantity})
	}
	if text := formatBasket(basket); len(text) > basketBytes || len(parseBasket(text)) != basketProducts {
		t.Errorf("%d bytes", len(text))
	}
}

func TestBasket(t *testing.T) {
	for _, test := range []struct {
		name, before, product, quantity, do string
		code                                int
		after, says                         string
	}{
		{"first", "", "prod1", "2", "add", 303, "prod1:2", ""},
		{"more", "prod1:2", "prod1", "3", "add", 303, "prod1:5", ""},
		{"another", "prod1:2", "prod2", "1", "add", 303, "prod1:2.prod2:1", ""},
		{"set", "prod1:2.prod2:1", "prod1", "7", "set", 303, "prod1:7.prod2:1", ""},
		{"remove", "prod1:2.prod2:1", "prod1", "", "remove", 303, "prod2:1", ""},
		{"remove the last", "prod1:2", "prod1", "", "remove", 303, "", ""},
		{"forget what is not sold", "gone:3", "prod1", "1", "add", 303, "prod1:1", ""},
		{"zero", "prod1:2", "prod1", "0", "set", 422, "", "Type a number from 1 to 999."},
		{"minus", "", "prod1", "-1", "add", 422, "", "Type a number from 1 to 999."},
		{"Arabic", "", "prod1", "٣", "add", 422, "", "Type a number from 1 to 999."},
		{"huge", "", "prod1", "9223372036854775808", "add", 422, "", "Type a number from 1 to 999."},
		{"too many together", "prod1:998", "prod1", "2", "add", 422, "", "You already have 998 in the basket."},
		{"unknown", "prod1:2", "prod77", "1", "add", 422, "", "We do not sell such a product."},
		{"no product", "prod1:2", "", "1", "add", 422, "", "We do not sell such a product."},
	} {
		t.Run(test.name, func(t *testing.T) {
			values := url.Values{"product": {test.product}, "quantity": {test.quantity}, "do": {test.do}}
			a := post(t, newHandlers(newShop()).Basket, values, test.before)
			kept, changed := a.cookies["basket"]
			if a.code != test.code || kept != test.after || changed != (test.code == 303) {
				t.Errorf("%d, basket %q (written: %v)", a.code, kept, changed)
			}
			if test.says != "" && !strings.Contains(a.body, test.says) {
				t.Errorf("does not say %q", test.says)
			}
		})
	}
}

func TestShop(t *testing.T) {
	s := newShop()
	a := ask(newHandlers(s).Shop, http.MethodGet, "/", "", "", "prod1:2.prod5:1.gone:3")
	for _, want := range []string{"12 left", "Only 3 left", "Sold out — can be ordered, you will wait for it", ">Sold out<", "3 units", `href="/order"`, `data-live="/live"`} {
		if !strings.Contains(a.body, want) {
			t.Errorf("the shop does not say %q", want)
		}
	}
	if strings.Contains(a.body, `id="add-prod6"`) {
		t.Error("a product that is gone can be added")
	}
	live := a.body[strings.Index(a.body, `id="live-shop"`):strings.Index(a.body, `id="basket"`)]
	if strings.Contains(live, "basket-line") {
		t.Error("the live part holds the visitor's basket")
	}
}
