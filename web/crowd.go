package web

import (
	"context"
	"net/http"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"waybill/store"
)

// How much work a process has in hand at once. A request takes its place when its form has arrived, so that
// nobody holds one by sending slowly, and gives it back within its budget.
const (
	workEach     = 48                     // requests of any kind, for each processor: more would only wait for each other
	placeAtOnce  = 128                    // places beside these, for orders only
	ordersWait   = 1024                   // orders that may wait for a place
	ordersLength = 500 * time.Millisecond // and for how long
)

// Crowd bounds the work in hand. When there is more to do than that, orders come first: they have places of
// their own and may wait for one; everything else is asked to come back. All methods may be called by many
// goroutines at once.
type Crowd struct {
	places  chan struct{} // one for each order that is at work beyond the common places
	waiting chan struct{}
	common  chan struct{}
	turned  atomic.Int64
}

// NewCrowd makes one for a whole process.
func NewCrowd() *Crowd {
	return &Crowd{
		places: make(chan struct{}, placeAtOnce), waiting: make(chan struct{}, ordersWait),
		common: make(chan struct{}, workEach*max(2, runtime.GOMAXPROCS(0))),
	}
}

// errCrowded is the answer to those for whom there is no room.
var errCrowded = store.Errorf(store.Unavailable, "Very many people are here at this moment. Please try again in a few seconds.")

// Enter takes a place for a request, and leave gives it back. Unavailable when there is no room; only an order
// waits for it.
func (w *Crowd) Enter(ctx context.Context, order bool) (leave func(), err error) {
	select {
	case w.common <- struct{}{}:
		return func() { <-w.common }, nil
	default:
	}
	if !order {
		return nil, w.turnAway()
	}
	select {
	case w.waiting <- struct{}{}:
		defer func() { <-w.waiting }()
	default:
		return nil, w.turnAway()
	}
	late := time.NewTimer(ordersLength)
	defer late.Stop()
	select {
	case w.places <- struct{}{}:
		return func() { <-w.places }, nil
	case w.common <- struct{}{}:
		return func() { <-w.common }, nil
	case <-late.C:
	case <-ctx.Done():
	}
	return nil, w.turnAway()
}

func (w *Crowd) turnAway() error {
	w.turned.Add(1)
	return errCrowded
}

// door lets a page's request in where there is room.
func (w *Crowd) door(r Route) echo.MiddlewareFunc {
	order := r.Method == http.MethodPost && r.Path == "/order"
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			leave, err := w.Enter(c.Request().Context(), order)
			if err != nil {
				return err
			}
			defer leave()
			return next(c)
		}
	}
}

// measure shows the figures of the crowd among the others.
func (w *Crowd) measure(registry *prometheus.Registry) {
	registry.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "waybill_http_in_hand", Help: "Requests that are worked on."},
			func() float64 { return float64(len(w.common) + len(w.places)) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "waybill_http_orders_waiting", Help: "Orders that wait for room."},
			func() float64 { return float64(len(w.waiting)) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "waybill_http_turned_away_total", Help: "Requests for which there was no room."},
			func() float64 { return float64(w.turned.Load()) }),
	)
}
