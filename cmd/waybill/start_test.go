package main

import (
	"errors"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"waybill/store/storetest"
)

// TestStopLeavesNothingRunning starts the shop with a Redis of its own, orders something,
// stops it, and starts it again on the same data.
func TestStopLeavesNothingRunning(t *testing.T) {
	before, dir := runtime.NumGoroutine(), t.TempDir()
	first := openShop(t, map[string]string{"WAYBILL_DATA_DIR": dir}, "--demo")
	child := redisProcess(t, first)
	buyer := newReader(t, first.base)
	number := buyer.buys("Wool blanket", "Sopot", "81-704")
	track := buyer.at.Path
	first.close()
	if err := syscall.Kill(child, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("redis-server %d after the end: %v", child, err)
	}
	buyer.client.CloseIdleConnections()

	second := openShop(t, map[string]string{"WAYBILL_DATA_DIR": dir}, "--demo")
	buyer = newReader(t, second.base)
	buyer.open(track)
	buyer.sees("Order "+number, "Wool blanket", "Sopot")
	client := second.redis()
	if queue := client.LRange(t.Context(), "placed.orders", 0, -1).Val(); len(queue) != 4 || slices.Index(queue, "order:"+digits(number)) < 0 {
		t.Errorf("placed.orders after the second start: %v", queue)
	}
	_ = client.Close()
	second.close()
	buyer.client.CloseIdleConnections()
	goroutinesBack(t, before)
}

// redisProcess asks the shop's Redis for its process id.
func redisProcess(t *testing.T, s *shop) int {
	t.Helper()
	client := s.redis()
	defer func() { _ = client.Close() }()
	info, err := client.Info(t.Context(), "server").Result()
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`process_id:(\d+)`).FindStringSubmatch(info)
	if found == nil {
		t.Fatalf("no process id in:\n%s", info)
	}
	pid, err := strconv.Atoi(found[1])
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

// TestFirstAccountOutlivesTheStart makes the first account by its form, with a slip on the
// way, and signs in with the password after a restart.
func TestFirstAccountOutlivesTheStart(t *testing.T) {
	server := storetest.Redis(t)
	environment := map[string]string{"WAYBILL_REDIS": server.URL()}
	first := openShop(t, environment)
	link := regexp.MustCompile(`http://\S+(/setup\?token=\S+)`).FindStringSubmatch(first.greeting)
	if link == nil {
		t.Fatalf("no link to set up:\n%s", first.greeting)
	}
	boss := newReader(t, first.base)
	boss.open("/signin")
	if boss.button("Clerk") != nil {
		t.Error("one-click sign-in outside the demo")
	}
	boss.open(link[1])
	boss.press("Make the account", "name", "The Boss", "login", "boss", "password", "short")
	if boss.sent != 422 || boss.value("f-login") != "boss" || boss.value("f-password") != "" {
		t.Errorf("a short password: %d, login %q", boss.sent, boss.value("f-login"))
	}
	boss.press("Make the account", "password", "a long enough password")
	if boss.at.Path != "/admin" {
		t.Fatalf("after the set-up at %s:\n%s", boss.at, boss.text())
	}
	for range 2 {
		if boss.open(link[1]); boss.code != 404 {
			t.Errorf("the link works twice: %d", boss.code)
		}
	}
	first.close()

	second := openShop(t, environment)
	if strings.Contains(second.greeting, "/setup") {
		t.Errorf("a shop with an account offers to set up:\n%s", second.greeting)
	}
	boss = newReader(t, second.base)
	boss.open("/admin")
	boss.press("Sign in", "login", "boss", "password", "a wrong password")
	if boss.sent != 422 || boss.value("f-login") != "boss" {
		t.Errorf("a wrong password: %d, login %q", boss.sent, boss.value("f-login"))
	}
	boss.press("Sign in", "password", "a long enough password")
	if boss.at.Path != "/admin" {
		t.Errorf("signed in, and at %s:\n%s", boss.at, boss.text())
	}
}

// TestTheDemoServedWithoutDemo says who is in a shop that was set up as the demo: people without a password, who
// get in by one click or not at all.
func TestTheDemoServedWithoutDemo(t *testing.T) {
	server := storetest.Redis(t)
	demoShop(t, server.URL()).close()
	s := openShop(t, map[string]string{"WAYBILL_REDIS": server.URL()})
	link := regexp.MustCompile(`http://\S+(/setup\?token=\S+)`).FindStringSubmatch(s.greeting)
	if link == nil || strings.Contains(s.greeting, "no account") || !strings.Contains(s.greeting, "get in with --demo only") {
		t.Fatalf("the greeting says:\n%s", s.greeting)
	}
	boss := newReader(t, s.base)
	boss.open(link[1])
	boss.press("Make the account", "name", "The Boss", "login", "boss", "password", "a long enough password")
	if boss.at.Path != "/admin" {
		t.Errorf("after the set-up at %s:\n%s", boss.at, boss.text())
	}
}

// TestMemoryIsAnnouncedOnEveryPage keeps nobody in the dark about data that will be gone.
func TestMemoryIsAnnouncedOnEveryPage(t *testing.T) {
	s := demoShop(t, inMemory)
	admin := newReader(t, s.base)
	admin.open("/signin")
	admin.press("Administrator")
	for _, path := range []string{"/", "/order", "/warehouses", "/warehouses/warehouse2", "/courier", "/service", "/service/orders/123", "/admin", "/no-such-page"} {
		admin.open(path)
		if notice := first(all(admin.page, withClass("notice"))); notice == nil || !strings.Contains(words(notice), "in memory only") {
			t.Errorf("%s (%d) does not say that data will be gone", path, admin.code)
		}
	}
}
