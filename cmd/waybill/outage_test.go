package main

import (
	"io"
	"strings"
	"testing"
	"time"

	"waybill/store/storetest"
)

// TestANodeStartsWithoutRedis: a node that has served the shop before shows it from its copies while Redis
// is away, one that has not says what is missing, and both of them find Redis when it is back.
func TestANodeStartsWithoutRedis(t *testing.T) {
	server := storetest.Redis(t)
	link := storetest.Proxy(t, server.Addr())
	environment := map[string]string{"WAYBILL_REDIS": link.URL(), "WAYBILL_DATA_DIR": t.TempDir()}
	before := openShop(t, environment, "--demo")
	buyer := newReader(t, before.base)
	number := buyer.buys("Wool blanket", "Sopot", "81-704")
	track := buyer.at.Path
	before.close()
	link.Cut()
	stranger := []string{"serve", "--addr", "127.0.0.1:0", "--redis", link.URL(), "--data-dir", t.TempDir()}
	if err := run(t.Context(), stranger, func(string) string { return "" }, io.Discard); err == nil || !strings.Contains(err.Error(), "does not answer") || !strings.Contains(err.Error(), "knows of none") {
		t.Errorf("a node that knows nothing: %v", err)
	}

	s := openShop(t, environment, "--demo")
	if !strings.Contains(s.greeting, "Redis is away") {
		t.Errorf("the greeting says nothing of it:\n%s", s.greeting)
	}
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 200} {
		if code, _, _ := get(t, browser(t), s.base+path, nil); code != want {
			t.Errorf("%s: %d, want %d", path, code, want)
		}
	}
	buyer = newReader(t, s.base)
	buyer.open(track)
	buyer.sees(number, "We have your order", "We cannot look up how far it has come just now", "Wool blanket")
	buyer.open("/")
	buyer.sees("Wool blanket", "We cannot look at our shelves just now", " left at ")
	buyer.press("Add Wool blanket")
	buyer.sees("Added 1 × Wool blanket")
	buyer.open("/order")
	buyer.sees("Wool blanket", "We cannot work out the dates just now")

	link.Heal()
	await(t, 10*time.Second, "the shop shows what there is now", func() bool {
		buyer.open("/")
		return !strings.Contains(buyer.text(), "We cannot look at our shelves")
	})
	buyer.open(track)
	buyer.sees(number, "Arrives", "Sopot")
}

// TestTheJournalIsOfOneShop refuses a Redis that is empty, or another shop's, where the disk knows a shop.
func TestTheJournalIsOfOneShop(t *testing.T) {
	environment := map[string]string{"WAYBILL_REDIS": storetest.Redis(t).URL(), "WAYBILL_DATA_DIR": t.TempDir()}
	openShop(t, environment).close()
	other := storetest.Redis(t)
	serve := func() error {
		args := []string{"serve", "--addr", "127.0.0.1:0", "--redis", other.URL(), "--data-dir", environment["WAYBILL_DATA_DIR"]}
		return run(t.Context(), args, func(string) string { return "" }, io.Discard)
	}
	if err := serve(); err == nil || !strings.Contains(err.Error(), "is empty") {
		t.Errorf("an empty Redis: %v", err)
	}
	openShop(t, map[string]string{"WAYBILL_REDIS": other.URL()}).close()
	if err := serve(); err == nil || !strings.Contains(err.Error(), "another shop") {
		t.Errorf("another shop's: %v", err)
	}
}
