package web

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"mime"
	"net/http"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"waybill/store"
)

const (
	formLimit = 256 << 10 // bytes of a form
	apiLimit  = 1 << 20   // bytes of a request to the API
)

// policy is the content security policy: only what we serve ourselves, nothing inline. A
// page's own socket counts as 'self'.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// identify gives each request a number, by which a person's question leads to our log.
func identify(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Response().Header().Set(echo.HeaderXRequestID, rand.Text()[:16])
		return next(c)
	}
}

func requestID(c echo.Context) string { return c.Response().Header().Get(echo.HeaderXRequestID) }

// guardHeaders sets what tells browsers to be careful.
func guardHeaders(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		header := c.Response().Header()
		header.Set("Content-Security-Policy", policy)
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "same-origin")
		header.Set("X-Frame-Options", "DENY")
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
		header.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		if r := c.Request(); r.TLS != nil || r.Header.Get(echo.HeaderXForwardedProto) == "https" {
			header.Set("Strict-Transport-Security", "max-age=31536000")
		}
		return next(c)
	}
}

// logged notes each request at debug level, by the pattern of its address: the address
// itself may hold a customer's token.
func logged(log *slog.Logger) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if !log.Enabled(c.Request().Context(), slog.LevelDebug) {
				return next(c)
			}
			start := time.Now()
			if err := next(c); err != nil {
				c.Error(err)
			}
			log.Debug("request", "id", requestID(c), "method", c.Request().Method, "route", c.Path(),
				"status", c.Response().Status, "bytes", c.Response().Size, "took", time.Since(start))
			return nil
		}
	}
}

// recovered turns a panic of a handler into an error, so that it gets a page and one entry
// in the log.
func recovered(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			switch r := recover(); {
			case r == nil:
			case r == http.ErrAbortHandler: //nolint:errorlint // it is a value that panics, not an error's chain
				panic(r)
			default:
				err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
			}
		}()
		return next(c)
	}
}

// sameSite refuses forms that another site's page sends in a person's name.
func sameSite() echo.MiddlewareFunc {
	protection := http.NewCrossOriginProtection()
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if err := protection.Check(c.Request()); err != nil {
				return &store.Error{Kind: store.Forbidden, Message: "This form came from another site, so nothing was done.", Err: err}
			}
			return next(c)
		}
	}
}

// limitAPI bounds the body of a request to the API. Forms are bounded where they are read.
func limitAPI(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if r := c.Request(); isAPI(r) {
			r.Body = http.MaxBytesReader(c.Response(), r.Body, apiLimit)
		}
		return next(c)
	}
}

func isAPI(r *http.Request) bool {
	return r.URL.Path == "/api" || strings.HasPrefix(r.URL.Path, "/api/")
}

// readForm reads a form's body before its handler runs, so that what is wrong with the body
// itself is told here once and handlers see only whole forms.
func readForm(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		kind, _, err := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType))
		if r.ContentLength != 0 && (err != nil || kind != echo.MIMEApplicationForm) {
			return echo.NewHTTPError(http.StatusUnsupportedMediaType, "A form is sent as "+echo.MIMEApplicationForm+".")
		}
		r.Body = http.MaxBytesReader(c.Response(), r.Body, formLimit)
		err = r.ParseForm()
		var large *http.MaxBytesError
		switch {
		case err == nil:
			return next(c)
		case errors.As(err, &large):
			return store.Errorf(store.TooLarge, "This form is larger than anything we take.")
		case errors.Is(err, os.ErrDeadlineExceeded):
			return echo.NewHTTPError(http.StatusRequestTimeout, "The form took too long to arrive.")
		}
		return &store.Error{Kind: store.Invalid, Message: "This form arrived damaged. Please send it again.", Err: err}
	}
}
