package customer

import (
	"flag"
	"html"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"waybill/store"
)

var update = flag.Bool("update", false, "write the files of testdata anew")

var directory = store.Directory{
	Products: map[string]store.Product{
		"prod1": {ID: "prod1", Name: "Enamel mug", Picture: "prod1"}, "prod6": {ID: "prod6", Name: "Wool blanket"},
	},
	Warehouses: map[string]store.Warehouse{
		"warehouse1": {ID: "warehouse1", Name: "Warszawa"}, "warehouse2": {ID: "warehouse2", Name: "Gdańsk"}, "warehouse3": {ID: "warehouse3", Name: "Wrocław"},
	},
}

// day gives a time of November 2026 in the shop's zone; the 24th is a Tuesday.
func day(d, hour int) time.Time {
	zone, err := time.LoadLocation("Europe/Warsaw")
	if err != nil {
		panic(err)
	}
	return time.Date(2026, 11, d, hour, 0, 0, 0, zone)
}

func event(version int, kind store.EventType, status store.Status, at time.Time, data ...string) store.Event {
	e := store.Event{Version: version, Type: kind, Status: status, At: at.UTC(), Why: "staff only", Who: store.Actor{Role: store.Clerk, Name: "Secret Clerk"}, Data: map[string]string{}}
	for i := 0; i < len(data); i += 2 {
		e.Data[data[i]] = data[i+1]
	}
	return e
}

// placed is an order assembled in Gdańsk, for which a mug comes from Warszawa and a blanket
// from Wrocław.
func placed() store.Order {
	return store.Order{
		Number: 100123, Status: store.Placed, Speed: store.Express, Warehouse: "warehouse2", Problem: "staff only",
		Recipient: store.Recipient{Name: "Anna Kowalska", Address: store.Address{Line1: "Długa 5", City: "Gdańsk", PostalCode: "80-001", Country: "Poland"}},
		Lines:     []store.Line{{Product: "prod1", Quantity: 3}, {Product: "prod6", Quantity: 1}},
		PlacedAt:  day(23, 16).UTC(), PromisedAt: day(26, 18).UTC(), FirstDate: day(26, 18).UTC(),
		Plan: store.Plan{Assembly: "warehouse2", Sources: []store.Source{
			{Warehouse: "warehouse2", Lines: []store.Line{{Product: "prod1", Quantity: 2}}},
			{Warehouse: "warehouse1", Transfer: "t1", Lines: []store.Line{{Product: "prod1", Quantity: 1}}},
			{Warehouse: "warehouse3", Transfer: "t2", Lines: []store.Line{{Product: "prod6", Quantity: 1}}},
		}},
		Transfers: []store.Transfer{
			{ID: "t1", From: "warehouse1", To: "warehouse2", Lines: []store.Line{{Product: "prod1", Quantity: 1}}, State: store.TransferSent, At: day(24, 9)},
			{ID: "t2", From: "warehouse3", To: "warehouse2", Lines: []store.Line{{Product: "prod6", Quantity: 1}}, State: store.TransferRequested, DueAt: day(25, 9)},
		},
		Moving: []string{"t1", "t2"}, Packed: map[string]int{"prod1": 1},
		History: []store.Event{
			event(1, "placed", store.Placed, day(23, 16)),
			event(2, store.EventTransferSent, store.Placed, day(24, 9), "transfer", "t1"),
			event(3, store.EventPacked, store.Placed, day(24, 10), "product", "prod1", "units", "1"),
		},
	}
}

// arrived is the same order when all is in one place, after some changes of status.
func arrived(statuses ...store.Status) store.Order {
	o := placed()
	o.Moving, o.Packed = nil, map[string]int{"prod1": 3, "prod6": 1}
	for i := range o.Transfers {
		o.Transfers[i].State, o.Transfers[i].At = store.TransferDelivered, day(25, 9)
	}
	o.History = append(o.History, event(4, store.EventTransferDelivered, store.Placed, day(25, 9), "transfer", "t1"))
	for i, status := range statuses {
		o.History = append(o.History, event(5+i, store.EventType(status), status, day(25, 10+i)))
		o.Status = status
	}
	return o
}

// stories are orders in every state, and the moment at which each is looked at.
func stories() map[string]struct {
	order store.Order
	now   time.Time
} {
	refused := store.Order{Number: 126, Token: "t", Status: store.Cancelled, Version: 2, Lines: placed().Lines, PlacedAt: day(24, 8), History: []store.Event{
		event(1, "received", store.Received, day(24, 8)), event(2, "cancelled", store.Cancelled, day(24, 12), store.RefusedDetail, "yes"),
	}}
	refused.History[1].Why = "There was too little in stock when your order's turn came: of Enamel mug none is left."
	received := store.Order{Number: 126, Status: store.Received, Lines: placed().Lines, PlacedAt: day(24, 8), Recipient: store.Recipient{Name: "Kowalski"}}
	noted := received
	noted.Unwanted = day(24, 11).UTC()
	waiting := placed()
	waiting.Status, waiting.Plan, waiting.Transfers, waiting.Moving, waiting.Packed = store.Backordered, store.Plan{}, nil, nil, nil
	waiting.Warehouse, waiting.PromisedAt, waiting.FirstDate = "", time.Time{}, time.Time{}
	waiting.History = []store.Event{event(1, "backordered", store.Backordered, day(23, 16))}
	dated, overdue := waiting, waiting
	dated.Waits, dated.ExpectedAt, dated.Parent = []store.Line{{Product: "prod6", Quantity: 1}}, day(27, 18), store.Part{Number: 100100, Token: "other"}
	dated.History = append(dated.History, event(2, store.EventExpected, store.Backordered, day(24, 8), "expected_at", day(27, 18).Format(time.RFC3339Nano)))
	overdue.Waits, overdue.ExpectedAt = dated.Waits, day(24, 18)
	released := placed()
	released.History = []store.Event{event(1, "backordered", store.Backordered, day(23, 16)), event(2, "placed", store.Placed, day(24, 8))}
	moved := placed()
	moved.PromisedAt = day(27, 18).UTC()
	delivered := arrived(store.Ready, store.Placed, store.Ready, store.Sent, store.Delivered)
	delivered.ReceivedBy = "Jan <neighbour>"
	taken := arrived(store.Sent)
	taken.History[len(taken.History)-1].Type = store.EventTakenOver
	undated := arrived(store.Ready)
	undated.PromisedAt, undated.FirstDate, undated.Recipient.Address = time.Time{}, time.Time{}, store.Address{}
	return map[string]struct {
		order store.Order
		now   time.Time
	}{
		"received": {received, day(24, 12)}, "noted": {noted, day(24, 12)}, "noted-yesterday": {noted, day(25, 8)}, "refused": {refused, day(24, 13)}, "waiting": {waiting, day(24, 12)}, "waiting-dated": {dated, day(24, 12)}, "waiting-overdue": {overdue, day(26, 12)}, "released": {released, day(24, 12)},
		"placed": {placed(), day(24, 12)}, "moved": {moved, day(24, 12)}, "late": {placed(), day(26, 19)},
		"ready": {arrived(store.Ready), day(25, 12)}, "ready-undated": {undated, day(25, 12)}, "ready-late": {arrived(store.Ready), day(27, 8)},
		"sent": {arrived(store.Ready, store.Sent), day(25, 12)}, "sent-late": {arrived(store.Ready, store.Sent), day(27, 8)},
		"taken-over": {taken, day(25, 12)}, "delivered": {delivered, day(26, 9)},
		"cancelled": {arrived(store.Ready, store.Cancelled), day(26, 9)},
		"returned":  {arrived(store.Ready, store.Sent, store.Returned), day(26, 9)},
	}
}

// TestTrack compares what a customer reads, in every state of an order, with testdata. Run
// it with -update to write the files anew, and read them.
func TestTrack(t *testing.T) {
	for name, story := range stories() {
		t.Run(name, func(t *testing.T) {
			var page strings.Builder
			model := NewTrack(story.order, directory, story.now, func(name string) string { return "/static/" + name })
			if err := Track(model).Render(t.Context(), &page); err != nil {
				t.Fatal(err)
			}
			got := read(page.String())
			file := filepath.Join("testdata", "track-"+name+".txt")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("reads\n%s\nwant\n%s", got, want)
			}
			if strings.Contains(got, "staff only") || strings.Contains(got, "Secret") {
				t.Error("the customer reads what is for staff only")
			}
			if n := strings.Count(page.String(), `aria-current="step"`); n != 1 && story.order.Status.Open() && story.order.Unwanted.IsZero() {
				t.Errorf("%d current steps", n)
			}
			unique(t, page.String())
		})
	}
}

var (
	idAttribute = regexp.MustCompile(` id="([^"]*)"`)
	block       = regexp.MustCompile(`</?(?:p|h1|h2|li|dd|section|summary|address)[ >]`)
	tag         = regexp.MustCompile(`<[^>]*>`)
)

// unique checks that no two elements bear one id: updates are laid over the page by id.
func unique(t *testing.T, page string) {
	t.Helper()
	seen := map[string]bool{}
	for _, match := range idAttribute.FindAllStringSubmatch(page, -1) {
		if seen[match[1]] {
			t.Errorf("two elements have the id %s", match[1])
		}
		seen[match[1]] = true
	}
}

// read gives a page as it is read: its text, a line for each paragraph.
func read(page string) string {
	page = block.ReplaceAllStringFunc(page, func(start string) string { return "\n" + start })
	page = html.UnescapeString(tag.ReplaceAllString(page, " "))
	var lines []string
	for line := range strings.Lines(page) {
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n") + "\n"
}

// What was ordered before it is out says from when it is sent, as long as nobody knows better.
func TestOrderedAhead(t *testing.T) {
	ahead := directory
	ahead.Products = maps.Clone(directory.Products)
	blanket := ahead.Products["prod6"]
	story := stories()["waiting"]
	blanket.Terms = store.Terms{Kind: store.TermsPreOrder, Release: story.now.AddDate(0, 1, 0)}
	ahead.Products["prod6"] = blanket
	story.order.Waits, story.order.ExpectedAt = []store.Line{{Product: "prod6", Quantity: 1}}, time.Time{}
	read := func() string {
		var page strings.Builder
		if err := Track(NewTrack(story.order, ahead, story.now, func(name string) string { return name })).Render(t.Context(), &page); err != nil {
			t.Fatal(err)
		}
		return read(page.String())
	}
	day := story.now.AddDate(0, 1, 0).Format("Monday, 2 January")
	if got := read(); !strings.Contains(got, "Sent from "+day+" on") || !strings.Contains(got, blanket.Name+" is not out yet.") {
		t.Errorf("reads\n%s", got)
	}
	story.order.ExpectedAt = story.now.AddDate(0, 2, 0)
	if got := read(); strings.Contains(got, "Sent from") || !strings.Contains(got, "Expected in stock on") {
		t.Errorf("with a delivery announced it reads\n%s", got)
	}
	offer := store.Offer{Product: blanket}
	if got := NewAvailability(offer, story.now); got.State != "later" || !strings.HasPrefix(got.Words, "Out from ") {
		t.Errorf("the shop says %+v", got)
	}
}

// A transfer of which nothing arrived in good order is no step on the way: there is nothing to say came.
func TestNothingCameWithATransfer(t *testing.T) {
	story := stories()["placed"]
	story.order.Transfers = slices.Clone(story.order.Transfers)
	story.order.Transfers[0].State, story.order.Transfers[0].Lines = store.TransferDelivered, nil
	story.order.Transfers[0].Damaged = []store.Line{{Product: "prod1", Quantity: 1}}
	var page strings.Builder
	if err := Track(NewTrack(story.order, directory, story.now, func(name string) string { return name })).Render(t.Context(), &page); err != nil {
		t.Fatal(err)
	}
	if got := read(page.String()); strings.Contains(got, "came from") || !strings.Contains(got, "to come from Wrocław") {
		t.Errorf("reads\n%s", got)
	}
}

// An order that waits for what is not sold any more says so.
func TestWaitingForWhatIsNotSold(t *testing.T) {
	gone := directory
	gone.Products = maps.Clone(directory.Products)
	blanket := gone.Products["prod6"]
	blanket.Withdrawn = true
	gone.Products["prod6"] = blanket
	story := stories()["waiting"]
	story.order.Waits = []store.Line{{Product: "prod6", Quantity: 1}}
	var page strings.Builder
	if err := Track(NewTrack(story.order, gone, story.now, func(name string) string { return name })).Render(t.Context(), &page); err != nil {
		t.Fatal(err)
	}
	if got := read(page.String()); !strings.Contains(got, blanket.Name+" is not sold any more. Your order is kept") {
		t.Errorf("reads\n%s", got)
	}
}
