package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"waybill/store/storetest"
	"waybill/web"
)

// answerLimit is a second and a half, and as much again for a machine on which many tests run at once.
const answerLimit = 3 * time.Second

// TestNobodyWaitsInAnOutage asks for every page and sends every form at the same moment, while Redis is
// lost in each of the ways in which it can be: all are answered, in time, and none with a defect.
func TestNobodyWaitsInAnOutage(t *testing.T) {
	server := storetest.Redis(t)
	link := storetest.Proxy(t, server.Addr())
	s := openShop(t, map[string]string{"WAYBILL_REDIS": link.URL(), "WAYBILL_API_KEY": "a key for tests", "WAYBILL_PLACE_WITHIN": "250ms"}, "--demo")
	buyer := newReader(t, s.base)
	number := digits(buyer.buys("Wool blanket", "Sopot", "81-704"))
	visitors := everyRequest(t, s.base, number, buyer.at.Path)
	for _, fault := range []struct {
		name        string
		begin, heal func()
	}{
		{"reset and refused", link.Cut, link.Heal},
		{"black hole", link.Hold, link.Heal},
		{"stopped", server.Stop, server.Cont},
		{"slow", func() { link.Slow(700 * time.Millisecond) }, link.Heal},
		{"sluggish", func() { link.Slow(300 * time.Millisecond) }, link.Heal}, // each question is answered in time, many are not
	} {
		t.Run(fault.name, func(t *testing.T) {
			fault.begin()
			defer fault.heal()
			for _, when := range []string{"at first", "and then"} {
				longest, slowest := burst(t, visitors)
				t.Logf("%s: %d requests, the longest answer after %v (%s)", when, len(visitors), longest.Round(time.Millisecond), slowest)
				if longest > answerLimit {
					t.Errorf("%s: %s took %v", when, slowest, longest)
				}
			}
			fault.heal()
			await(t, 10*time.Second, "pages for staff are back", func() bool {
				response, err := visitors[0].client.Get(s.base + "/service")
				if err != nil {
					return false
				}
				_ = response.Body.Close()
				return response.StatusCode == http.StatusOK
			})
		})
	}
}

// visit is one request, that can be sent again and again.
type visit struct {
	client *http.Client
	name   string
	make   func() *http.Request
}

// everyRequest makes one request for each route of the pages and of the API, as an administrator or as a
// program that may do everything.
func everyRequest(t *testing.T, base, number, track string) []visit {
	t.Helper()
	client := browser(t)
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	client.Transport = &http.Transport{MaxIdleConnsPerHost: 200}
	t.Cleanup(client.CloseIdleConnections)
	if code, _, _ := get(t, client, base+"/signin/demo", url.Values{"login": {"adam"}}); code != http.StatusSeeOther {
		t.Fatalf("signing in: %d", code)
	}
	fill := strings.NewReplacer(":id", "warehouse1", ":number", number, "/track/:token", track, ":product", "prod1", ":delivery", "none", ":file", "none")
	form := url.Values{
		"order": {number}, "number": {number}, "product": {"prod1"}, "units": {"1"}, "quantity": {"1"}, "code": {"prod1"}, "do": {"add"},
		"reason": {"a test"}, "why": {"a test"}, "text": {"no prod1 in warehouse1"}, "transfer": {"none"}, "login": {"nobody"}, "password": {"a long password"},
		"name": {"Anna Nowak"}, "email": {"anna@example.com"}, "line1": {"Długa 1"}, "city": {"Gdańsk"}, "postal_code": {"80-831"}, "country": {"PL"}, "speed": {"standard"},
		"key": {strings.Repeat("k", 26)}, "version": {"1"}, "token": {"none"}, "supplier": {"Kubek"}, "reference": {"K1"}, "due": {time.Now().AddDate(0, 0, 3).Format(time.DateOnly)}, "goods": {"prod1 4"},
	}
	var visits []visit
	add := func(method, path, kind, body string) {
		visits = append(visits, visit{client, method + " " + path, func() *http.Request {
			r, err := http.NewRequest(method, base+path, strings.NewReader(body))
			if err != nil {
				panic(err)
			}
			r.Header.Set("Content-Type", kind)
			if strings.HasPrefix(path, "/api/") {
				r.Header.Set("Authorization", "Bearer a key for tests")
				r.Header.Set("Idempotency-Key", fmt.Sprintf("%d", time.Now().UnixNano()))
			}
			return r
		}})
	}
	for _, route := range (web.Handlers{}).Routes() {
		switch path := fill.Replace(route.Path); {
		case path == "/signout": // the others come as somebody
		case route.Method == http.MethodGet:
			add(route.Method, path, "", "")
		case path == "/admin/stock":
			add(route.Method, path, "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\nwarehouse,product,on_hand\nwarehouse1,prod1,3\n\r\n--x--\r\n")
		default:
			add(route.Method, path, "application/x-www-form-urlencoded", form.Encode())
		}
	}
	const json = "application/json"
	add("POST", "/api/v1/orders", json, `{"recipient":{"name":"A","email":"a@example.com","address":{"line1":"x","city":"Gdańsk","postal_code":"80-831","country":"PL"}},"lines":[{"product":"prod1","quantity":1}]}`)
	add("GET", "/api/v1/orders/"+number, json, "")
	add("POST", "/api/v1/orders/"+number+"/cancel", json, `{}`)
	add("GET", "/api/v1/warehouses/warehouse1/stock", json, "")
	add("PUT", "/api/v1/warehouses/warehouse1/stock/prod1", json, `{"on_hand":500}`)
	add("POST", "/api/v1/warehouses/warehouse1/receipts", json, `{"lines":[{"product":"prod1","quantity":1}]}`)
	return visits
}

var requestNumber = regexp.MustCompile(`<code>[A-Z2-7]{16}</code>`)

// burst sends all requests at once and judges what comes back.
func burst(t *testing.T, visits []visit) (longest time.Duration, slowest string) {
	t.Helper()
	var all sync.WaitGroup
	var mu sync.Mutex
	for _, v := range visits {
		all.Go(func() {
			began := time.Now()
			response, err := v.client.Do(v.make())
			if err != nil {
				t.Errorf("%s: %v", v.name, err)
				return
			}
			body, err := io.ReadAll(response.Body)
			_ = response.Body.Close()
			took := time.Since(began)
			mu.Lock()
			defer mu.Unlock()
			if took > longest {
				longest, slowest = took, v.name
			}
			kind := response.Header.Get("Content-Type")
			switch code := response.StatusCode; {
			case err != nil || code >= 500 && code != 503:
				t.Errorf("%s: %d, %v\n%s", v.name, code, err, body)
			case code != 503:
			case response.Header.Get("Retry-After") == "":
				t.Errorf("%s: nothing says when to come back", v.name)
			case strings.Contains(v.name, "/api/"):
				if kind != "application/problem+json" {
					t.Errorf("%s: %s", v.name, kind)
				}
			case !requestNumber.Match(body) && !strings.Contains(string(body), "typed is still here"):
				t.Errorf("%s: a page without a number:\n%s", v.name, body)
			}
		})
	}
	all.Wait()
	return longest, slowest
}
