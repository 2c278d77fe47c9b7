package page

import (
	"context"
	"time"

	"github.com/labstack/echo/v4"
)

// Within does something with the request under a context that ends after a while, or with the request's
// own. Afterwards the request is as it was.
func Within(c echo.Context, limit time.Duration, do echo.HandlerFunc) error {
	request := c.Request()
	ctx, cancel := context.WithTimeout(request.Context(), limit)
	defer cancel()
	c.SetRequest(request.WithContext(ctx))
	defer c.SetRequest(request)
	return do(c)
}
