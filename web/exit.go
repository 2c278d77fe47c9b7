package web

import (
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"
)

// How long a process that was told to stop goes on as before, so that whoever sends people to it hears of it
// first.
const (
	askedLately = 15 * time.Second       // /readyz was asked within so long: somebody goes by it
	hearsEnough = 2                      // so often it has to be told
	hearsMost   = 4 * time.Second        // so long it is waited for
	aloneLeaves = 200 * time.Millisecond // nobody asks: connections in use still get to know it
)

// Exit knows whether this process is on its way out, and whether that has got about. All methods may be
// called by many goroutines at once.
type Exit struct {
	leaving atomic.Bool
	asked   atomic.Int64 // when somebody last asked whether to send people here, Unix nanoseconds
	heard   chan struct{}
}

// NewExit is for a process that stays.
func NewExit() *Exit { return &Exit{heard: make(chan struct{}, hearsEnough)} }

// Leaving tells whether nobody new should be sent here.
func (e *Exit) Leaving() bool { return e.leaving.Load() }

// Announce says that this process is leaving, and returns when that has got about: when whoever asks /readyz
// has heard it often enough, after a few seconds at the most. Until then all goes on, but each answer ends its
// connection.
func (e *Exit) Announce() {
	e.leaving.Store(true)
	if time.Since(time.Unix(0, e.asked.Load())) > askedLately {
		time.Sleep(aloneLeaves)
		return
	}
	enough := time.After(hearsMost)
	for range hearsEnough {
		select {
		case <-e.heard:
		case <-enough:
			return
		}
	}
}

// tell answers whoever asks whether to send people here.
func (e *Exit) tell() (leaving bool) {
	e.asked.Store(time.Now().UnixNano())
	if !e.leaving.Load() {
		return false
	}
	select {
	case e.heard <- struct{}{}:
	default:
	}
	return true
}

// goodbye ends the connections of a process that is leaving with their next answer, so that none is in use
// when it goes. A socket has a farewell of its own.
func (e *Exit) goodbye(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if e.Leaving() && !c.IsWebSocket() {
			c.Response().Header().Set("Connection", "close")
		}
		return next(c)
	}
}
