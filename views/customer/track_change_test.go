package customer

import (
	"strings"
	"testing"
	"time"

	"waybill/store"
)

// short is the placed order after Wrocław turned out not to have the blanket.
func short(reason store.Cause, further ...store.Event) store.Order {
	o := placed()
	missing := `[{"product":"prod6","quantity":1}]`
	o.Plan = o.Plan.Without("t2", []store.Line{{Product: "prod6", Quantity: 1}})
	o.Transfers[1].State, o.Transfers[1].Lines = store.TransferRefused, nil
	o.Moving = []string{"t1"}
	o.History = append(o.History, event(4, store.EventTransferRefused, store.Placed, day(24, 11), "transfer", "t2", "from", "warehouse3", "missing", missing, "reason", string(reason)))
	for _, e := range further {
		e.Data["missing"], e.Data["from"], e.Data["reason"] = missing, "warehouse3", string(reason)
		o.History = append(o.History, e)
		o.Status = e.Status
	}
	return o
}

func TestALateOrderSaysSoFirstAndWhy(t *testing.T) {
	old, promised := day(26, 18).UTC().Format(time.RFC3339Nano), day(27, 18).UTC().Format(time.RFC3339Nano)
	rerouted := short(store.CauseGone, event(5, store.EventRerouted, store.Placed, day(24, 11), "sources", "warehouse1", "old", old, "promised_at", promised))
	later := rerouted
	later.PromisedAt = day(27, 18).UTC()
	same := short(store.CauseDamaged, event(5, store.EventRerouted, store.Placed, day(24, 11), "sources", "warehouse1", "old", old, "promised_at", old))
	waits := short(store.CauseLost, event(5, "backordered", store.Backordered, day(24, 11)))
	waits.PromisedAt = time.Time{}
	for name, c := range map[string]struct {
		order        store.Order
		state, line  string
		why          []string
		storyEndWith string
	}{
		"later": {later, "late", "Arrives later: Friday, 27 November",
			[]string{"We first said Thursday, 26 November. Wool blanket turned out not to be in Wrocław. It comes from Warszawa instead. The new date is Friday, 27 November."},
			"It comes from Warszawa instead. The new date is Friday, 27 November."},
		"the same day": {same, "ok", "Arrives Thursday, 26 November",
			[]string{"Wool blanket from Wrocław turned out to be damaged. It comes from Warszawa instead. The date stays."}, "It comes from Warszawa instead. The date stays."},
		"waits": {waits, "late", "Later than we said: we wait for stock",
			[]string{"Wool blanket got lost on the way from Wrocław.", "We first said Thursday, 26 November.", "set aside for you"}, "Nobody else has it in stock now. We keep the rest for you and wait for it."},
	} {
		m := NewTrack(c.order, directory, day(24, 12), func(s string) string { return s })
		if m.State != c.state || m.Answer != c.line {
			t.Errorf("%s: %s, %q", name, m.State, m.Answer)
		}
		for _, want := range c.why {
			if !strings.Contains(m.Why, want) {
				t.Errorf("%s: why is %q, without %q", name, m.Why, want)
			}
		}
		if last := m.Story[len(m.Story)-1].What; last != c.storyEndWith {
			t.Errorf("%s: the story ends with %q", name, last)
		}
		if strings.Contains(m.Why, "staff only") {
			t.Errorf("%s: tells what only the staff should know", name)
		}
	}
	where := NewTrack(waits, directory, day(24, 12), func(s string) string { return s }).Parcel
	if len(where[1].Wheres) != 1 || where[1].Wheres[0].Text != "we wait for it" || len(where[0].Wheres) != 3 {
		t.Errorf("the products are %+v", where)
	}
}
