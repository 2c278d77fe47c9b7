package faults

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// promise is what one wish was told.
type promise struct {
	Key    string
	Number string
	Status string // in the first answer that acknowledged it
	Scarce bool   // asks for the scarce product too
	Void   bool   // was told that it is cancelled
}

// crowd are customers who order without pause, each on all nodes in turn. Whoever gets no answer, or a
// 5xx, asks another node with the same key, as a browser or a partner's program does.
type crowd struct {
	t      *testing.T
	nodes  []*node
	client *http.Client
	stop   context.CancelFunc
	wait   sync.WaitGroup
	wishes atomic.Int64
	failed atomic.Int64 // answers 5xx, or none

	mu       sync.Mutex
	promises []promise
	times    []time.Duration // of the answers that acknowledged an order
	slowest  time.Duration   // of all answers
	trouble  string          // the last answer that was none of the expected ones
}

// order lets so many customers begin. They go on until end.
func order(t *testing.T, customers int, nodes ...*node) *crowd {
	ctx, cancel := context.WithCancel(context.Background())
	c := &crowd{t: t, nodes: nodes, stop: cancel, client: &http.Client{
		Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: customers},
	}}
	for range customers {
		c.wait.Go(func() {
			for ctx.Err() == nil {
				c.buy(ctx, c.wishes.Add(1))
			}
		})
	}
	t.Cleanup(c.end)
	return c
}

// end lets everybody finish the wish that they are at.
func (c *crowd) end() {
	c.stop()
	c.wait.Wait()
}

// acknowledged is how many wishes were promised an order so far.
func (c *crowd) acknowledged() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.promises)
}

// more waits until so many more orders were acknowledged.
func (c *crowd) more(count int) {
	c.t.Helper()
	goal := c.acknowledged() + count
	defer func() {
		if c.t.Failed() {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.t.Logf("the last trouble: %s", c.trouble)
		}
	}()
	await(c.t, fmt.Sprintf("%d more orders are acknowledged", count), func() bool { return c.acknowledged() >= goal })
}

const (
	common = "prod1" // of which there is plenty
	scarce = "prod2" // of which there is little
)

// buy makes one wish come true, or is told that it cannot.
func (c *crowd) buy(ctx context.Context, wish int64) {
	key := fmt.Sprintf("wish-%06d", wish)
	asks := wish%3 == 0
	lines := fmt.Sprintf(`[{"product":%q,"quantity":1}]`, common)
	if asks {
		lines = fmt.Sprintf(`[{"product":%q,"quantity":1},{"product":%q,"quantity":1}]`, common, scarce)
	}
	body := fmt.Sprintf(`{"recipient":{"name":%q,"email":"a@example.com","address":{"line1":"Rynek 1","city":"Kraków","postal_code":"31-042","country":"PL"}},"lines":%s}`, key, lines)
	for try := 0; ; try++ {
		at := c.nodes[(int(wish)+try)%len(c.nodes)]
		began := time.Now()
		code, number, status := c.send(at, key, body)
		took := time.Since(began)
		c.mu.Lock()
		c.slowest = max(c.slowest, took)
		c.mu.Unlock()
		switch {
		case code == http.StatusCreated || code == http.StatusAccepted || code == http.StatusOK:
			made := promise{Key: key, Number: number, Status: status, Scarce: asks}
			made.Void = wish%7 == 0 && c.cancel(at, number)
			c.mu.Lock()
			c.promises, c.times = append(c.promises, made), append(c.times, took)
			c.mu.Unlock()
			return
		case code != 0 && code < 500 && code != http.StatusConflict:
			c.t.Errorf("%s: answer %d on %s", key, code, at.name)
			return
		case code == http.StatusConflict:
			return // too little of the scarce product
		case ctx.Err() != nil && try > 20:
			return
		}
		c.failed.Add(1)
		time.Sleep(20 * time.Millisecond)
	}
}

// cancel tells whether an order was acknowledged as cancelled. One try: whoever is told nothing keeps it.
func (c *crowd) cancel(at *node, number string) bool {
	code, _, _ := c.post(at, "/orders/"+number+"/cancel", "", `{"reason":"changed my mind"}`)
	return code == http.StatusOK
}

// send places an order on one node; code 0 means that no answer came.
func (c *crowd) send(at *node, key, body string) (code int, number, status string) {
	return c.post(at, "/orders", key, body)
}

func (c *crowd) post(at *node, path, key, body string) (code int, number, status string) {
	request, err := http.NewRequest(http.MethodPost, at.url("/api/v1"+path), bytes.NewReader([]byte(body)))
	if err != nil {
		return 0, "", ""
	}
	request.Header.Set("Authorization", "Bearer "+apiKey)
	request.Header.Set("Content-Type", "application/json")
	if key != "" {
		request.Header.Set("Idempotency-Key", key)
	}
	response, err := c.client.Do(request)
	if err != nil {
		return 0, "", ""
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	var answer struct {
		Number string
		Status any // a problem's is a figure
	}
	if err != nil || json.Unmarshal(text, &answer) != nil {
		return 0, "", "" // cut off in the middle: no answer
	}
	if response.StatusCode >= 300 {
		c.mu.Lock()
		c.trouble = fmt.Sprintf("%s: %s", at.name, text)
		c.mu.Unlock()
	}
	return response.StatusCode, answer.Number, fmt.Sprint(answer.Status)
}

// p99 is how long all but one in a hundred acknowledged orders took at the most.
func (c *crowd) p99() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.times) == 0 {
		return 0
	}
	times := slices.Sorted(slices.Values(c.times))
	return times[len(times)*99/100]
}

func readAll(r io.Reader) string {
	text, _ := io.ReadAll(r)
	return string(text)
}

// call asks the API as an administrator's program and wants a success.
func call(t *testing.T, at *node, method, path, body string) string {
	t.Helper()
	request, err := http.NewRequest(method, at.url("/api/v1"+path), bytes.NewReader([]byte(body)))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+apiKey)
	request.Header.Set("Content-Type", "application/json")
	response, err := (&http.Client{Timeout: 10 * time.Second}).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text := readAll(response.Body)
	if response.StatusCode >= 300 {
		t.Fatalf("%s %s: %s %s", method, path, response.Status, text)
	}
	return text
}
