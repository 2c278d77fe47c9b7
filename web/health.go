package web

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// health answers whether this process can take orders.
func health(healthy func() bool) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Response().Header().Set("Cache-Control", "no-store")
		if !healthy() {
			return c.String(http.StatusServiceUnavailable, "not ready to take orders\n")
		}
		return c.String(http.StatusOK, "ok\n")
	}
}

// readiness answers whether Redis does. Why it does not is for the log, not for strangers.
func readiness(ready func(ctx context.Context) error) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Response().Header().Set("Cache-Control", "no-store")
		ctx, cancel := context.WithTimeout(c.Request().Context(), time.Second)
		defer cancel()
		if ready(ctx) != nil {
			return c.String(http.StatusServiceUnavailable, "redis does not answer\n")
		}
		return c.String(http.StatusOK, "ok\n")
	}
}
