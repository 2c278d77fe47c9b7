// Package demo is the shop that a newcomer meets: three warehouses, nine products, people of every
// role and three orders, by the names that the first outside programs were written for.
package demo

import (
	"context"
	"fmt"
	"time"

	"waybill/store"
)

// Shop is what loading the demo needs of the store.
type Shop interface {
	Marked(ctx context.Context, name string) (bool, error)
	Mark(ctx context.Context, name string) error
	SaveWarehouse(ctx context.Context, w store.Warehouse) error
	SaveProduct(ctx context.Context, p store.Product) error
	SaveAccount(ctx context.Context, a store.Account) error
	SetStock(ctx context.Context, who store.Actor, warehouse, product string, onHand int, reason string) (store.Level, error)
	SetThreshold(ctx context.Context, who store.Actor, warehouse, product string, units int) error
	Place(ctx context.Context, p store.Placement) (store.Order, bool, error)
}

// mark stands in Redis once the demo has been loaded: a shop that has been used since is never
// filled up again.
const mark = "demo"

// Load fills an empty shop. A shop in which it was loaded before is left as it is; a load that
// stopped half way may be run again.
func Load(ctx context.Context, shop Shop) error {
	if loaded, err := shop.Marked(ctx, mark); loaded || err != nil {
		return err
	}
	for _, load := range []func(context.Context, Shop) error{loadCatalogue, loadStock, loadThresholds, loadAccounts, loadOrders} {
		if err := load(ctx, shop); err != nil {
			return fmt.Errorf("load the demo shop: %w", err)
		}
	}
	return shop.Mark(ctx, mark)
}

// Accounts are the people of the demo. They have no password: the demo signs them in by one click.
func Accounts() []store.Account {
	return []store.Account{
		{Login: "wanda", Name: "Wanda", Role: store.Clerk, Warehouse: "warehouse1"},
		{Login: "gosia", Name: "Gosia", Role: store.Clerk, Warehouse: "warehouse2"},
		{Login: "wojtek", Name: "Wojtek", Role: store.Clerk, Warehouse: "warehouse3"},
		{Login: "kuba", Name: "Kuba", Role: store.Courier},
		{Login: "kasia", Name: "Kasia", Role: store.Courier},
		{Login: "sylwia", Name: "Sylwia", Role: store.Service},
		{Login: "olga", Name: "Olga", Role: store.Owner},
		{Login: "adam", Name: "Adam", Role: store.Admin},
	}
}

func warehouses() []store.Warehouse {
	const cutOff, sameDay = 16 * time.Hour, 12 * time.Hour
	sunday := store.WeekdaysOf(time.Sunday)
	return []store.Warehouse{
		{ID: "warehouse1", Name: "Warszawa", Address: "ul. Magazynowa 1, 02-652 Warszawa", At: store.Point{Lat: 52.2297, Lon: 21.0122}, CutOff: cutOff, SameDay: sameDay, ClosedOn: sunday},
		{ID: "warehouse2", Name: "Gdańsk", Address: "ul. Portowa 8, 80-873 Gdańsk", At: store.Point{Lat: 54.3520, Lon: 18.6466}, CutOff: cutOff, SameDay: sameDay, ClosedOn: sunday},
		{ID: "warehouse3", Name: "Wrocław", Address: "ul. Fabryczna 12, 53-609 Wrocław", At: store.Point{Lat: 51.1079, Lon: 17.0385}, CutOff: cutOff, ClosedOn: sunday},
	}
}

func products() []store.Product {
	return []store.Product{
		{ID: "prod1", Name: "Enamel mug", Description: "350 ml, chip-resistant, made to outlive you.", GTIN: "5901234100014"},
		{ID: "prod2", Name: "Wool blanket", Description: "140 × 200 cm, from highland sheep.", GTIN: "5901234100021", Terms: store.Terms{Kind: store.TermsBackorder}},
		{ID: "prod3", Name: "Desk lamp", Description: "Warm light on a steel arm.", GTIN: "5901234100038"},
		{ID: "prod4", Name: "Notebook set", Description: "Three A5 notebooks, plain paper.", GTIN: "5901234100045"},
		{ID: "prod5", Name: "Ceramic vase", Description: "Thrown by hand, 24 cm tall.", GTIN: "5901234100052"},
		{ID: "prod6", Name: "Coffee grinder", Description: "By hand, with a steel burr.", GTIN: "5901234100069", Terms: store.Terms{Kind: store.TermsBackorder}},
		{ID: "prod7", Name: "Linen apron", Description: "Washed linen, two pockets.", GTIN: "5901234100076"},
		{ID: "prod8", Name: "Cast-iron pan", Description: "26 cm, seasoned and ready.", GTIN: "5901234100083"},
		{ID: "prod9", Name: "Oak cutting board", Description: "Oiled oak, 40 × 25 cm.", GTIN: "5901234100090"},
	}
}

func loadCatalogue(ctx context.Context, shop Shop) error {
	for _, w := range warehouses() {
		if err := shop.SaveWarehouse(ctx, w); err != nil {
			return err
		}
	}
	for _, p := range products() {
		p.Picture = p.ID
		if err := shop.SaveProduct(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// loadStock puts the products where the first outside programs put them.
func loadStock(ctx context.Context, shop Shop) error {
	shelves := []struct {
		warehouse, product string
		units              int
	}{
		{"warehouse1", "prod1", 120}, {"warehouse1", "prod4", 80}, {"warehouse1", "prod9", 60},
		{"warehouse2", "prod2", 45}, {"warehouse2", "prod3", 30}, {"warehouse2", "prod6", 24}, {"warehouse2", "prod8", 36},
		{"warehouse3", "prod5", 18}, {"warehouse3", "prod7", 50},
	}
	for _, shelf := range shelves {
		if _, err := shop.SetStock(ctx, store.Itself, shelf.warehouse, shelf.product, shelf.units, "opening stock of the demo"); err != nil {
			return err
		}
	}
	return nil
}

// loadThresholds says when a warehouse runs low. Warszawa has no blankets, and can take some from Gdańsk, which
// keeps what it needs itself; Wrocław sells many vases, and nobody else has any. The others have enough.
func loadThresholds(ctx context.Context, shop Shop) error {
	shelves := []struct {
		warehouse, product string
		units              int
	}{
		{"warehouse1", "prod2", 8}, {"warehouse2", "prod2", 20}, {"warehouse3", "prod5", 20},
		{"warehouse1", "prod9", 15}, {"warehouse2", "prod6", 10},
	}
	for _, shelf := range shelves {
		if err := shop.SetThreshold(ctx, store.Itself, shelf.warehouse, shelf.product, shelf.units); err != nil {
			return err
		}
	}
	return nil
}

func loadAccounts(ctx context.Context, shop Shop) error {
	for _, account := range Accounts() {
		if err := shop.SaveAccount(ctx, account); err != nil {
			return err
		}
	}
	return nil
}

func loadOrders(ctx context.Context, shop Shop) error {
	orders := []struct {
		number     store.Number
		name, line string
		city, code string
		at         store.Point
		products   []string
	}{
		{123, "Kowalski", "ul. Floriańska 15", "Kraków", "31-019", store.Point{Lat: 50.0614, Lon: 19.9366}, []string{"prod1", "prod6", "prod9"}},
		{124, "Nowak", "ul. Święty Marcin 40", "Poznań", "61-807", store.Point{Lat: 52.4069, Lon: 16.9299}, []string{"prod4", "prod5"}},
		{125, "Lewandowski", "ul. Świętojańska 7", "Gdynia", "81-368", store.Point{Lat: 54.5189, Lon: 18.5305}, []string{"prod9", "prod2", "prod3"}},
	}
	for _, o := range orders {
		draft := store.Draft{Recipient: store.Recipient{
			Name: o.name, Email: fmt.Sprintf("order%s@example.com", o.number), Phone: "+48221234567",
			Address: store.Address{Line1: o.line, City: o.city, PostalCode: o.code, Country: "PL"},
		}}
		for _, product := range o.products {
			draft.Lines = append(draft.Lines, store.Line{Product: product, Quantity: 1})
		}
		_, _, err := shop.Place(ctx, store.Placement{
			Caller: "demo", Key: "seed-" + o.number.String(), Number: o.number, Who: store.Itself, Draft: draft, To: &o.at,
		})
		if store.KindOf(err) == store.Conflict {
			continue // an outside program has written an order of this number: it is adopted as it is
		}
		if err != nil {
			return err
		}
	}
	return nil
}
