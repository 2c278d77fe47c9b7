package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const (
	benchChanges = 20               // of the stock, while all look
	benchMissed  = 10 * time.Second // a change that a page has not shown by then
)

// BenchmarkOpenPages opens many of the shop's pages at once, as sockets, and changes the stock: how much
// memory the program takes for each, and how long it takes from the change, which is sent as a program would
// send it, until a page has what it is to show. All pages are on this machine too.
func BenchmarkOpenPages(b *testing.B) {
	program := filepath.Join(b.TempDir(), "waybill")
	if output, err := exec.Command("go", "build", "-ldflags", "-s -w", "-o", program, ".").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, output)
	}
	sizes := []int{1_000}
	if large() {
		sizes = append(sizes, 10_000)
	}
	for _, size := range sizes {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			b.Setenv("WAYBILL_API_KEY", "bench")
			p := launch(b, program, b.TempDir())
			shop := &shop{t: b, base: p.base}
			time.Sleep(time.Second) // the start needs more than what follows
			idle := p.memory(b)
			crowd := openPages(b, p.base, size)
			memory := p.memory(b) - idle
			var took []time.Duration
			for n := range benchChanges {
				time.Sleep(200 * time.Millisecond) // what the last change led to has been shown
				began := crowd.expect()
				body := fmt.Sprintf(`{"on_hand":%d,"reason":"bench"}`, 3+n%5)
				if err := callAPI(b, shop, http.MethodPut, "/warehouses/warehouse1/stock/prod1", "", body); err != nil {
					b.Fatal(err)
				}
				took = append(took, crowd.shown(began)...)
			}
			b.ReportMetric(float64(memory)/float64(size), "kB/page")
			b.ReportMetric(milliseconds(quantile(took, 0.5)), "ms-p50")
			b.ReportMetric(milliseconds(quantile(took, 0.99)), "ms-p99")
			b.ReportMetric(0, "ns/op")
			crowd.leave()
		})
	}
}

// crowd is many open pages.
type crowd struct {
	pages   []net.Conn
	reading sync.WaitGroup
	leaving atomic.Bool
	change  atomic.Int64 // which change is waited for
	seen    []atomic.Int64
	at      []atomic.Int64 // when each page showed it, in nanoseconds of the clock
	fewer   atomic.Int64   // pages that still wait
}

func openPages(b *testing.B, base string, count int) *crowd {
	b.Helper()
	c := &crowd{pages: make([]net.Conn, count), seen: make([]atomic.Int64, count), at: make([]atomic.Int64, count)}
	began := c.expect()
	var opening sync.WaitGroup
	next := make(chan int)
	for range 32 {
		opening.Go(func() {
			for i := range next {
				conn, reader, err := openPage(base, i)
				if err != nil {
					b.Error(err)
					c.fewer.Add(-1)
					continue
				}
				c.pages[i] = conn
				c.reading.Go(func() { c.read(b, i, reader) })
			}
		})
	}
	for i := range count {
		next <- i
	}
	close(next)
	opening.Wait()
	c.shown(began) // each begins with what there is now
	if b.Failed() {
		b.FailNow()
	}
	return c
}

// openPage makes a socket of the shop's page. Each hundred come from another address, as a proxy would say.
func openPage(base string, i int) (net.Conn, *bufio.Reader, error) {
	at, err := url.Parse(base)
	if err != nil {
		return nil, nil, err
	}
	conn, err := net.Dial("tcp", at.Host)
	if err != nil {
		return nil, nil, err
	}
	fmt.Fprintf(conn, "GET /live HTTP/1.1\r\nHost: %s\r\nOrigin: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nX-Forwarded-For: 203.0.%d.%d\r\n\r\n", at.Host, base, i/100/250, 1+i/100%250)
	reader := bufio.NewReaderSize(conn, 512)
	answer, err := http.ReadResponse(reader, nil)
	if err == nil && answer.StatusCode != http.StatusSwitchingProtocols {
		err = fmt.Errorf("page %d: %s", i, answer.Status)
	}
	return conn, reader, err
}

// read takes the frames of a page: short ones are signs of life, the others what it is to show.
func (c *crowd) read(b *testing.B, i int, reader *bufio.Reader) {
	for {
		size, err := frame(reader)
		if err == nil {
			_, err = reader.Discard(size)
		}
		if err != nil {
			if !c.leaving.Load() {
				b.Errorf("page %d: %v", i, err)
			}
			return
		}
		if change := c.change.Load(); size > 125 && c.seen[i].Swap(change) != change {
			c.at[i].Store(time.Now().UnixNano())
			c.fewer.Add(-1)
		}
	}
}

// frame reads the head of a frame that a server sends, and gives its size.
func frame(reader io.Reader) (int, error) {
	var head [10]byte
	if _, err := io.ReadFull(reader, head[:2]); err != nil {
		return 0, err
	}
	switch size := int(head[1] & 0x7f); size {
	case 126:
		_, err := io.ReadFull(reader, head[2:4])
		return int(binary.BigEndian.Uint16(head[2:4])), err
	case 127:
		_, err := io.ReadFull(reader, head[2:10])
		return int(binary.BigEndian.Uint64(head[2:10])), err
	default:
		return size, nil
	}
}

// expect begins a change.
func (c *crowd) expect() time.Time {
	c.fewer.Store(int64(len(c.pages)))
	c.change.Add(1)
	return time.Now()
}

// shown waits until all pages show a change, and tells how long each took.
func (c *crowd) shown(began time.Time) []time.Duration {
	for c.fewer.Load() > 0 && time.Since(began) < benchMissed {
		time.Sleep(5 * time.Millisecond)
	}
	took := make([]time.Duration, len(c.pages))
	for i := range took {
		took[i] = benchMissed
		if c.seen[i].Load() == c.change.Load() {
			took[i] = time.Duration(c.at[i].Load() - began.UnixNano())
		}
	}
	return took
}

func (c *crowd) leave() {
	c.leaving.Store(true)
	for _, conn := range c.pages {
		_ = conn.Close()
	}
	c.reading.Wait()
}
