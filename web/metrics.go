package web

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// measure counts and times requests by the pattern of their address. Sockets are left out:
// the hub has figures of its own. An address that we do not have is "other", so that
// nobody can fill the memory with made-up ones.
func measure(registry *prometheus.Registry) echo.MiddlewareFunc {
	took := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "waybill_http_request_seconds",
		Help:    "Time to answer a request, by method, route and status.",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5},
	}, []string{"method", "route", "status"})
	registry.MustRegister(took)
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			start := time.Now()
			if err := next(c); err != nil {
				c.Error(err)
			}
			if route := c.Path(); !strings.HasSuffix(route, "/live") {
				took.WithLabelValues(methodLabel(c.Request().Method), routeLabel(c, route), strconv.Itoa(c.Response().Status)).
					Observe(time.Since(start).Seconds())
			}
			return nil
		}
	}
}

func routeLabel(c echo.Context, route string) string {
	if route == "" || c.Response().Status == http.StatusNotFound && !strings.Contains(route, ":") {
		return "other"
	}
	return route
}

func methodLabel(method string) string {
	switch method {
	case http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodPatch, http.MethodHead:
		return method
	}
	return "other"
}

// metricsPage shows the figures to programs on this machine or its private network. For
// everybody else there is no such page.
func metricsPage(registry *prometheus.Registry) echo.HandlerFunc {
	show := promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
	return func(c echo.Context) error {
		if !peerIsNear(c.Request()) {
			return echo.ErrNotFound
		}
		show.ServeHTTP(c.Response(), c.Request())
		return nil
	}
}
