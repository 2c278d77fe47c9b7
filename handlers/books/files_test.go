package books

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	"waybill/store"
)

// send uploads a file, as an owner.
func send(t *testing.T, h *Handlers, name, content string) *httptest.ResponseRecorder {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	file, err := form.CreateFormFile("file", name)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = file.Write([]byte(content))
	_ = form.Close()
	r := httptest.NewRequest(http.MethodPost, "/admin/stock", &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	w := httptest.NewRecorder()
	c := echo.New().NewContext(r, w)
	page.SignedIn(c, store.Account{Login: "boss", Name: "Boss", Role: store.Owner}, "s")
	if err := h.Upload(c); err != nil {
		t.Fatal(err)
	}
	return w
}

func TestUpload(t *testing.T) {
	s, h := newShop()
	w := send(t, h, `C:\counts\<b>.csv`, "warehouse,product,on_hand\nwarehouse1,prod1,9\n")
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/admin/stock/files/im1" || s.staged.File != "<b>.csv" || len(s.rows) != 1 || s.rows[0].OnHand != 9 {
		t.Errorf("%d %v %+v", w.Code, w.Header(), s.staged)
	}
	s.staged, s.rows = store.Import{}, nil
	w = send(t, h, "x.csv", "warehouse,product,on_hand\nwarehouse1,prod1,9\nnowhere,prod1,<i>\n")
	says(t, w, 422, "Nothing of the file was taken", "There is no warehouse &#34;nowhere&#34;", "&lt;i&gt;", `<td class="num">3</td>`)
	for name, content := range map[string]string{"empty": "", "page": "<html>", "sheet": "PK\x03\x04", "bytes": "\xff\x00"} {
		if w := send(t, h, name, content); w.Code != 422 {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
	if w, err := ask(t, h.Upload, store.Owner, "/admin/stock", url.Values{"file": {"text"}}); err != nil || w.Code != 422 {
		t.Errorf("no file: %d %v", w.Code, err)
	}
	if len(s.rows) > 0 {
		t.Error("a bad file was kept")
	}
}

// show asks for the page of a file.
func show(t *testing.T, do echo.HandlerFunc, method, id string) (*httptest.ResponseRecorder, error) {
	t.Helper()
	w := httptest.NewRecorder()
	c := echo.New().NewContext(httptest.NewRequest(method, "/", nil), w)
	c.SetParamNames("file")
	c.SetParamValues(id)
	page.SignedIn(c, store.Account{Login: "boss", Name: "Boss", Role: store.Owner}, "s")
	return w, do(c)
}

func TestFile(t *testing.T) {
	s, h := newShop()
	s.staged = store.Import{ID: "im1", File: "a.csv", State: store.ImportPreview, Rows: 4}
	w, err := show(t, h.File, "GET", "im1")
	if err != nil {
		t.Fatal(err)
	}
	says(t, w, 200, "1 row would change something", "Book 1 change", "−3", "Kettle", `data-label="Low below">5 → 8<`)
	s.faults = []store.StockFault{{Line: 3, Message: "3 are promised."}}
	w, _ = show(t, h.File, "GET", "im1")
	if says(t, w, 200, "3 are promised."); strings.Contains(w.Body.String(), "/book") {
		t.Error("a file with faults is offered to be booked")
	}
	s.staged.State, s.staged.Checked = store.ImportRunning, 1
	if w, _ = show(t, h.File, "GET", "im1"); w.Header().Get("Refresh") != "2" {
		t.Error("the page does not look again")
	}
	says(t, w, 200, `value="25"`, "being booked: 1 of 4")
	s.staged.Checked, s.staged.Rows = 3500, 100_000
	w, _ = show(t, h.File, "GET", "im1")
	says(t, w, 200, "100,000 rows, being booked: 3,500 of 100,000.")
	s.staged.State = store.ImportUndoing
	if w, _ = show(t, h.File, "GET", "im1"); w.Header().Get("Refresh") != "2" {
		t.Error("the page does not look again while it is put back")
	}
	says(t, w, 200, "being put back")
	s.staged.State, s.staged.Changes = store.ImportDone, 1
	if w, _ = show(t, h.File, "GET", "im1"); w.Header().Get("Refresh") != "" {
		t.Error("the page goes on looking")
	}
	says(t, w, 200, "All of it is in the books", "1 row changed something")
	if _, err := show(t, h.File, "GET", "other"); store.KindOf(err) != store.NotFound {
		t.Error(err)
	}
	if w, err = show(t, h.BookFile, "POST", "im1"); err != nil || w.Code != http.StatusSeeOther || !slices.Equal(s.did, []string{"confirm im1 by boss"}) {
		t.Errorf("%d %v %q", w.Code, err, s.did)
	}
	s.fails = store.Errorf(store.Conflict, "Refused.")
	if w, err = show(t, h.BookFile, "POST", "im1"); err != nil || w.Code != http.StatusSeeOther {
		t.Errorf("%d %v", w.Code, err)
	}
	if _, err = show(t, h.BookFile, "POST", "../x"); store.KindOf(err) != store.NotFound {
		t.Error(err)
	}
}

func TestExport(t *testing.T) {
	_, h := newShop()
	w, err := ask(t, h.Export, store.Owner, "/admin/stock/export.csv", nil)
	if want := "warehouse,product,on_hand,threshold,reserved,available,name\nwarehouse1,prod1,12,0,8,4,Kettle\nwarehouse1,prod2,5,0,0,5,Mug\n"; err != nil || w.Body.String() != want {
		t.Errorf("%v\n%s", err, w.Body)
	}
	if h := w.Header(); h.Get("Content-Disposition") != `attachment; filename="stock-2026-11-23.csv"` || h.Get("Content-Type") != "text/csv; charset=utf-8" {
		t.Errorf("%v", h)
	}
}

// A row of which more is promised than was counted leads to where orders give way, and from there back.
func TestFileLeadsToGiveWay(t *testing.T) {
	s, h := newShop()
	s.staged = store.Import{ID: "im1", File: "a.csv", State: store.ImportPreview, Rows: 2}
	row := store.StockRow{Line: 3, Column: 4, Warehouse: "warehouse1", Product: "prod1", OnHand: 2, Reason: "from a file"}
	s.faults = []store.StockFault{{Line: 2, Message: "There is no product x."}, {Line: 3, Column: 4, Message: "8 units are promised.", Promised: &row}}
	w, err := show(t, h.File, http.MethodGet, "im1")
	if err != nil {
		t.Fatal(err)
	}
	if says(t, w, 200, "8 units are promised.", "/warehouses/warehouse1/give-way?back=%2Fadmin%2Fstock%2Ffiles%2Fim1&amp;count=2&amp;product=prod1&amp;reason=from+a+file"); strings.Count(w.Body.String(), "give-way") != 1 {
		t.Error("another fault leads there too")
	}
}
