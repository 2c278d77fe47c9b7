package web

import (
	"bytes"
	"context"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"waybill/handlers/page"
	"waybill/web/live"
	"waybill/web/session"
)

// Sockets joins pages to the hub: it is the kit's page.Live.
type Sockets struct {
	Hub      *live.Hub
	Sessions *session.Manager
}

// Serve hands the request's connection over to the hub. A signed-in viewer's right to look
// is asked for again while the socket is open.
func (s Sockets) Serve(c echo.Context, topic page.Topic, id string) error {
	viewer := live.Viewer{Session: id, Source: id, Allowed: s.Sessions.StillAllowed(c)}
	if id == "" {
		viewer.Source = c.RealIP()
	}
	s.Hub.Serve(c.Response(), c.Request(), live.Topic{
		Name:     topic.Name,
		Channels: topic.Channels,
		Render: func(ctx context.Context) ([]byte, error) {
			part, err := topic.Render(ctx)
			if err != nil {
				return nil, err
			}
			var b bytes.Buffer
			err = part.Render(ctx, &b)
			return b.Bytes(), err
		},
	}, viewer)
	return nil
}

// MeasureHub shows the hub's figures among the others.
func MeasureHub(registry *prometheus.Registry, hub *live.Hub) {
	gauge := func(name, help string, value func(live.Stats) float64) {
		registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "waybill_live_" + name, Help: help},
			func() float64 { return value(hub.Stats()) }))
	}
	counter := func(name, help string, value func(live.Stats) int64) {
		registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "waybill_live_" + name + "_total", Help: help},
			func() float64 { return float64(value(hub.Stats())) }))
	}
	gauge("sockets", "Open pages.", func(s live.Stats) float64 { return float64(s.Sockets) })
	gauge("topics", "Different things that open pages show.", func(s live.Stats) float64 { return float64(s.Topics) })
	gauge("connected", "1 while changes can be heard and read.", func(s live.Stats) float64 {
		if s.Live {
			return 1
		}
		return 0
	})
	counter("renders", "Fragments rendered.", func(s live.Stats) int64 { return s.Renders })
	counter("failures", "Passes that could not read or render.", func(s live.Stats) int64 { return s.Failures })
	counter("sent", "Fragments sent to pages.", func(s live.Stats) int64 { return s.Sent })
	counter("skipped", "Fragments that a newer one overtook.", func(s live.Stats) int64 { return s.Skipped })
	counter("refused", "Requests that got no socket.", func(s live.Stats) int64 { return s.Refused })
	counter("gaps", "Times that the connection to Redis was lost or came back.", func(s live.Stats) int64 { return s.Gaps })
	counter("repaired", "Changes found without a hint.", func(s live.Stats) int64 { return s.Repaired })
}
