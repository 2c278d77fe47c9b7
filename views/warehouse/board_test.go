package warehouse

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"waybill/store"
)

func sampleScene(role store.Role) Scene {
	d := store.Directory{
		Products: map[string]store.Product{
			"prod1": {ID: "prod1", Name: "Enamel mug"}, "prod6": {ID: "prod6", Name: "Wool <blanket>"}, "prod9": {ID: "prod9", Name: "Notebook"},
		},
		Warehouses: map[string]store.Warehouse{
			"warehouse1": {ID: "warehouse1", Name: "Gdańsk"}, "warehouse2": {ID: "warehouse2", Name: "Warszawa"}, "warehouse3": {ID: "warehouse3", Name: "Kraków"},
		},
		ProductIDs: []string{"prod1", "prod6", "prod9"}, WarehouseIDs: []string{"warehouse1", "warehouse2", "warehouse3"},
	}
	return Scene{Now: sampleNow(), Zone: time.FixedZone("shop", 3600), Directory: d, Role: role}
}

func sampleNow() time.Time { return time.Date(2026, 11, 24, 13, 5, 0, 0, time.UTC) }

// sampleBoard has one of everything: a late order all packed, one with a product in every
// state, one without an address, a parcel, transfers both ways, talk and hints.
func sampleBoard() store.Board {
	now := sampleNow()
	order := func(n store.Number, promised time.Time, lines ...store.Line) store.Order {
		return store.Order{
			Number: n, Status: store.Placed, Warehouse: "warehouse1", PromisedAt: promised, Lines: lines, Packed: map[string]int{},
			Recipient: store.Recipient{Name: "Anna Kowalska", Phone: "+48600700800", Address: store.Address{Line1: "ul. Długa 5", City: "Łódź", Country: "PL"}},
		}
	}
	late := order(100121, now.Add(-20*time.Hour), store.Line{Product: "prod1", Quantity: 2})
	late.Packed["prod1"] = 2
	mixed := order(100123, now.Add(28*time.Hour), store.Line{Product: "prod1", Quantity: 1}, store.Line{Product: "prod6", Quantity: 3}, store.Line{Product: "prod9", Quantity: 3})
	mixed.Speed, mixed.Packed["prod9"] = store.Express, 1
	mixed.Moving = []string{"t-1"}
	mixed.Plan.Sources = []store.Source{{Warehouse: "warehouse1", Lines: []store.Line{{Product: "prod1", Quantity: 1}, {Product: "prod6", Quantity: 1}, {Product: "prod9", Quantity: 3}}}, {Warehouse: "warehouse2", Transfer: "t-1", Lines: []store.Line{{Product: "prod6", Quantity: 2}}}}
	outside := order(126, time.Time{}, store.Line{Product: "prod9", Quantity: 1})
	outside.Recipient = store.Recipient{Name: "Kowalski"}
	return store.Board{
		Warehouse:  store.Warehouse{ID: "warehouse1", Name: "Gdańsk"},
		ToAssemble: []store.Order{outside, mixed, late},
		Ready:      []store.Order{order(100118, now.Add(4*time.Hour), store.Line{Product: "prod1", Quantity: 1})},
		ToSend: []store.Transfer{{ID: "t-9", Order: 100125, From: "warehouse1", To: "warehouse3", State: store.TransferRequested, DueAt: now.Add(18 * time.Hour), Lines: []store.Line{{Product: "prod1", Quantity: 2}}},
			{ID: "t-8", Order: 100126, From: "warehouse1", To: "warehouse3", State: store.TransferRequested, DueAt: now.Add(20 * time.Hour), Lines: []store.Line{{Product: "prod9", Quantity: 4}}}},
		InTransit: []store.Transfer{
			{ID: "t-1", Order: 100123, From: "warehouse2", To: "warehouse1", State: store.TransferSent, At: now.Add(-time.Hour), DueAt: now.Add(18 * time.Hour), Lines: []store.Line{{Product: "prod6", Quantity: 2}}},
			{ID: "t-3", Order: 100119, From: "warehouse1", To: "warehouse2", State: store.TransferSent, At: now.Add(-40 * time.Hour), DueAt: now.Add(-4 * time.Hour), Lines: []store.Line{{Product: "prod1", Quantity: 1}}},
		},
		ToReceive: []store.Transfer{
			{ID: "t-1", Order: 100123, From: "warehouse2", To: "warehouse1", State: store.TransferSent, DueAt: now.Add(18 * time.Hour), Lines: []store.Line{{Product: "prod6", Quantity: 2}}},
			{ID: "ask-1", From: "warehouse3", To: "warehouse1", State: store.TransferRequested, DueAt: now.Add(18 * time.Hour), Lines: []store.Line{{Product: "prod1", Quantity: 4}}},
			{ID: "t-2", Order: 100130, From: "warehouse3", To: "warehouse1", State: store.TransferRequested, DueAt: now.Add(-time.Hour), Lines: []store.Line{{Product: "prod9", Quantity: 1}}},
		},
		Low: store.LowList{All: map[string]int{"warehouse1": 1382}, Rows: []store.Low{
			{Warehouse: "warehouse1", Product: "prod9", Threshold: 10, Revision: "7", Take: &store.Suggestion{From: "warehouse2", Units: 20, Free: 80, Needs: 30}},
			{Warehouse: "warehouse1", Product: "prod1", Free: 3, Threshold: 5, Coming: 4, Revision: "7"},
		}},
		Messages:  []store.Heard{{At: now.Add(-time.Hour), Text: "prod6 needed in warehouse1"}, {At: now.Add(-time.Minute), Text: "prod6 sent to warehouse1"}},
		Proposals: []store.Proposal{{Product: "prod6", At: now.Add(-time.Minute)}, {Product: "prod9", Present: true, At: now}},
		More:      3,
	}
}

func asset(name string) string { return "/static/" + name }

func renderBoard(t *testing.T, b store.Board, role store.Role) string {
	t.Helper()
	var out bytes.Buffer
	if err := Live(New(b, sampleScene(role)), asset).Render(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestBoardAsTheClerkSeesIt(t *testing.T) {
	golden(t, "testdata/board.golden.html", renderBoard(t, sampleBoard(), store.Clerk))
}

func TestEmptyBoardSaysWhatToDo(t *testing.T) {
	golden(t, "testdata/empty.golden.html", renderBoard(t, store.Board{Warehouse: store.Warehouse{ID: "warehouse1", Name: "Gdańsk"}}, store.Clerk))
}

func TestOnlookersGetNoForms(t *testing.T) {
	for _, role := range []store.Role{store.Owner, store.Service} {
		html := renderBoard(t, sampleBoard(), role)
		if strings.Contains(html, "<form") || strings.Contains(html, "<button") {
			t.Errorf("%s can press something", role)
		}
		if !strings.Contains(html, `href="/service/orders/100123#why"`) {
			t.Errorf("%s cannot see why the order is here", role)
		}
	}
	if html := renderBoard(t, sampleBoard(), store.Clerk); strings.Contains(html, "/service/") {
		t.Error("a clerk is sent to a page that is not for clerks")
	}
}

func TestTheBoardTellsNoMoreOfTheRecipientThanNameAndTown(t *testing.T) {
	html := renderBoard(t, sampleBoard(), store.Clerk)
	for _, secret := range []string{"Długa", "600700800"} {
		if strings.Contains(html, secret) {
			t.Errorf("the board shows %q", secret)
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

// A board of which a part cannot be read says so within the part that follows every change.
func TestBoardInPart(t *testing.T) {
	for _, partly := range []bool{false, true} {
		board := sampleBoard()
		board.Partly = partly
		var page bytes.Buffer
		if err := Live(New(board, sampleScene(store.Clerk)), func(name string) string { return name }).Render(t.Context(), &page); err != nil {
			t.Fatal(err)
		}
		if says := strings.Contains(page.String(), "some orders are missing here"); says != partly {
			t.Errorf("partly %v: the board says so: %v", partly, says)
		}
	}
}
