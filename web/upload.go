package web

import (
	"errors"
	"mime"
	"net/http"
	"os"
	"time"

	"github.com/labstack/echo/v4"

	"waybill/handlers/stockfile"
	"waybill/store"
)

const (
	uploadLimit  = stockfile.MaxBytes + 64<<10 // bytes of a form that brings a file
	uploadMemory = 4 << 20                     // of those, so many are kept in memory, the rest in a temporary file
	uploadTime   = 2 * time.Minute             // how long a file may take to arrive
)

// readUpload is readForm for the one address that takes a file: multipart, larger, and with more time.
// What it leaves on the disk is gone when the handler is done.
func readUpload(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if r.ContentLength == 0 {
			return next(c)
		}
		if kind, _, err := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType)); err != nil || kind != echo.MIMEMultipartForm {
			return echo.NewHTTPError(http.StatusUnsupportedMediaType, "A file is sent as "+echo.MIMEMultipartForm+".")
		}
		control := http.NewResponseController(c.Response())
		_ = control.SetReadDeadline(time.Now().Add(uploadTime)) // a writer without deadlines has no slow peer either
		_ = control.SetWriteDeadline(time.Now().Add(uploadTime + time.Minute))
		r.Body = http.MaxBytesReader(c.Response(), r.Body, uploadLimit)
		err := r.ParseMultipartForm(uploadMemory)
		if r.MultipartForm != nil {
			defer func() { _ = r.MultipartForm.RemoveAll() }()
		}
		_, large := errors.AsType[*http.MaxBytesError](err)
		switch {
		case err == nil:
			return next(c)
		case large:
			return store.Errorf(store.TooLarge, "The file is larger than 32 MB. Send it in several files.")
		case errors.Is(err, os.ErrDeadlineExceeded):
			return echo.NewHTTPError(http.StatusRequestTimeout, "The file took too long to arrive.")
		}
		return &store.Error{Kind: store.Invalid, Message: "The file arrived damaged. Please send it again.", Err: err}
	}
}
