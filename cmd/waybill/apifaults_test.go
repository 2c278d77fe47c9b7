package main

import (
	"maps"
	"net/http"
	"strings"
	"testing"
)

// TestProgramsHearEverythingAtOnce orders over HTTP and real Redis with everything wrong that there is: one
// answer names it, per line and field, with what is possible. Without Redis wrong fields are refused as fast
// as ever, and right ones are an order.
func TestProgramsHearEverythingAtOnce(t *testing.T) {
	_, link, _, api := intakeShop(t)
	if code, answer, _ := api.ask("PUT", "/warehouses/warehouse2/stock/prod8", "", `{"on_hand":3,"reason":"counted"}`); code != http.StatusOK {
		t.Fatalf("count: %d %+v", code, answer)
	}
	lines := func(of string) string { return strings.Replace(benchOrder, `{"product":"prod1","quantity":1}`, of, 1) }
	const wanted = `{"product":"prod8","quantity":2},{"product":"prod1","quantity":1},{"product":"prod77","quantity":1},{"product":"prod8","quantity":2},{"product":"prod2","quantity":99}`
	short := map[string]string{"body.lines[0].quantity": "Only 3 left.", "body.lines[4].quantity": "Only 44 left."}
	unknown := map[string]string{"body.lines[2].product": "There is no product prod77 in this shop."}
	field := map[string]string{"body.recipient.email": "This e-mail address does not look right."}
	for _, c := range []struct {
		name, body string
		code       int
		want       []map[string]string
	}{
		{"everything", strings.Replace(lines(wanted), "jan@example.com", "jan", 1), 422, []map[string]string{field, unknown, short}},
		{"all but fields", lines(wanted), 422, []map[string]string{unknown, short}},
		{"only short", lines(strings.Replace(wanted, "prod77", "prod3", 1)), 409, []map[string]string{short}},
		{"waits for prod2", strings.Replace(lines(wanted), `"standard"`, `"standard","backorder":"allow"`, 1), 422, []map[string]string{unknown, {"body.lines[0].quantity": "Only 3 left."}}},
		{"too far for today", strings.Replace(lines(wanted), `"standard"`, `"same_day"`, 1), 422,
			[]map[string]string{unknown, short, {"body.speed": "Today is possible only within 30 km of Warszawa and Gdańsk. Choose another speed."}}},
	} {
		want := map[string]string{}
		for _, part := range c.want {
			maps.Copy(want, part)
		}
		code, answer, _ := api.ask("POST", "/orders", c.name, c.body)
		if got := answer.faults(); code != c.code || !maps.Equal(got, want) {
			t.Errorf("%s: %d %q", c.name, code, got)
		}
	}

	wrong := strings.Replace(lines(wanted), "jan@example.com", "jan", 1)
	for _, fault := range []struct {
		name string
		hurt func()
	}{{"refused", link.Cut}, {"black hole", link.Hold}} {
		fault.hurt()
		for range 2 {
			code, answer, took := api.ask("POST", "/orders", fault.name, wrong)
			if got := answer.faults(); code != 422 || got["body.recipient.email"] == "" || got["body.lines[0].quantity"] != "" || took > answerLimit {
				t.Errorf("%s: %d %q after %v", fault.name, code, got, took)
			}
			if got := answer.faults(); got["body.lines[2].product"] == "" {
				t.Errorf("%s: the node's copy was not asked: %q", fault.name, got)
			}
		}
		if code, order, _ := api.ask("POST", "/orders", fault.name+", right", lines(`{"product":"prod1","quantity":1}`)); code != http.StatusAccepted || order.Status != "received" {
			t.Errorf("%s: %d %+v", fault.name, code, order)
		}
		link.Heal()
	}
}
