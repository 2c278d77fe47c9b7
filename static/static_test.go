package static

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

// get asks the handler for one path.
func get(a *Assets, path, encoding string) *http.Response {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Accept-Encoding", encoding)
	w := httptest.NewRecorder()
	a.Handler().ServeHTTP(w, r)
	return w.Result()
}

func TestHandlerServesHashedNamesForEver(t *testing.T) {
	a, err := New()
	if err != nil {
		t.Fatal(err)
	}
	for name, kind := range map[string]string{
		"css/app.css": "text/css; charset=utf-8", "js/forms.js": "text/javascript; charset=utf-8",
		"favicon.svg": "image/svg+xml", "products/prod1.svg": "image/svg+xml",
	} {
		url := a.URL(name)
		if !regexp.MustCompile(`^/static/.+\.[0-9a-f]{10}\.[a-z]+$`).MatchString(url) {
			t.Errorf("URL(%s) = %s has no hash", name, url)
		}
		res := get(a, url, "")
		body, _ := io.ReadAll(res.Body)
		if res.StatusCode != 200 || len(body) == 0 || res.Header.Get("Content-Type") != kind {
			t.Errorf("%s: %d, %d bytes of %s", url, res.StatusCode, len(body), res.Header.Get("Content-Type"))
		}
		if got := res.Header.Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
			t.Errorf("%s: Cache-Control %q", url, got)
		}
		plain := get(a, Prefix+name, "")
		if got := plain.Header.Get("Cache-Control"); plain.StatusCode != 200 || strings.Contains(got, "immutable") {
			t.Errorf("%s under its plain name: %d, %q", name, plain.StatusCode, got)
		}
		packed := get(a, url, "gzip")
		zr, err := gzip.NewReader(packed.Body)
		if err != nil {
			t.Fatalf("%s: %v", url, err)
		}
		if unpacked, _ := io.ReadAll(zr); string(unpacked) != string(body) {
			t.Errorf("%s: compressed and plain body differ", url)
		}
	}
}

// The worker may look after the courier's page, and nothing else of ours may do so.
func TestWorkerMayLeaveItsFolder(t *testing.T) {
	a, err := New()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"js/courier-worker.js": "/courier", "js/courier.js": "", "css/app.css": ""} {
		if got := get(a, a.URL(name), "gzip").Header.Get("Service-Worker-Allowed"); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestHandlerRefusesTheRest(t *testing.T) {
	a, err := New()
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/static/", "/static/css", "/static/css/", "/static/none.css", "/static/static.go", "/static/../static.go", "/static/css/none.0000000000.css", "/static/css/app.000000000.css"} {
		if res := get(a, path, "gzip"); res.StatusCode != 404 {
			t.Errorf("%s: %d, want 404", path, res.StatusCode)
		}
	}
	w := httptest.NewRecorder()
	a.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodPost, a.URL(Bundle), nil))
	if w.Code != 405 {
		t.Errorf("POST: %d, want 405", w.Code)
	}
}

// A page of another version asks for names with other hashes: it gets what we have, and keeps it nowhere.
func TestNamesOfAnotherVersion(t *testing.T) {
	a, err := New()
	if err != nil {
		t.Fatal(err)
	}
	res, ours := get(a, "/static/css/app.0000000000.css", ""), get(a, a.URL("css/app.css"), "")
	body, _ := io.ReadAll(res.Body)
	want, _ := io.ReadAll(ours.Body)
	if res.StatusCode != 200 || string(body) != string(want) || res.Header.Get("Cache-Control") != "no-cache" {
		t.Errorf("%d, %d bytes, %q", res.StatusCode, len(body), res.Header.Get("Cache-Control"))
	}
}

// comments are what a style sheet says to people. A rule that slid into one takes a brace with it.
var comments = regexp.MustCompile(`(?s)/\*.*?\*/`)

// TestStylesFitThePolicy keeps out what the content security policy would refuse.
func TestStylesFitThePolicy(t *testing.T) {
	a, err := New()
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range a.plain {
		if strings.HasSuffix(name, ".css") && regexp.MustCompile(`@import|url\((?:["']?)https?:|//`).Match(f.body) {
			t.Errorf("%s reaches outside", name)
		}
		if rules := comments.ReplaceAllString(string(f.body), ""); strings.HasSuffix(name, ".css") && strings.Count(rules, "{") != strings.Count(rules, "}") {
			t.Errorf("%s: braces do not match once the comments are gone", name)
		}
		if strings.HasSuffix(name, ".svg") && regexp.MustCompile(`(?i)<script|\son[a-z]+=|href="http`).Match(f.body) {
			t.Errorf("%s holds a script or a link", name)
		}
	}
}
