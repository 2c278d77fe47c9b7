package web

import (
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
)

// announce leaves in the background, and gives how long that took.
func announce(e *Exit) <-chan time.Duration {
	took := make(chan time.Duration, 1)
	began := time.Now()
	go func() {
		e.Announce()
		took <- time.Since(began)
	}()
	for !e.Leaving() {
		time.Sleep(time.Millisecond)
	}
	return took
}

// A process that nobody sends people to leaves at once; one that somebody asks about goes on until they have
// heard of it, and no longer than a while.
func TestLeavingGetsAbout(t *testing.T) {
	if took := <-announce(NewExit()); took > 2*time.Second {
		t.Errorf("alone it took %v", took)
	}
	asked := NewExit()
	asked.tell()
	leaving := announce(asked)
	select {
	case <-leaving:
		t.Error("it left before anybody heard of it")
	case <-time.After(3 * aloneLeaves):
	}
	for range hearsEnough {
		if !asked.tell() {
			t.Error("people are still sent here")
		}
	}
	if took := <-leaving; took > hearsMost {
		t.Errorf("they have heard, and it stayed for %v", took)
	}
	silent := NewExit()
	silent.tell()
	if took := <-announce(silent); took < hearsMost || took > hearsMost+3*time.Second {
		t.Errorf("nobody asked again, and it stayed for %v", took)
	}
}

// Each answer of a process that is leaving ends its connection.
func TestGoodbye(t *testing.T) {
	exit := NewExit()
	e := echo.New()
	e.Use(exit.goodbye)
	e.GET("/page", func(c echo.Context) error { return c.String(http.StatusOK, "here") })
	e.GET("/readyz", readyz(func() Health { return Health{Orders: true, Redis: true} }, exit))
	if w := answer(e, request(http.MethodGet, "/page", "")); w.Header().Get("Connection") != "" {
		t.Error("a process that stays ends connections")
	}
	announce(exit)
	w := answer(e, request(http.MethodGet, "/page", ""))
	if body, _ := io.ReadAll(w.Body); w.Code != 200 || string(body) != "here" || w.Header().Get("Connection") != "close" {
		t.Errorf("%d %q", w.Code, w.Header().Get("Connection"))
	}
	if w := answer(e, request(http.MethodGet, "/readyz", "")); w.Code != 503 {
		t.Errorf("/readyz: %d", w.Code)
	}
}
