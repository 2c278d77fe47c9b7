package web

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
)

// upload is a form with a file of so many bytes.
func upload(t *testing.T, path string, size int) *http.Request {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	file, err := form.CreateFormFile("file", "stock.csv")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = file.Write(bytes.Repeat([]byte("x"), size))
	_ = form.Close()
	r := httptest.NewRequest(http.MethodPost, path, &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("X-Test-Person", "owner")
	return r
}

// One address takes files, to a limit; all others refuse them, and it takes nothing else.
func TestUploads(t *testing.T) {
	got := 0
	routes := []Route{
		{Method: http.MethodPost, Path: uploadPath, Handle: func(c echo.Context) error {
			file, err := c.FormFile("file")
			if err != nil {
				return err
			}
			f, err := file.Open()
			if err != nil {
				return err
			}
			defer f.Close()
			content, err := io.ReadAll(f)
			got = len(content)
			return err
		}},
		{Method: http.MethodPost, Path: "/other", Handle: func(echo.Context) error { t.Error("a file reached a form"); return nil }},
	}
	handler := serve(t, routes, io.Discard)
	if w := answer(handler, upload(t, uploadPath, 10<<20)); w.Code != 200 || got != 10<<20 {
		t.Errorf("10 MB: %d, %d bytes", w.Code, got)
	}
	if w := answer(handler, upload(t, uploadPath, 33<<20)); w.Code != http.StatusRequestEntityTooLarge || !strings.Contains(w.Body.String(), "32 MB") {
		t.Errorf("33 MB: %d", w.Code)
	}
	if w := answer(handler, upload(t, "/other", 10)); w.Code != http.StatusUnsupportedMediaType {
		t.Errorf("elsewhere: %d", w.Code)
	}
	for kind, body := range map[string]string{"application/x-www-form-urlencoded": "file=x", "text/csv": "warehouse", "": "x", "multipart/form-data": "x"} {
		r := httptest.NewRequest(http.MethodPost, uploadPath, strings.NewReader(body))
		r.Header.Set("Content-Type", kind)
		if w := answer(handler, r); w.Code != 415 && w.Code != 422 {
			t.Errorf("%q: %d", kind, w.Code)
		}
	}
	broken := upload(t, uploadPath, 5000)
	broken.Body = io.NopCloser(io.LimitReader(broken.Body, 3000))
	if w := answer(handler, broken); w.Code != 422 {
		t.Errorf("broken off: %d", w.Code)
	}
}
