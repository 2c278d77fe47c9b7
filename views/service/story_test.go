package service

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"waybill/store"
)

func sampleScene() Scene {
	return Scene{
		Now: time.Date(2026, 11, 24, 13, 5, 0, 0, time.UTC), Zone: time.FixedZone("shop", 3600),
		Directory: store.Directory{
			Products: map[string]store.Product{"prod1": {ID: "prod1", Name: "Enamel mug"}, "prod6": {ID: "prod6", Name: "Wool blanket"}},
			Warehouses: map[string]store.Warehouse{
				"warehouse1":  {ID: "warehouse1", Name: "Gdańsk", At: store.Point{Lat: 54.352, Lon: 18.6466}},
				"warehouse2":  {ID: "warehouse2", Name: "Warszawa", At: store.Point{Lat: 52.2297, Lon: 21.0122}},
				"warehouse10": {ID: "warehouse10", Name: "Kraków", At: store.Point{Lat: 50.0614, Lon: 19.9366}},
			},
			WarehouseIDs: []string{"warehouse1", "warehouse10", "warehouse2"},
		},
	}
}

func sampleOrder() store.Order {
	now := sampleScene().Now
	clerk := store.Actor{Role: store.Clerk, ID: "ola", Name: "Ola"}
	outside := store.Actor{Role: store.Outside, ID: "outside", Name: "an outside program"}
	event := func(version int, kind store.EventType, status store.Status, who store.Actor, why string, data map[string]string) store.Event {
		return store.Event{Order: 100123, Version: version, Type: kind, Status: status, At: now.Add(time.Duration(version-20) * time.Minute), Who: who, Why: why, Data: data}
	}
	return store.Order{
		Number: 100123, Token: "0123456789abcdefghijkl", Status: store.Placed, Version: 7, Attempt: 2, Speed: store.Express,
		Recipient: store.Recipient{Name: "Anna <Kowalska>", Email: "anna@example.com", Phone: "+48600700800", Address: store.Address{Line1: "ul. Długa 5", City: "Gdańsk", PostalCode: "80-831", Country: "PL"}},
		At:        &store.Point{Lat: 54.3741, Lon: 18.6117},
		Lines:     []store.Line{{Product: "prod1", Quantity: 2}, {Product: "prod6", Quantity: 1}},
		PlacedAt:  now.Add(-time.Hour), PromisedAt: now.Add(28 * time.Hour), FirstDate: now.Add(28 * time.Hour),
		Warehouse: "warehouse1", Packed: map[string]int{"prod1": 2}, Moving: []string{"t-1"},
		Transfers: []store.Transfer{{ID: "t-1", Order: 100123, From: "warehouse2", To: "warehouse1", State: store.TransferSent, At: now.Add(-10 * time.Minute), DueAt: now.Add(18 * time.Hour), Lines: []store.Line{{Product: "prod6", Quantity: 1}}}},
		Plan: store.Plan{
			Assembly: "warehouse1",
			Sources:  []store.Source{{Warehouse: "warehouse1", Lines: []store.Line{{Product: "prod1", Quantity: 2}}}, {Warehouse: "warehouse2", Transfer: "t-1", Lines: []store.Line{{Product: "prod6", Quantity: 1}}}},
			Candidates: []store.Candidate{
				{Warehouse: "warehouse1", PromisedAt: now.Add(28 * time.Hour), Transfers: 1, Distance: 4200},
				{Warehouse: "warehouse10", PromisedAt: now.Add(76 * time.Hour), Transfers: 2, Distance: 486000, Held: "Full on Tue 24 November.", Lost: "Needs 2 transfers, warehouse1 needs 1."},
			},
		},
		History: []store.Event{
			event(1, "placed", store.Placed, store.Actor{Role: store.Customer, Name: "Anna"}, "", map[string]string{"warehouse": "warehouse1"}),
			event(2, store.EventPacked, store.Placed, clerk, "", map[string]string{"product": "prod1", "units": "2"}),
			event(3, "ready", store.Ready, clerk, "", nil),
			event(4, "placed", store.Placed, clerk, "not ready after all", nil),
			event(5, store.EventTransferSent, store.Placed, clerk, "", map[string]string{"transfer": "t-1"}),
			event(6, store.EventUndone, store.Placed, outside, "an outside program set a status that cannot follow", nil),
			event(7, store.EventPacked, store.Placed, clerk, "", map[string]string{"product": "prod6", "units": "0"}),
		},
	}
}

func render(t *testing.T, o store.Order) string {
	t.Helper()
	var out bytes.Buffer
	if err := LiveStory(Tell(o, sampleScene())).Render(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestStory(t *testing.T) {
	golden(t, "testdata/story.golden.html", render(t, sampleOrder()))
}

func TestStoryOfAnOrderThatCannotGoOn(t *testing.T) {
	html := render(t, store.Order{Number: 128, Status: store.Placed, Outside: true, Problem: "This shop does not know the product prod77.", Lines: []store.Line{{Product: "prod77", Quantity: 1}}})
	for _, want := range []string{"No address: an outside program wrote this order. Call the recipient.", "does not know the product prod77", "not reserved anywhere", "No warehouse has been chosen yet", "order:128"} {
		if !strings.Contains(html, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(html, "/track/") {
		t.Error("there is a link to a page that does not exist")
	}
}

func TestTheAnswerComesFirst(t *testing.T) {
	now := sampleScene().Now
	for _, c := range []struct {
		change func(*store.Order)
		want   string
		late   bool
	}{
		{func(*store.Order) {}, "Arrives tomorrow.", false},
		{func(o *store.Order) { o.FirstDate = now.Add(time.Hour) }, "Arrives tomorrow. First promised for today.", false},
		{func(o *store.Order) { o.PromisedAt = now.Add(-24 * time.Hour) }, "Late: it was promised for yesterday.", true},
		{func(o *store.Order) { o.PromisedAt = time.Time{} }, "No date is promised yet.", false},
		{func(o *store.Order) { o.Status, o.ReceivedBy = store.Delivered, "Reception" }, "Delivered. Taken by Reception.", false},
		{func(o *store.Order) { o.Status = store.Cancelled }, "Cancelled: it will not be sent.", false},
	} {
		o := sampleOrder()
		c.change(&o)
		if text, late := promise(o, sampleScene()); text != c.want || late != c.late {
			t.Errorf("%q %v, want %q", text, late, c.want)
		}
	}
}

func TestWhereTheProductsAre(t *testing.T) {
	o := sampleOrder()
	for _, c := range []struct {
		status        store.Status
		mug, blanket  string
		courier, town string
	}{
		{store.Placed, "in the box in Gdańsk", "1 unit still to reach Gdańsk", "", "warehouse1"},
		{store.Sent, "with Marek", "with Marek", "Marek", "warehouse1"},
		{store.Delivered, "delivered", "delivered", "Marek", "warehouse1"},
		{store.Backordered, "waited for", "waited for", "", ""},
	} {
		o.Status, o.CourierName, o.Warehouse = c.status, c.courier, c.town
		s := Tell(o, sampleScene())
		if s.Lines[0].Where != c.mug || s.Lines[1].Where != c.blanket {
			t.Errorf("%s: %q and %q", c.status, s.Lines[0].Where, s.Lines[1].Where)
		}
	}
}

// An order that has lost a part of what it held keeps the rest: the page must not tell a person that all of
// it is waited for.
func TestWhereTheProductsOfAnOrderAreThatWaitsForAPart(t *testing.T) {
	o := sampleOrder()
	o.Status, o.Packed, o.Moving = store.Backordered, nil, nil
	o.Lines = []store.Line{{Product: "prod1", Quantity: 22}, {Product: "prod2", Quantity: 2}, {Product: "prod3", Quantity: 1}}
	o.Waits, o.Moving = []store.Line{{Product: "prod1", Quantity: 3}}, []string{"t9"}
	o.Plan = store.Plan{Assembly: o.Warehouse, Sources: []store.Source{
		{Warehouse: o.Warehouse, Lines: []store.Line{{Product: "prod1", Quantity: 15}, {Product: "prod2", Quantity: 2}}},
		{Warehouse: "warehouse2", Transfer: "t9", Lines: []store.Line{{Product: "prod1", Quantity: 4}, {Product: "prod3", Quantity: 1}}},
	}}
	town := sampleScene().Directory.WarehouseName(o.Warehouse)
	for i, want := range []string{
		"3 units waited for, 15 units in " + town + ", 4 units still to reach " + town,
		"on the shelf in " + town,
		"1 unit still to reach " + town,
	} {
		if got := where(o, o.Lines[i], sampleScene()).Where; got != want {
			t.Errorf("%s: %q, want %q", o.Lines[i].Product, got, want)
		}
	}
}

func TestEveryEventHasWords(t *testing.T) {
	kinds := []store.EventType{store.EventAdopted, store.EventTakenOver, store.EventUndone, store.EventPacked, store.EventTransferSent, store.EventTransferUnsent, store.EventTransferDelivered, store.EventTransferUndone, store.EventPutBack, store.EventNotDelivered, store.EventInspected, store.EventExpected, store.EventStillWaits, store.EventPrioritized, store.EventAskedAgain, store.EventTransferRefused, store.EventTransferLost, store.EventRerouted, store.EventEdited, store.EventMerged}
	for _, status := range store.Statuses() {
		kinds = append(kinds, store.EventType(status))
	}
	for _, kind := range kinds {
		if what, _ := tell(store.Event{Type: kind, Status: store.Placed}, store.Order{}, sampleScene()); what == "" || what == string(kind) {
			t.Errorf("%s is told as %q", kind, what)
		}
	}
}

// golden compares with a kept file; WAYBILL_GOLDEN=write keeps what there is now.
func golden(t *testing.T, name, got string) {
	t.Helper()
	got = strings.ReplaceAll(got, "><", ">\n<") + "\n"
	if os.Getenv("WAYBILL_GOLDEN") == "write" {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got == string(want) {
		return
	}
	gotLines, wantLines := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for i := range min(len(gotLines), len(wantLines)) {
		if gotLines[i] != wantLines[i] {
			t.Fatalf("%s, line %d\n got %s\nwant %s", name, i+1, gotLines[i], wantLines[i])
		}
	}
	t.Fatalf("%s: %d lines, want %d", name, len(gotLines), len(wantLines))
}
