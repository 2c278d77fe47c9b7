package warehouse

import (
	"strings"
	"testing"
	"time"

	"waybill/store"
)

// crowded has two orders that want mugs: the later one stands first in the list, and the
// earlier one has all that it can get.
func crowded() store.Board {
	order := func(n store.Number, hours, mugs, packed int) store.Order {
		return store.Order{
			Number: n, Warehouse: "warehouse1", PromisedAt: noon().Add(time.Duration(hours) * time.Hour),
			Lines: []store.Line{{Product: "prod1", Quantity: mugs}}, Packed: map[string]int{"prod1": packed},
		}
	}
	return store.Board{
		ToAssemble: []store.Order{order(12, 9, 3, 0), order(11, 1, 2, 2), order(10, 5, 2, 1)},
		Ready:      []store.Order{order(9, 1, 1, 1)},
	}
}

func TestAProductGoesIntoTheFirstBoxThatNeedsIt(t *testing.T) {
	board := crowded()
	for _, want := range []struct {
		number store.Number
		packed int
	}{{10, 2}, {12, 1}, {12, 2}, {12, 3}} {
		found, err := find("prod1", board, shop())
		if err != nil || found.order.Number != want.number || found.packed != want.packed {
			t.Fatalf("order %s with %d, %v; want %+v", found.order.Number, found.packed, err, want)
		}
		for i := range board.ToAssemble {
			if board.ToAssemble[i].Number == want.number {
				board.ToAssemble[i].Packed["prod1"] = found.packed
			}
		}
	}
	if _, err := find("prod1", board, shop()); store.KindOf(err) != store.NotFound || !strings.Contains(store.MessageOf(err), "No order here needs Enamel mug") {
		t.Errorf("a mug too many: %v", err)
	}
}

func TestAUnitThatHasNotArrivedCannotBePacked(t *testing.T) {
	_, err := find("prod6", works().board, shop())
	if store.KindOf(err) != store.NotFound || !strings.Contains(store.MessageOf(err), "Receive the transfer first") {
		t.Errorf("%v", err)
	}
}

func TestWhatACodeMeans(t *testing.T) {
	board := crowded()
	board.ToAssemble = append(board.ToAssemble, store.Order{
		Number: 13, Warehouse: "warehouse1", Lines: []store.Line{{Product: "prod2", Quantity: 9}},
	}, store.Order{Number: 100123, Warehouse: "warehouse1", Lines: []store.Line{{Product: "prod2", Quantity: 9}}})
	for code, want := range map[string]struct {
		product string
		order   store.Number
	}{
		"prod2":             {"prod2", 13},
		"PROD2":             {"prod2", 13},
		"4006381333931":     {"prod2", 13},
		"04006381333931":    {"prod2", 13}, // the same as GTIN-14
		"12":                {"", 12},
		"9":                 {"", 9}, // ready already: its parcel is shown
		"100123":            {"", 100123},
		"100 123":           {"", 100123},
		"100\u00a0123":      {"", 100123},
		"order:100123":      {"", 100123},
		"Order: 100 123":    {"", 100123},
		"#100123":           {"", 100123},
		"4006381333932":     {"", 0}, // the check digit is wrong
		"77":                {"", 0},
		"0012":              {"", 0},
		"prod":              {"", 0},
		"-12":               {"", 0},
		"'; DROP TABLE":     {"", 0},
		"99999999999999999": {"", 0},
	} {
		found, err := find(code, board, shop())
		if (err != nil) != (want.order == 0) || found.product != want.product || found.order.Number != want.order {
			t.Errorf("%q: %q of order %s, %v", code, found.product, found.order.Number, err)
		}
		if err != nil && (store.KindOf(err) != store.NotFound || len(store.MessageOf(err)) < 20) {
			t.Errorf("%q: %v", code, err)
		}
	}
}

func TestTheLastUnitSaysWhatIsNext(t *testing.T) {
	board := crowded()
	found, err := find("prod1", board, shop())
	if err != nil {
		t.Fatal(err)
	}
	if says := found.says(shop()); says != "Enamel mug: 2 of 2 in the box of order 10. All is packed: mark it ready." {
		t.Error(says)
	}
	board.ToAssemble[2].Lines = append(board.ToAssemble[2].Lines, store.Line{Product: "prod6", Quantity: 1})
	if found, _ = find("prod1", board, shop()); strings.Contains(found.says(shop()), "mark it ready") {
		t.Error("the blanket is still missing")
	}
}
