package api

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"

	"waybill/store"
)

const good = `{"recipient":{"name":"Anna Nowak","email":"anna@example.com","phone":"600 100 200","address":{"line1":"ul. Długa 1","line2":"","city":"Gdańsk","postal_code":"80827","country":"PL"}},"lines":[{"product":"prod1","quantity":2}],"speed":"standard","backorder":"deny"}`

// swap gives the good body with a part exchanged.
func swap(old, new string) string {
	if !strings.Contains(good, old) {
		panic("not in the good body: " + old)
	}
	return strings.Replace(good, old, new, 1)
}

// TestBadBodies goes through the ways in which a body can be wrong: each has its status,
// names the place, and reaches nobody.
func TestBadBodies(t *testing.T) {
	e, s := open(t, OneKey(secret))
	many := strings.TrimSuffix(strings.Repeat(`{"product":"prod1","quantity":1},`, 500), ",")
	for name, c := range map[string]struct {
		body   string
		status int
		says   string
	}{
		"empty":                  {"", 400, "empty"},
		"blank":                  {" \n", 400, "empty"},
		"malformed":              {`{"lines":`, 400, "not valid JSON"},
		"not JSON":               {`<order/>`, 400, "not valid JSON"},
		"trailing comma":         {swap(`"deny"}`, `"deny",}`), 400, "not valid JSON"},
		"trailing value":         {good + `{}`, 400, "after the end"},
		"trailing text":          {good + `x`, 400, "not valid JSON"},
		"byte order mark":        {"\ufeff" + good, 400, "not valid JSON"},
		"NaN":                    {swap(`:2}`, `:NaN}`), 400, "not valid JSON"},
		"leading zero":           {swap(`:2}`, `:02}`), 400, "not valid JSON"},
		"duplicate name":         {swap(`"city":`, `"city":"Kraków","city":`), 400, `"body.recipient.address.city"`},
		"duplicate by escape":    {swap(`"city":`, `"cit\u0079":"Kraków","city":`), 400, "stands twice"},
		"duplicate by capitals":  {swap(`"speed":`, `"SPEED":"express","speed":`), 422, `"body.SPEED"`},
		"invalid UTF-8":          {swap("Anna", "An\xff"), 400, "UTF-8"},
		"lone surrogate":         {swap("Anna", `An\ud800`), 400, "surrogate"},
		"raw NUL":                {swap("Anna", "An\x00"), 400, "not valid JSON"},
		"escaped NUL":            {swap("Anna", `An\u0000`), 422, `"body.recipient.name"`},
		"bidi":                   {swap("Gdańsk", `Gda\u202esk`), 422, `"body.recipient.address.city"`},
		"deep":                   {strings.Repeat("[", 50_000), 400, "deeper"},
		"many values":            {"[" + strings.Repeat("1,", 30_000) + "1]", 413, "more than"},
		"large":                  {`"` + strings.Repeat("a", 1<<20) + `"`, 413, "larger"},
		"array":                  {`[]`, 422, `"body"`},
		"null":                   {`null`, 422, `"body"`},
		"string":                 {`"order"`, 422, `"body"`},
		"no fields":              {`{}`, 422, `"body.recipient"`},
		"unknown field":          {swap(`"speed":`, `"status":"sent","speed":`), 422, `"body.status"`},
		"unknown inside":         {swap(`"city":`, `"street":"x","city":`), 422, `"body.recipient.address.street"`},
		"name missing":           {swap(`"name":"Anna Nowak",`, ``), 422, `"body.recipient.name"`},
		"name a number":          {swap(`"Anna Nowak"`, `5`), 422, `"body.recipient.name"`},
		"name null":              {swap(`"Anna Nowak"`, `null`), 422, `"body.recipient.name"`},
		"name blank":             {swap(`"Anna Nowak"`, `"  "`), 422, `"body.recipient.name"`},
		"name long":              {swap(`"Anna Nowak"`, `"`+strings.Repeat("a", 101)+`"`), 422, `"body.recipient.name"`},
		"e-mail":                 {swap(`anna@example.com`, `anna`), 422, `"body.recipient.email"`},
		"phone":                  {swap(`600 100 200`, `call me`), 422, `"body.recipient.phone"`},
		"postal code":            {swap(`80827`, `8082`), 422, `"body.recipient.address.postal_code"`},
		"country":                {swap(`"PL"`, `"ZZ"`), 422, `"body.recipient.address.country"`},
		"address null":           {swap(`"address":{"line1":"ul. Długa 1","line2":"","city":"Gdańsk","postal_code":"80827","country":"PL"}`, `"address":null`), 422, `"body.recipient.address"`},
		"speed":                  {swap(`"standard"`, `"warp"`), 422, `"body.speed"`},
		"backorder":              {swap(`"deny"`, `true`), 422, `"body.backorder"`},
		"lines empty":            {swap(`{"product":"prod1","quantity":2}`, ``), 422, `"body.lines"`},
		"lines null":             {swap(`[{"product":"prod1","quantity":2}]`, `null`), 422, `"body.lines"`},
		"lines an object":        {swap(`[{"product":"prod1","quantity":2}]`, `{}`), 422, `"body.lines"`},
		"500 lines":              {swap(`{"product":"prod1","quantity":2}`, many), 422, `"body.lines"`},
		"product":                {swap(`"prod1"`, `"a b"`), 422, `"body.lines[0].product"`},
		"added up too many":      {swap(`"quantity":2}`, `"quantity":999},{"product":"prod1","quantity":1}`), 422, `"body.lines[0].quantity"`},
		"place after adding up":  {swap(`"quantity":2}`, `"quantity":2},{"product":"prod1","quantity":2},{"product":"prod2","quantity":0}`), 422, `"body.lines[2].quantity"`},
		"quantity 0":             {swap(`:2}`, `:0}`), 422, `"body.lines[0].quantity"`},
		"quantity -1":            {swap(`:2}`, `:-1}`), 422, `"body.lines[0].quantity"`},
		"quantity 1.5":           {swap(`:2}`, `:1.5}`), 422, `"body.lines[0].quantity"`},
		"quantity 1e3":           {swap(`:2}`, `:1e3}`), 422, `"body.lines[0].quantity"`},
		"quantity 1000":          {swap(`:2}`, `:1000}`), 422, `"body.lines[0].quantity"`},
		"quantity 2^63":          {swap(`:2}`, `:9223372036854775808}`), 422, `"body.lines[0].quantity"`},
		"quantity of 400 digits": {swap(`:2}`, `:`+strings.Repeat("9", 400)+`}`), 422, `"body.lines[0].quantity"`},
		"quantity a string":      {swap(`:2}`, `:"2"}`), 422, `"body.lines[0].quantity"`},
		"quantity a list":        {swap(`:2}`, `:[2]}`), 422, `"body.lines[0].quantity"`},
	} {
		t.Run(name, func(t *testing.T) {
			w := ask(e, "POST", "/api/v1/orders", strings.NewReader(c.body))
			isProblem(t, w, c.status)
			if !strings.Contains(w.Body.String(), c.says) {
				t.Errorf("does not say %s: %.400s", c.says, w.Body)
			}
			for _, leak := range []string{"api.", "Go ", "struct", "json:"} {
				if strings.Contains(w.Body.String(), leak) {
					t.Errorf("says %q: %.400s", leak, w.Body)
				}
			}
		})
	}
	if len(s.wishes) > 0 {
		t.Errorf("%d bad bodies were placed", len(s.wishes))
	}
}

// TestEverythingAtOnce: what is wrong in form and what is wrong in substance are named in
// one answer, each place once, and nothing of it is sent back.
func TestEverythingAtOnce(t *testing.T) {
	e, _ := open(t, OneKey(secret))
	body := strings.NewReplacer(`"Anna Nowak"`, `7`, "anna@example.com", "anna-at-example", `:2}`, `:0}`, `"standard"`, `"warp"`).Replace(good)
	w := ask(e, "POST", "/api/v1/orders", strings.NewReader(body), "Idempotency-Key:")
	isProblem(t, w, 422)
	for _, where := range []string{"header.Idempotency-Key", "body.recipient.name", "body.recipient.email", "body.lines[0].quantity", "body.speed"} {
		if n := strings.Count(w.Body.String(), `"`+where+`"`); n != 1 {
			t.Errorf("%s is named %d times: %s", where, n, w.Body)
		}
	}
	if strings.Contains(w.Body.String(), "anna-at-example") || strings.Contains(w.Body.String(), `"value"`) {
		t.Errorf("sent back what was sent: %s", w.Body)
	}
}

// TestAnswersStaySmall: a body of nothing but mistakes is not answered with a larger one.
func TestAnswersStaySmall(t *testing.T) {
	e, _ := open(t, OneKey(secret))
	var b strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&b, `,"x%d":1`, i)
	}
	w := ask(e, "POST", "/api/v1/orders", strings.NewReader(swap(`"deny"}`, `"deny"`+b.String()+`}`)))
	isProblem(t, w, 422)
	if w.Body.Len() > 8000 {
		t.Errorf("the answer has %d bytes", w.Body.Len())
	}
}

func TestBadHeaders(t *testing.T) {
	e, s := open(t, OneKey(secret))
	for name, c := range map[string]struct {
		header string
		status int
		says   string
	}{
		"no idempotency key":       {"Idempotency-Key:", 422, "1 to 255"},
		"long idempotency key":     {"Idempotency-Key: " + strings.Repeat("k", 256), 422, "1 to 255"},
		"odd idempotency key":      {"Idempotency-Key: klucz-ł", 422, "printable ASCII"},
		"form":                     {"Content-Type: application/x-www-form-urlencoded", 415, "application/json"},
		"text":                     {"Content-Type: text/plain", 415, "application/json"},
		"content type of nonsense": {"Content-Type: ;;+", 415, "application/json"},
	} {
		t.Run(name, func(t *testing.T) {
			w := ask(e, "POST", "/api/v1/orders", strings.NewReader(good), c.header)
			isProblem(t, w, c.status)
			if !strings.Contains(w.Body.String(), c.says) {
				t.Errorf("does not say %s: %s", c.says, w.Body)
			}
		})
	}
	if len(s.wishes) > 0 {
		t.Errorf("%d bad requests were placed", len(s.wishes))
	}
	for _, ct := range []string{"Content-Type:", "Content-Type: application/json; charset=utf-8", "Content-Type: Application/JSON", "Accept: text/html"} {
		if w := ask(e, "POST", "/api/v1/orders", strings.NewReader(good), ct); w.Code != http.StatusCreated {
			t.Errorf("%q: %d %s", ct, w.Code, w.Body)
		}
	}
}

func TestBodyBreaksOff(t *testing.T) {
	e, _ := open(t, OneKey(secret))
	isProblem(t, ask(e, "POST", "/api/v1/orders", io.MultiReader(strings.NewReader(good[:40]), iotest.ErrReader(io.ErrUnexpectedEOF))), 400)
	isProblem(t, ask(e, "POST", "/api/v1/orders", iotest.ErrReader(iotest.ErrTimeout)), 400)
}

// TestStoreErrors: each kind of failure has its status, and our own faults show no detail.
func TestStoreErrors(t *testing.T) {
	e, s := open(t, OneKey(secret))
	for _, c := range []struct {
		err    error
		status int
		says   string
	}{
		{&store.Error{Kind: store.Conflict, Message: "Too little.", Short: []store.Shortage{{Product: "prod1", Wanted: 2, Left: 1}}}, 409, `"shortages":[{"product":"prod1","wanted":2,"left":1}]`},
		{store.Errorf(store.Conflict, "This order is being placed right now."), 409, "being placed"},
		{&store.Error{Kind: store.Invalid, Message: "Used.", Fields: map[string]string{"idempotency_key": "Already used."}}, 422, `{"message":"Already used.","location":"header.Idempotency-Key"}`},
		{&store.Error{Kind: store.Invalid, Message: "Unknown.", Fields: map[string]string{"lines[0].product": "No such product."}}, 422, `"location":"body.lines[0].product"`},
		{store.Errorf(store.TooLarge, "Too large."), 413, "Too large."},
		{store.Errorf(store.Unavailable, "Redis cannot be reached."), 503, "Redis cannot be reached."},
		{errors.New("dial tcp 10.0.0.1: refused"), 500, "Something went wrong"},
	} {
		s.fails = c.err
		w := ask(e, "POST", "/api/v1/orders", strings.NewReader(good))
		isProblem(t, w, c.status)
		if !strings.Contains(w.Body.String(), c.says) || strings.Contains(w.Body.String(), "10.0.0.1") {
			t.Errorf("%v: %s", c.err, w.Body)
		}
		if (w.Header().Get("Retry-After") != "") != (c.status == 503) {
			t.Errorf("%v: Retry-After %q", c.err, w.Header().Get("Retry-After"))
		}
	}
}

// FuzzBody: whatever a partner sends, the answer is a success or says what is wrong, and
// what is placed is an order that the shop's own rules allow.
func FuzzBody(f *testing.F) {
	for _, body := range []string{good, `{}`, `[`, swap(`:2}`, `:2e0}`), swap("Anna", `\u202e`), swap(`"PL"`, `"pl"`), "\xff"} {
		f.Add(body)
	}
	e, s := open(f, OneKey(secret))
	f.Fuzz(func(t *testing.T, body string) {
		clear(s.placed)
		s.wishes = nil
		w := ask(e, "POST", "/api/v1/orders", strings.NewReader(body))
		if w.Code != http.StatusCreated {
			if w.Code < 400 || w.Code > 499 {
				t.Fatalf("%d %s", w.Code, w.Body)
			}
			isProblem(t, w, w.Code)
			return
		}
		for _, wish := range s.wishes {
			if err := wish.Draft.Check(); err != nil {
				t.Errorf("placed a bad order: %v", err)
			}
		}
	})
}
