package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// said collects what a running program prints.
type said struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// start runs `waybill serve` in memory on a free port and waits until it greets. The stop
// that it gives ends it as Ctrl-C does, and returns what run returned.
func start(t *testing.T, args ...string) (greeting, base string, stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var out said
	done := make(chan error, 1)
	args = append([]string{"serve", "--addr", "127.0.0.1:0", "--redis", "memory", "--data-dir", t.TempDir()}, args...)
	go func() { done <- run(ctx, args, patiently(nil), &out) }()
	end := sync.OnceValue(func() error { cancel(); return <-done })
	t.Cleanup(func() { _ = end() })
	for deadline := time.Now().Add(time.Minute); !strings.Contains(out.String(), "Ctrl-C"); time.Sleep(10 * time.Millisecond) {
		select {
		case err := <-done:
			done <- err
			t.Fatalf("it ended by itself: %v", err)
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("no greeting:\n%s", out.String())
		}
	}
	return out.String(), regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(out.String()), end
}

// browser keeps cookies and follows redirects.
func browser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar, Timeout: 10 * time.Second}
}

// get reads a page; a form is sent when there is one.
func get(t *testing.T, client *http.Client, address string, form url.Values) (int, string, *http.Response) {
	t.Helper()
	var response *http.Response
	var err error
	if form == nil {
		response, err = client.Get(address)
	} else {
		response, err = client.PostForm(address, form)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body), response
}

func TestNewShopFromTheFirstAccountToTheEnd(t *testing.T) {
	greeting, base, stop := start(t)
	link := regexp.MustCompile(`http://\S+/setup\?token=\S+`).FindString(greeting)
	if link == "" || !strings.Contains(greeting, "memory only") {
		t.Fatalf("no link to set up, or no word about the memory:\n%s", greeting)
	}
	boss := browser(t)
	if code, body, _ := get(t, boss, link, nil); code != 200 || !strings.Contains(body, "memory only") {
		t.Fatalf("the set-up page: %d", code)
	}
	token := link[strings.Index(link, "=")+1:]
	form := url.Values{"token": {token}, "name": {"The Boss"}, "login": {"boss"}, "password": {"a long password"}}
	code, body, response := get(t, boss, base+"/setup", form)
	if code != 200 || response.Request.URL.Path != "/admin" || !strings.Contains(body, "The Boss") {
		t.Fatalf("after the set-up: %d at %s", code, response.Request.URL)
	}
	if code, _, _ := get(t, boss, link, nil); code != 404 {
		t.Errorf("the link still works: %d", code)
	}
	if code, _, _ := get(t, boss, base+"/signin/demo", url.Values{"login": {"boss"}}); code != 404 {
		t.Errorf("one-click sign-in outside the demo: %d", code)
	}
	if _, _, response := get(t, boss, base+"/signout", url.Values{}); response.Request.URL.Path != "/signin" {
		t.Errorf("after the sign-out: %s", response.Request.URL)
	}
	if _, _, response := get(t, boss, base+"/admin", nil); response.Request.URL.Path != "/signin" {
		t.Errorf("signed out, and still at %s", response.Request.URL)
	}
	_, _, response = get(t, boss, base+"/signin", url.Values{"login": {"boss"}, "password": {"a long password"}, "next": {"/service"}})
	if response.Request.URL.Path != "/service" {
		t.Errorf("after the sign-in: %s", response.Request.URL)
	}
	if err := stop(); err != nil {
		t.Errorf("it ended with %v", err)
	}
	if _, err := net.DialTimeout("tcp", strings.TrimPrefix(base, "http://"), time.Second); err == nil {
		t.Error("something still listens")
	}
}

func TestDemoGreetsWithItsPeople(t *testing.T) {
	greeting, base, stop := start(t, "--demo")
	if !strings.Contains(greeting, base+"/courier") || !strings.Contains(greeting, base+"/warehouses/warehouse1") {
		t.Errorf("nobody to sign in as:\n%s", greeting)
	}
	if code, _, _ := get(t, browser(t), base+"/healthz", nil); code != 200 {
		t.Errorf("/healthz after the greeting: %d", code)
	}
	cards := regexp.MustCompile(`name="login" value="([^"]+)"`)
	_, page, _ := get(t, browser(t), base+"/signin", nil)
	people := cards.FindAllStringSubmatch(page, -1)
	if len(people) < 5 {
		t.Fatalf("%d cards", len(people))
	}
	for _, card := range people {
		code, _, response := get(t, browser(t), base+"/signin/demo", url.Values{"login": {card[1]}})
		if code != 200 || response.Request.URL.Path == "/signin" {
			t.Errorf("%s: %d at %s", card[1], code, response.Request.URL)
		}
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestTakenPortIsToldPlainly(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	dir := t.TempDir()
	err = run(t.Context(), []string{"serve", "--addr", taken.Addr().String(), "--redis", "memory", "--data-dir", dir}, func(string) string { return "" }, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "--addr") {
		t.Errorf("%v", err)
	}
}

func TestSettings(t *testing.T) {
	environment := map[string]string{}
	try := func(args ...string) (string, error) {
		var out said
		err := run(t.Context(), args, func(name string) string { return environment[name] }, &out)
		return out.String(), err
	}
	if out, err := try("--help"); err != nil || !strings.Contains(out, "serve") || !strings.Contains(out, "reconcile") {
		t.Errorf("--help: %v\n%s", err, out)
	}
	if out, err := try("version"); err != nil || !strings.HasPrefix(out, "waybill ") {
		t.Errorf("version: %v, %q", err, out)
	}
	if _, err := try("dance"); err == nil {
		t.Error("an unknown command passed")
	}
	for name, bad := range map[string]string{"WAYBILL_ZONE": "Mars/Olympus", "WAYBILL_LOG_LEVEL": "loud", "WAYBILL_URL": "shop.example", "WAYBILL_DEMO": "perhaps"} {
		environment = map[string]string{name: bad, "WAYBILL_ADDR": "127.0.0.1:0", "WAYBILL_REDIS": "memory", "WAYBILL_DATA_DIR": t.TempDir()}
		if _, err := try("serve"); err == nil || !strings.Contains(err.Error(), "--"+strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(name, "WAYBILL_"), "_", "-"))) {
			t.Errorf("%s=%s: %v", name, bad, err)
		}
	}
}

// Where nobody has kept a shop there is nothing to mend, and it says so instead of praising it.
func TestReconcileWantsAShop(t *testing.T) {
	var out said
	for _, args := range [][]string{{"--redis", "memory", "--data-dir", t.TempDir()}, {"--data-dir", t.TempDir() + "/mistyped"}} {
		err := run(t.Context(), append([]string{"reconcile", "--dry-run"}, args...), func(string) string { return "" }, &out)
		if err == nil || !strings.Contains(err.Error(), "there is no shop") {
			t.Errorf("%v: %v\n%s", args, err, out.String())
		}
	}
}
