package api

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"waybill/handlers/page"
	"waybill/store"
)

const (
	problemType = "application/problem+json"
	lookAgain   = "Some of this needs another look. The errors say where."
	noField     = "There is no such field."
	keyWords    = "Send 1 to 255 printable ASCII characters, new ones for each wish, the same ones to repeat it."
	keyPlace    = "header.Idempotency-Key"

	retryAfter = "1" // seconds, when Redis is away

	maxErrors   = 450 // named in one answer: product and quantity of each line, and all fields
	maxUnknown  = 50  // of those, fields that there are not; whoever takes those out sees the rest
	maxLocation = 200 // bytes
)

// problem is the answer to what could not be done. Shortages tells, for a 409, what is
// left of each product of which there is too little; Missing and Holders, for a count
// below what is promised, who would have to give way.
type problem struct {
	huma.ErrorModel
	Shortages []shortage   `json:"shortages,omitempty" doc:"Each product of which there is too little"`
	Missing   int          `json:"missing,omitempty" doc:"Units that were counted fewer than are promised, and that nobody gives up yet"`
	Holders   []holderView `json:"holders,omitempty" doc:"Who holds units of the product, in the order in which they give way unless give_way says otherwise"`
}

type shortage struct {
	Product string `json:"product" example:"prod1"`
	Wanted  int    `json:"wanted" doc:"Units asked for"`
	Left    int    `json:"left" doc:"Units that could be promised now"`
	Waits   bool   `json:"waits,omitempty" doc:"Whether an order may wait for it, with backorder allow"`
	MayWait int    `json:"may_wait,omitempty" doc:"Where the order may not wait for so many: the most units for which one may, with backorder allow"`
}

// Problem writes an error in the API's manner. It is exported for whoever has to answer
// under /api before the API itself is reached.
func Problem(c echo.Context, status int, detail string) error {
	body, err := json.Marshal(huma.ErrorModel{Title: http.StatusText(status), Status: status, Detail: detail})
	if err != nil {
		return err
	}
	return c.Blob(status, problemType, body)
}

// refuse answers a request that came no further than the API's gate.
func (s *server) refuse(ctx huma.Context, status int, detail string, errs ...error) {
	_ = huma.WriteErr(s.api, ctx, status, detail, errs...) // huma has already said what failed
}

// fail answers with an error of the shop's, in a gate.
func (s *server) fail(ctx huma.Context, err error) {
	s.note(ctx.Context(), err)
	if store.KindOf(err) == store.Unavailable {
		ctx.SetHeader("Retry-After", retryAfter)
	}
	s.refuse(ctx, page.StatusOf(store.KindOf(err)), store.MessageOf(err))
}

// problem makes the answer to an error of the shop's. Fields are named as in the request:
// rename, which may be nil, says where a field of the error stands in it.
func (s *server) problem(ctx context.Context, err error, rename func(string) string) error {
	s.note(ctx, err)
	status := page.StatusOf(store.KindOf(err))
	p := &problem{ErrorModel: huma.ErrorModel{Title: http.StatusText(status), Status: status, Detail: store.MessageOf(err)}}
	if e, ok := errors.AsType[*store.Error](err); ok {
		p.Errors = details(e.Fields, rename)
		for _, short := range e.Short {
			p.Shortages = append(p.Shortages, shortage{short.Product, short.Wanted, short.Left, short.Waits && !short.Full, short.Room})
		}
	}
	if status == http.StatusServiceUnavailable {
		return huma.ErrorWithHeaders(p, http.Header{"Retry-After": {retryAfter}})
	}
	return p
}

// note logs what is our own fault, also of a request whose time is over: the caller reads only that there was
// something. What came of a caller who has gone is nobody's.
func (s *server) note(ctx context.Context, err error) {
	switch kind := store.KindOf(err); {
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
	case kind == store.Internal:
		s.Log.ErrorContext(ctx, "request failed", "id", visitOf(ctx).id, "error", err)
	case kind == store.Unavailable: // the store says once that Redis is away; each order that hears it need not
		s.Log.DebugContext(ctx, "request failed", "id", visitOf(ctx).id, "error", err)
	}
}

// details lists messages by field in the order of their names.
func details(fields map[string]string, rename func(string) string) []*huma.ErrorDetail {
	var list []*huma.ErrorDetail
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		where := "body." + field
		if rename != nil {
			where = rename(field)
		}
		list = append(list, &huma.ErrorDetail{Location: where, Message: fields[field]})
	}
	return list
}

// plainWords goes over huma's problems before they are sent: what the shop finds wrong is
// told along, each place is named once, in our words where we have some (what Resolve says
// comes late, what the shop says last, and wins), and nothing that was sent comes back,
// because it may be somebody's address and may be large.
func (s *server) plainWords(ctx huma.Context, _ string, body any) (any, error) {
	model, ok := body.(*huma.ErrorModel)
	if !ok || len(model.Errors) == 0 {
		return body, nil
	}
	told := *model
	told.Errors = nil
	all := model.Errors
	if told.Status == http.StatusUnprocessableEntity {
		told.Detail = lookAgain
		all = slices.Concat(all, s.further(ctx.Context()))
	}
	unknown := 0
	for _, e := range all {
		detail := reword(e)
		at := slices.IndexFunc(told.Errors, func(other *huma.ErrorDetail) bool { return within(detail.Location, other.Location) })
		if detail.Message == noField {
			unknown++
		}
		switch {
		case at >= 0 && told.Errors[at].Location == detail.Location:
			told.Errors[at] = detail
		case at < 0 && len(told.Errors) < maxErrors && (detail.Message != noField || unknown <= maxUnknown):
			told.Errors = append(told.Errors, detail)
		}
	}
	return &told, nil
}

// reword gives one of huma's messages in ours.
func reword(e *huma.ErrorDetail) *huma.ErrorDetail {
	where, words := e.Location, e.Message
	if name, ok := strings.CutPrefix(words, "expected required property "); ok {
		where, words = where+"."+strings.TrimSuffix(name, " to be present"), "This field is required."
	}
	switch {
	case where == keyPlace:
		words = keyWords
	case words == "unexpected property":
		words = noField
	}
	if len(where) > maxLocation {
		where = strings.ToValidUTF8(where[:maxLocation], "") + "…"
	}
	return &huma.ErrorDetail{Location: where, Message: words}
}

// within tells whether a place is another one, or inside it.
func within(place, other string) bool {
	rest, ok := strings.CutPrefix(place, other)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}
