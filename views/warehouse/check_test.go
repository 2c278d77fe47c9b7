package warehouse

import (
	"testing"
	"time"

	"waybill/store"
)

func TestWhereAProductIs(t *testing.T) {
	moving := func(state store.TransferState, units int) store.Order {
		return store.Order{
			Number: 1, Warehouse: "warehouse1", Lines: []store.Line{{Product: "prod1", Quantity: 3}}, Packed: map[string]int{},
			Moving: []string{"t"},
			Plan: store.Plan{Sources: []store.Source{
				{Warehouse: "warehouse1", Lines: []store.Line{{Product: "prod1", Quantity: 3 - units}}},
				{Warehouse: "warehouse2", Transfer: "t", Lines: []store.Line{{Product: "prod1", Quantity: units}}},
			}},
			Transfers: []store.Transfer{{ID: "t", State: state}},
		}
	}
	packed := func(o store.Order, units int) store.Order { o.Packed = map[string]int{"prod1": units}; return o }
	here := moving(store.TransferDelivered, 0)
	here.Moving = nil
	refused := moving(store.TransferRefused, 1)
	refused.Moving, refused.Plan = nil, refused.Plan.Without("t", []store.Line{{Product: "prod1", Quantity: 1}})
	homeless := packed(here, 0)
	homeless.Warehouse = ""
	for name, c := range map[string]struct {
		order        store.Order
		state, where string
		set          int
		can          bool
	}{
		"all here":                 {here, "here", "here", 3, true},
		"some packed":              {packed(here, 1), "here", "1 of 3 in the box", 3, true},
		"all packed":               {packed(here, 3), "packed", "in the box", 0, true},
		"all travelling":           {moving(store.TransferSent, 3), "travelling", "travelling from Warszawa", 0, false},
		"asked for":                {moving(store.TransferRequested, 3), "travelling", "asked for in Warszawa", 0, false},
		"one here, two travelling": {moving(store.TransferSent, 2), "travelling", "1 unit here, travelling from Warszawa", 1, true},
		"one packed, two on the way": {packed(moving(store.TransferSent, 2), 1), "travelling",
			"1 of 3 in the box, travelling from Warszawa", 0, true},
		"the transfer was closed":    {moving(store.TransferClosed, 3), "missing", "missing", 0, false},
		"refused, and nobody has it": {refused, "missing", "2 units here, missing", 2, true},
		"no warehouse":               {homeless, "missing", "missing", 0, false},
	} {
		got := check(c.order, c.order.Lines[0], nil, sampleScene(store.Clerk))
		if got.State != c.state || got.Where != c.where || got.Set != c.set || got.Can != c.can {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestTheBoardsOwnTransfersTellHowFarTheyAre(t *testing.T) {
	o := store.Order{
		Warehouse: "warehouse1", Lines: []store.Line{{Product: "prod1", Quantity: 1}}, Moving: []string{"t"},
		Plan: store.Plan{Sources: []store.Source{{Warehouse: "warehouse2", Transfer: "t", Lines: []store.Line{{Product: "prod1", Quantity: 1}}}}},
	}
	incoming := []store.Transfer{{ID: "t", State: store.TransferSent}}
	if got := check(o, o.Lines[0], incoming, sampleScene(store.Clerk)); got.Where != "travelling from Warszawa" {
		t.Errorf("%+v", got)
	}
}

func TestWordsOfMessages(t *testing.T) {
	d := sampleScene(store.Clerk).Directory
	for text, want := range map[string]string{
		"prod1 needed in warehouse2":    "Enamel mug is needed in Warszawa",
		"no prod1 in warehouse1":        "Enamel mug has run out in Gdańsk",
		"prod1 available in warehouse3": "Enamel mug is available in Kraków",
		"prod1 sent to warehouse2":      "Enamel mug was sent to Warszawa",
		"prod1 delivered to warehouse2": "Enamel mug was delivered to Warszawa",
		"prod77 needed in warehouse9":   "prod77 is needed in warehouse9",
		"good morning everybody here":   "good morning everybody here",
	} {
		if got := Words(text, d); got != want {
			t.Errorf("%s: %s", text, got)
		}
	}
}

func TestTheSameWordsAtTheSameInstantAreTwoMessages(t *testing.T) {
	b := sampleBoard()
	b.Messages = append(b.Messages, b.Messages[1], store.Heard{At: b.Messages[1].At.Add(time.Second), Text: b.Messages[1].Text})
	seen := map[string]bool{}
	for _, said := range New(b, sampleScene(store.Clerk)).Said {
		if seen[said.ID] {
			t.Errorf("two messages are called %s", said.ID)
		}
		seen[said.ID] = true
	}
}
