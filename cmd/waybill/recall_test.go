package main

import (
	"fmt"
	"net/http"
	"testing"
	"time"
)

// TestRedisForgetsWeDoNot sets Redis back under a running shop: orders, a cancellation and a count that were
// answered for are there again, as they were, before anything else is done, and the order's page never says
// that there is no such order.
func TestRedisForgetsWeDoNot(t *testing.T) {
	server, _, s, api := intakeShop(t)
	count := func(units int) int {
		code, _, _ := api.ask("PUT", "/warehouses/warehouse1/stock/prod1", "", fmt.Sprintf(`{"on_hand":%d,"reason":"counted"}`, units))
		return code
	}
	if code := count(500); code != http.StatusOK {
		t.Fatalf("count: %d", code)
	}
	_, early, _ := api.place("early", "prod1", 1)
	past := server.Past()

	if code := count(400); code != http.StatusOK {
		t.Fatalf("count: %d", code)
	}
	if code, _, _ := api.ask("POST", "/orders/"+early.Number+"/cancel", "", `{"reason":"changed my mind"}`); code != http.StatusOK {
		t.Fatalf("cancel: %d", code)
	}
	var placed []shown
	for n := range 20 {
		code, order, _ := api.place(fmt.Sprint("lost ", n), "prod1", 2)
		if code != http.StatusCreated && code != http.StatusAccepted {
			t.Fatalf("place: %d %+v", code, order)
		}
		placed = append(placed, order)
	}
	await(t, 20*time.Second, "all are placed", func() bool {
		for _, order := range placed {
			if _, now, _ := api.ask("GET", "/orders/"+order.Number, "", ""); now.Status != "placed" {
				return false
			}
		}
		return true
	})
	time.Sleep(300 * time.Millisecond) // new orders' pictures are on the disk after a tenth of a second

	books := func() string {
		return fmt.Sprint(s.redis().HGet(t.Context(), "warehouse1:stock", "prod1").Val(), s.redis().HGet(t.Context(), "warehouse1:reserved", "prod1").Val())
	}
	before := books()

	server.SetBack(past)
	await(t, 30*time.Second, "everything is there again", func() bool {
		if _, now, _ := api.ask("GET", "/orders/"+early.Number, "", ""); now.Status != "cancelled" {
			return false
		}
		for _, order := range placed {
			code, now, _ := api.ask("GET", "/orders/"+order.Number, "", "")
			if code == http.StatusNotFound {
				t.Errorf("order %s is unknown", order.Number)
			}
			if now.Status != "placed" || len(now.History) != 1 {
				return false
			}
		}
		return true
	})
	await(t, 20*time.Second, "stock and promises are as they were, "+before, func() bool { return books() == before })
	await(t, 20*time.Second, "work goes on", func() bool { return count(401) == http.StatusOK })
	if code, again, _ := api.place("lost 3", "prod1", 2); again.Number != placed[3].Number {
		t.Errorf("the same wish again: %d, order %s, was %s", code, again.Number, placed[3].Number)
	}
}
