package web

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// Health is how this process is, for whoever sends people to it. It is told without asking anybody.
type Health struct {
	Orders bool // it can take orders
	Redis  bool // it reaches Redis
	Held   bool // the Redis that it has met is one into which it puts nothing until somebody has seen to it
}

// healthz answers whether this process can take orders. One that cannot, and does not come to it, is to be
// started again.
func healthz(health func() Health) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Response().Header().Set("Cache-Control", "no-store")
		if !health().Orders {
			return c.String(http.StatusServiceUnavailable, "not ready to take orders\n")
		}
		return c.String(http.StatusOK, "ok\n")
	}
}

// readyz answers whether people should be sent to this process. That Redis is away is no reason against
// it where orders can be taken all the same: it would be away for the other processes, too.
func readyz(health func() Health, exit *Exit) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Response().Header().Set("Cache-Control", "no-store")
		switch now := health(); {
		case exit.tell():
			return c.String(http.StatusServiceUnavailable, "leaving\n")
		case !now.Orders:
			return c.String(http.StatusServiceUnavailable, "not ready to take orders\n")
		case now.Held:
			return c.String(http.StatusOK, "ok, but redis is not as this node knows it: orders are taken and kept here, and the log says why\n")
		case !now.Redis:
			return c.String(http.StatusOK, "ok, but redis is away: orders are taken and kept here\n")
		}
		return c.String(http.StatusOK, "ok\n")
	}
}
