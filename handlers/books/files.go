package books

import (
	"net/http"
	"path"
	"strings"

	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	"waybill/handlers/stockfile"
	"waybill/store"
	view "waybill/views/books"
	"waybill/views/ui"
)

// Files is the page on which files of counts are sent and stock is fetched.
func (h *Handlers) Files(c echo.Context) error {
	return h.showFiles(c, http.StatusOK, view.Files{})
}

func (h *Handlers) showFiles(c echo.Context, code int, f view.Files) error {
	ctx := c.Request().Context()
	directory, err := h.store.Directory(ctx)
	if err != nil {
		return err
	}
	imports, err := h.store.Imports(ctx)
	if err != nil {
		return err
	}
	f.Sent = view.NewFileRows(imports, h.scene(c, directory))
	model := h.kit.Model(c, "Stock as a file")
	model.Class = "staff"
	return h.kit.Render(c, code, view.FilesPage(model, f))
}

// Upload reads a file of counts. One without faults is kept, to be looked at and confirmed; nothing is
// booked.
func (h *Handlers) Upload(c echo.Context) error {
	header, err := c.FormFile("file")
	if err != nil || header.Size == 0 && header.Filename == "" {
		return h.showFiles(c, http.StatusUnprocessableEntity, view.Files{Problem: "Choose a file first."})
	}
	file, err := header.Open()
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	ctx := c.Request().Context()
	directory, err := h.store.Directory(ctx)
	if err != nil {
		return err
	}
	read, err := stockfile.Read(file, directory)
	if err != nil {
		return err
	}
	if len(read.Faults) > 0 {
		return h.showFiles(c, http.StatusUnprocessableEntity, view.Files{Faults: view.NewFaults(read.Faults, ""), More: read.More})
	}
	im, err := h.store.StageImport(ctx, h.kit.Actor(c), fileName(header.Filename), read.Rows)
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/admin/stock/files/"+im.ID)
}

// fileName is what a file is called, without folders, in plain characters.
func fileName(sent string) string {
	name, _ := page.Line(path.Base(strings.ReplaceAll(sent, `\`, "/")), 80)
	if name == "" || name == "." || name == "/" {
		return "file.csv"
	}
	return name
}

// File shows what a file would change, how far its booking is, or what came of it. While it is being
// booked, the browser looks again by itself, with or without scripts.
func (h *Handlers) File(c echo.Context) error {
	ctx := c.Request().Context()
	directory, err := h.store.Directory(ctx)
	if err != nil {
		return err
	}
	im, err := h.store.Import(ctx, c.Param("file"))
	if err != nil {
		return err
	}
	faults := im.Faults
	var changes []store.StockChange
	if im.State == store.ImportPreview {
		if changes, faults, err = h.store.PreviewImport(ctx, im.ID); err != nil {
			return err
		}
	}
	p := view.NewFilePage(im, changes, faults, h.scene(c, directory))
	if p.Under() {
		c.Response().Header().Set("Refresh", "2")
	}
	model := h.kit.Model(c, im.File)
	model.Class = "staff"
	return h.kit.Render(c, http.StatusOK, view.OneFile(model, p))
}

// BookFile has a file booked in the background.
func (h *Handlers) BookFile(c echo.Context) error {
	to := "/admin/stock/files/" + c.Param("file")
	if !store.ValidID(c.Param("file")) {
		return store.Errorf(store.NotFound, "There is no such file any more.")
	}
	err := h.store.ConfirmImport(c.Request().Context(), h.kit.Actor(c), c.Param("file"))
	switch store.KindOf(err) {
	case store.Conflict:
		return h.kit.Failed(c, to, err)
	}
	if err != nil {
		return err
	}
	return h.kit.Done(c, to, ui.Flash{Text: "The file is being booked."})
}

// Export gives all stock as a file that Upload takes.
func (h *Handlers) Export(c echo.Context) error {
	ctx := c.Request().Context()
	directory, err := h.store.Directory(ctx)
	if err != nil {
		return err
	}
	stock, err := stockfile.Shelves(ctx, h.store, directory.WarehouseIDs)
	if err != nil {
		return err
	}
	header := c.Response().Header()
	header.Set(echo.HeaderContentType, "text/csv; charset=utf-8")
	header.Set(echo.HeaderContentDisposition, `attachment; filename="stock-`+h.kit.Now().In(h.kit.Zone()).Format("2006-01-02")+`.csv"`)
	c.Response().WriteHeader(http.StatusOK)
	return stockfile.Write(c.Response(), stock)
}
