// Package web puts the server together: which address leads to which handler and who may
// go there, what every answer carries, and how an error becomes a page.
package web

import (
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"waybill/handlers/page"
)

// Sessions finds out who makes a request and notes it with page.SignedIn; web/session does it.
type Sessions interface {
	Load(c echo.Context) error
}

// Options is what the server is made of. All of it must be there.
type Options struct {
	Log      *slog.Logger
	Kit      *page.Kit
	Sessions Sessions
	Handlers Handlers
	API      func(*echo.Echo) error // puts the JSON API's routes in
	Static   http.Handler           // answers everything under /static/
	Exit     *Exit                  // whether it is on its way out
	Crowd    *Crowd                 // bounds the work in hand, of the API too
	Health   func() Health          // how this process is now
	Metrics  *prometheus.Registry   // gets the measurements of requests, and is shown at /metrics
}

// New makes the whole server's handler. It fails only on a defect in how the API describes
// itself.
func New(options Options) (http.Handler, error) { return build(options, options.Handlers.Routes()) }

func build(options Options, routes []Route) (http.Handler, error) {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.IPExtractor = echo.ExtractIPFromXFFHeader() // believes only proxies on private addresses
	e.HTTPErrorHandler = errorPages{options.Kit, options.Sessions, options.Log, new(outage)}.handle
	e.Use(identify, options.Exit.goodbye, measure(options.Metrics), logged(options.Log), guardHeaders, recovered, sameSite(), limitAPI)

	options.Crowd.measure(options.Metrics)
	people := person(options.Sessions, options.Log)
	for _, route := range routes {
		e.Add(route.Method, route.Path, route.Handle, route.middleware(people, options.Crowd)...)
	}
	e.GET("/static/*", echo.WrapHandler(options.Static))
	e.GET("/healthz", healthz(options.Health))
	e.GET("/readyz", readyz(options.Health, options.Exit))
	e.GET("/metrics", metricsPage(options.Metrics))
	if err := options.API(e); err != nil {
		return nil, err
	}
	return headAsGet(e), nil
}

// NewServer wraps a handler in a server that cuts off whoever sends or reads too slowly.
// Sockets are not concerned: they keep time themselves.
func NewServer(handler http.Handler, log *slog.Logger) *http.Server {
	conns := newConns()
	server := &http.Server{
		ConnState:         conns.hear,
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	server.RegisterOnShutdown(conns.end)
	return server
}

// headAsGet answers HEAD as GET; the server leaves the body away.
func headAsGet(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead {
			get := *r
			get.Method = http.MethodGet
			r = &get
		}
		next.ServeHTTP(w, r)
	})
}

// peerIsNear tells whether the request comes from this machine or a private network. One
// that a proxy passes on comes from whoever the proxy serves, so it does not count.
func peerIsNear(r *http.Request) bool {
	for _, header := range []string{"Forwarded", "X-Forwarded-For", "X-Real-Ip"} {
		if r.Header.Get(header) != "" {
			return false
		}
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return ip != nil && (ip.IsLoopback() || ip.IsPrivate())
}
