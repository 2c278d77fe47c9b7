package web

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
)

// How long Redis may keep one request waiting, however many questions it asks. Together they stay below
// the second and a half within which everybody gets an answer.
const (
	sessionBudget = 400 * time.Millisecond // to find out who is there
	workBudget    = time.Second            // for the work itself, from when the form has arrived
	hashBudget    = 5 * time.Second        // for work that hashes passwords: it bounds its questions to Redis itself
	longBudget    = 30 * time.Second       // for work that goes through the whole stock
)

// budget is how long the work of a route may take. What has more than most asks Redis few questions, or
// many small ones, each of which is answered or given up like any other: it ends quickly too when Redis
// goes away.
func (r Route) budget() time.Duration {
	switch r.Method + " " + r.Path {
	case http.MethodPost + " " + uploadPath, http.MethodGet + " /admin/stock/export.csv", http.MethodGet + " /admin/stock/files/:file",
		http.MethodGet + " /admin/audit", http.MethodPost + " /admin/audit/repair":
		return longBudget
	case http.MethodPost + " /signin", http.MethodPost + " /setup", http.MethodPost + " /admin/accounts":
		return hashBudget
	}
	return workBudget
}

// bounded ends the context of a request's work after its budget. A socket is not concerned: it has left
// the request when it is open.
func (r Route) bounded(next echo.HandlerFunc) echo.HandlerFunc {
	budget := r.budget()
	return func(c echo.Context) error { return page.Within(c, budget, next) }
}
