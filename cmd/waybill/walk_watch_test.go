package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"waybill/store/rdb"
)

/* ---- acts and who sees them ---- */

// sees is what somebody else's page must show by itself.
type sees struct {
	what      string
	who       *tab
	condition string
}

// act presses something and measures when the other pages show it.
func (w *walk) act(who *tab, selector string, expected ...sees) {
	w.t.Helper()
	for _, e := range expected {
		w.watch(e.who, e.condition)
	}
	w.note(who)
	who.click(selector)
	answered := w.noted(who)
	for _, e := range expected {
		w.sighted(e.what, e.who, answered)
	}
}

// watch makes a page note the moment at which a condition comes true.
func (w *walk) watch(b *tab, condition string) {
	w.t.Helper()
	js[bool](b, fmt.Sprintf(`(() => { window.walkSeen = 0; const look = () => { if (!window.walkSeen && (%s)) { window.walkSeen = Date.now(); watch.disconnect(); } };
		const watch = new MutationObserver(look); watch.observe(document, { subtree: true, childList: true, attributes: true, characterData: true }); look(); return true; })()`, condition))
}

// note makes a page note the moment of the next answer that it gets.
func (w *walk) note(b *tab) {
	w.t.Helper()
	js[bool](b, `(window.walkAnswered = 0, document.addEventListener("htmx:beforeSwap", () => { window.walkAnswered ||= Date.now(); }, { once: true }), true)`)
}

func (w *walk) noted(b *tab) float64 {
	w.t.Helper()
	b.until("an answer", `window.walkAnswered`)
	return js[float64](b, `window.walkAnswered`)
}

func (w *walk) sighted(what string, b *tab, since float64) {
	w.t.Helper()
	b.until(what, `window.walkSeen`)
	w.seen = append(w.seen, sighting{what, js[float64](b, `window.walkSeen`) - since})
}

func (w *walk) ready() string {
	return fmt.Sprintf(`document.querySelector("#order-%s .ready")`, w.number)
}

/* ---- what redis-cli would show ---- */

// tags are those of the partitions in which orders lie.
func (w *walk) tags() []string {
	if _, cluster := w.redis.(*redis.ClusterClient); !cluster {
		return []string{""}
	}
	var tags []string
	for i := range rdb.ClusterPartitions {
		tags = append(tags, fmt.Sprintf("{p%02d}", i))
	}
	return tags
}

// key is a key of the walk's order.
func (w *walk) key(name string) string {
	number, err := strconv.Atoi(w.number)
	if err != nil {
		w.t.Fatal(err)
	}
	tags := w.tags()
	return name + tags[number%len(tags)]
}

func (w *walk) get(command, key string) []string {
	w.t.Helper()
	all, err := w.redis.Do(w.t.Context(), command, key, 0, -1).StringSlice()
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

func (w *walk) members(status string) []string {
	var members []string
	for _, tag := range w.tags() {
		members = append(members, w.get("LRANGE", status+".orders"+tag)...)
	}
	return members
}

var statuses = []string{"received", "backordered", "placed", "ready", "sent", "delivered", "cancelled", "returned"}

func (w *walk) everyList() []string {
	var all []string
	for _, status := range statuses {
		for _, member := range w.members(status) {
			all = append(all, status+" "+member)
		}
	}
	return all
}

// lies fails the test unless the order is in the list of this status, once, and in no other.
func (w *walk) lies(status string) {
	w.t.Helper()
	ctx := w.t.Context()
	if got := w.redis.Get(ctx, w.key("order:"+w.number+":status")).Val(); got != status {
		w.t.Errorf("order:%s:status is %q, not %q", w.number, got, status)
	}
	if got := w.redis.HGet(ctx, w.key("order:"+w.number), "status").Val(); got != status {
		w.t.Errorf("order:%s says status %q, not %q", w.number, got, status)
	}
	var in []string
	for _, entry := range w.everyList() {
		if strings.HasSuffix(entry, " order:"+w.number) {
			in = append(in, strings.Fields(entry)[0])
		}
	}
	if !slices.Equal(in, []string{status}) {
		w.t.Errorf("the order is in the lists %v, not in %s.orders alone", in, status)
	}
}

// hears waits until somebody's board has a sentence of the channel.
func (w *walk) hears(sentence string) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 5*time.Second)
	defer cancel()
	for ctx.Err() == nil {
		for _, list := range []string{"warehouse1:messages", "{warehouse1}:messages"} {
			for _, message := range w.redis.LRange(ctx, list, 0, -1).Val() {
				if strings.Contains(message, sentence) {
					return
				}
			}
		}
		time.Sleep(20 * time.Millisecond)
	}
	w.t.Errorf("nobody heard %q", sentence)
}
