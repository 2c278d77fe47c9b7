package main

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// changes is a shop in which people change things, each in the way in which people do.
type changes struct {
	partner
	redis *redis.Client
	adam  *http.Client // an administrator
}

// outcome is what came of a change.
type outcome struct {
	code  int
	words string
}

func (c changes) count(product string, units int) outcome {
	c.t.Helper()
	code, answer, _ := c.ask("PUT", "/warehouses/warehouse1/stock/"+product, "", fmt.Sprintf(`{"on_hand":%d,"reason":"counted"}`, units))
	return outcome{code, answer.Detail}
}

func (c changes) cancel(number string) outcome {
	c.t.Helper()
	code, answer, _ := c.ask("POST", "/orders/"+number+"/cancel", "", `{"reason":"changed my mind"}`)
	return outcome{code, answer.Detail}
}

func (c changes) pack(t *testing.T, number string) outcome {
	t.Helper()
	code, page, _ := get(t, c.adam, c.base+"/warehouses/warehouse1/pack", url.Values{"order": {number}, "product": {"prod1"}, "units": {"1"}})
	return outcome{code, page}
}

// seen is what Redis has: how much there is of two products, then of each order its status and what is packed.
func (c changes) seen(numbers ...string) []string {
	ctx := c.t.Context()
	seen := []string{c.redis.HGet(ctx, "warehouse1:stock", "prod1").Val(), c.redis.HGet(ctx, "warehouse1:stock", "prod2").Val()}
	for _, n := range numbers {
		seen = append(seen, strings.TrimSpace(c.redis.Get(ctx, "order:"+n+":status").Val()+" "+c.redis.HGet(ctx, "order:"+n+":packed", "prod1").Val()))
	}
	return seen
}

func (a outcome) yes(t *testing.T) {
	t.Helper()
	if a.code != http.StatusOK {
		t.Errorf("%d %s", a.code, a.words)
	}
}

func (a outcome) no(t *testing.T, words string) {
	t.Helper()
	if a.code != http.StatusServiceUnavailable || !strings.Contains(a.words, words) {
		t.Errorf("not refused with %q: %d %s", words, a.code, a.words)
	}
}

// TestAFullDiskChangesNothing fills the disk under people who change things: what is answered with a yes outlives
// a Redis that forgets it, and so does the one change that was made when the disk turned out to be full.
func TestAFullDiskChangesNothing(t *testing.T) {
	onItsOwn(t, changeOnAFullDisk)
}

func changeOnAFullDisk(t *testing.T) {
	limit, room := fileLimit(t)
	server, environment := openServer(t)
	environment["WAYBILL_PLACE_WITHIN"] = "5s"
	s := openShop(t, environment, "--demo")
	c := changes{partner{t, s.base}, server.Client(), browser(t)}
	get(t, c.adam, s.base+"/signin/demo", url.Values{"login": {"adam"}})
	c.count("prod1", 1000).yes(t)
	var orders []string
	for n := range 3 {
		_, order, _ := c.place(fmt.Sprint("order ", n), "prod1", 1)
		orders = append(orders, order.Number)
	}
	packed, unwanted, early := orders[0], orders[1], orders[2]
	past := server.Past()
	c.count("prod2", 77).yes(t)
	c.cancel(early).yes(t)

	limit(0)
	c.count("prod1", 900).no(t, "may not last")
	c.count("prod1", 900).no(t, "was not done") // which stands there already
	c.count("prod2", 55).no(t, "was not done")
	c.cancel(unwanted).no(t, "was not done")
	c.cancel(early).no(t, "was not done")
	c.pack(t, packed).no(t, "was not done")
	if seen := c.seen(orders...); !slices.Equal(seen, []string{"900", "77", "placed", "placed", "cancelled"}) {
		t.Errorf("on a full disk: %q", seen)
	}
	c.tellsOfIt(t)
	room()
	await(t, 20*time.Second, "people may be sent here again", func() bool { return c.ready(t) })
	c.cancel(unwanted).yes(t)
	c.pack(t, packed).yes(t)

	server.SetBack(past)
	var seen []string
	await(t, 30*time.Second, "all that was answered with a yes is there again", func() bool {
		seen = c.seen(orders...)
		return slices.Equal(seen, []string{"900", "77", "placed 1", "cancelled", "cancelled"})
	})
	await(t, 20*time.Second, "work goes on", func() bool { return c.count("prod2", 78).code == http.StatusOK })
	t.Logf("refused on a full disk, and kept: %q", seen)
}

// ready tells whether people should be sent to this node.
func (c changes) ready(t *testing.T) bool {
	t.Helper()
	code, _, _ := get(t, browser(t), c.base+"/readyz", nil)
	return code == http.StatusOK
}

// tellsOfIt looks whether the node says in what state it is.
func (c changes) tellsOfIt(t *testing.T) {
	t.Helper()
	if c.ready(t) {
		t.Error("it says that people may be sent here")
	}
	if _, figures, _ := get(t, browser(t), c.base+"/metrics", nil); !strings.Contains(figures, "\nwaybill_to_keep 1\n") {
		t.Error("the figures do not tell of the change that waits")
	}
}
