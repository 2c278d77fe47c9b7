package courier

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
		Directory: store.Directory{Warehouses: map[string]store.Warehouse{
			"warehouse1": {ID: "warehouse1", Name: "Gdańsk", Address: "ul. Kontenerowa 7"}, "warehouse2": {ID: "warehouse2", Name: "Warszawa"},
		}},
	}
}

func parcel(n store.Number, hours int, status store.Status) store.Order {
	return store.Order{
		Number: n, Status: status, PromisedAt: sampleScene().Now.Add(time.Duration(hours) * time.Hour), Lines: []store.Line{{Product: "prod1", Quantity: 2}},
		Recipient: store.Recipient{Name: "Anna <Kowalska>", Phone: "+48600700800", Address: store.Address{Line1: "ul. Długa 5", Line2: "m. 3", City: "Gdańsk", PostalCode: "80-831", Country: "PL"}},
	}
}

func sampleRounds() store.Rounds {
	outside := parcel(126, 0, store.Ready)
	outside.PromisedAt, outside.Recipient = time.Time{}, store.Recipient{Name: "Kowalski"}
	return store.Rounds{
		Ready: []store.Pickup{{Warehouse: "warehouse2", Orders: []store.Order{outside, parcel(100120, 30, store.Ready)}}, {Warehouse: "warehouse1", Orders: []store.Order{parcel(100118, 4, store.Ready)}}, {Warehouse: "warehouse9"}},
		Run:   []store.Order{parcel(100111, 5, store.Sent), parcel(100110, -2, store.Sent)},
	}
}

func render(t *testing.T, r Rounds) string {
	t.Helper()
	var out bytes.Buffer
	if err := Live(r, func(name string) string { return "/static/" + name }).Render(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestRounds(t *testing.T) {
	golden(t, "testdata/rounds.golden.html", render(t, New(sampleRounds(), sampleScene())))
}

func TestNothingToDo(t *testing.T) {
	golden(t, "testdata/empty.golden.html", render(t, New(store.Rounds{}, sampleScene())))
}

func TestTheMostUrgentIsFirst(t *testing.T) {
	r := New(sampleRounds(), sampleScene())
	if r.Waiting != 3 || len(r.Places) != 2 || r.Places[0].ID != "warehouse1" || r.Places[1].Stops[0].Number != "100120" {
		t.Errorf("the places are %+v", r.Places)
	}
	if r.Run[0].Number != "100110" || !r.Run[0].Late || !r.Run[0].Primary || r.Run[1].Primary {
		t.Errorf("the run is %+v", r.Run)
	}
}

func TestAnAddressIsShownOnlyWhileItIsNeeded(t *testing.T) {
	for _, status := range store.Statuses() {
		s := stop(parcel(1, 1, status), sampleScene())
		needed := status == store.Ready || status == store.Sent
		if (s.Street != "") != needed || (s.Phone != "") != needed || (s.Town != "") != needed {
			t.Errorf("%s: %+v", status, s)
		}
	}
}

func TestWithKeepsWhatWasTyped(t *testing.T) {
	r := New(sampleRounds(), sampleScene()).With(Typed{Number: "100111", ReceivedBy: "Nowak", Took: "neighbour", Problem: "Say who."})
	s := r.Run[1]
	if !s.Open || s.ReceivedBy != "Nowak" || s.Took != "neighbour" || s.Problem != "Say who." || r.Run[0].Open {
		t.Errorf("%+v", r.Run)
	}
}

func TestTaker(t *testing.T) {
	for _, c := range []struct{ took, name, want string }{
		{"recipient", "Anna Kowalska", "Anna Kowalska"},
		{"recipient", "  her   son ", "her son"},
		{"", "Nowak", "Nowak"},
		{"recipient", " ", ""},
		{"neighbour", "anna kowalska", "Neighbour"},
		{"neighbour", "", "Neighbour"},
		{"neighbour", "Nowak, no. 7", "Neighbour: Nowak, no. 7"},
		{"reception", "Anna Kowalska", "Reception"},
		{"a dragon", "Nowak", "Nowak"},
	} {
		if got := Taker(c.took, c.name, "Anna Kowalska"); got != c.want {
			t.Errorf("%q by %q: %q, want %q", c.name, c.took, got, c.want)
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

// Rounds of which a part cannot be read say so.
func TestRoundsInPart(t *testing.T) {
	r := sampleRounds()
	if page := render(t, New(r, sampleScene())); strings.Contains(page, "some orders are missing") {
		t.Error("whole rounds say that something is missing")
	}
	r.Partly = true
	if page := render(t, New(r, sampleScene())); !strings.Contains(page, "some orders are missing here") {
		t.Error("nothing is said of what is missing")
	}
	if page := render(t, New(store.Rounds{Partly: true}, sampleScene())); strings.Contains(page, "Nothing waits for you") || strings.Contains(page, "You have no parcel") {
		t.Error("what cannot be read is called empty")
	}
}
