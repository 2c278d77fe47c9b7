package api

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"waybill/store"
)

type receiptInput struct {
	Warehouse string `path:"id" example:"warehouse1"`
	Key       string `header:"Idempotency-Key" required:"true" minLength:"1" maxLength:"255" pattern:"^[ -~]+$" doc:"New for each receipt; the same one to send it again. Its units are added once."`
	Body      struct {
		Reference string        `json:"reference" minLength:"1" maxLength:"100" example:"DN-2026-117" doc:"The delivery note's number; it stands in the ledger"`
		Lines     []receiptLine `json:"lines" minItems:"1" maxItems:"500" doc:"Lines of the same product are added up"`
		Reason    string        `json:"reason,omitempty" maxLength:"200" example:"Delivery from the maker" doc:"Why; it stands in the ledger"`
	}
}

type receiptLine struct {
	Product  string `json:"product" example:"prod1"`
	Quantity int    `json:"quantity" minimum:"1" maximum:"1000000" doc:"Units that came in"`
}

type receiptOutput struct {
	Status   int
	Replayed string `header:"Idempotent-Replayed" doc:"true when these units were added before and nothing was added now"`
	Body     struct {
		Warehouse string      `json:"warehouse" example:"warehouse1"`
		Reference string      `json:"reference" example:"DN-2026-117"`
		Items     []levelView `json:"items" doc:"What the warehouse holds now of each product"`
	}
}

// receiptRoutes registers how goods come in.
func (s *server) receiptRoutes() {
	huma.Register(s.api, huma.Operation{
		OperationID: "receiveStock", Method: http.MethodPost, Path: prefix + "/warehouses/{id}/receipts", Summary: "Add goods that came in",
		Description: "Adds the units of every line, or of none. The answer is 201 when they were added, and 200 when the same " +
			"Idempotency-Key had added them before; a key is remembered for a week.",
		DefaultStatus: http.StatusCreated,
		Tags:          []string{"stock"}, Security: needs(WriteStock), Errors: []int{400, 401, 403, 404, 408, 409, 413, 415, 422, 503},
	}, s.receive)
}

// Resolve is called by huma once the body has been read: what its schema cannot say.
func (in *receiptInput) Resolve(ctx huma.Context) []error {
	visitOf(ctx.Context()).takes(in)
	return append(tidy(field{"reference", &in.Body.Reference, 1, 100}, field{"reason", &in.Body.Reason, 0, maxReason}), badProducts(in.Body.Lines)...)
}

// further names the products that this shop does not have.
func (in *receiptInput) further(ctx context.Context, s *server) []*huma.ErrorDetail {
	return s.unknownProducts(ctx, in.Body.Lines)
}

// field is a text of a body, and how many characters it may have.
type field struct {
	name        string
	text        *string
	least, most int
}

// tidy puts texts into one line each, and says which of them are none.
func tidy(fields ...field) []error {
	var errs []error
	for _, f := range fields {
		*f.text = strings.Join(strings.Fields(*f.text), " ")
		if !store.ValidText(*f.text, f.least, f.most) {
			errs = append(errs, &huma.ErrorDetail{Location: "body." + f.name, Message: fmt.Sprintf("Use %d to %d plain characters.", f.least, f.most)})
		}
	}
	return errs
}

// badProducts says which lines name what cannot be a product.
func badProducts(lines []receiptLine) []error {
	var errs []error
	for i, line := range lines {
		if !store.ValidID(line.Product) {
			errs = append(errs, &huma.ErrorDetail{Location: fmt.Sprintf("body.lines[%d].product", i), Message: "There is no such product."})
		}
	}
	return errs
}

// receive adds goods that came in, once.
func (s *server) receive(ctx context.Context, in *receiptInput) (*receiptOutput, error) {
	if !store.ValidID(in.Warehouse) {
		return nil, s.problem(ctx, store.Errorf(store.NotFound, "There is no such warehouse."), nil)
	}
	v := visitOf(ctx)
	receipt := store.Receipt{Warehouse: in.Warehouse, Reference: in.Body.Reference, Reason: in.Body.Reason, Caller: "api:" + v.key.Name, Key: in.Key}
	for _, line := range in.Body.Lines {
		receipt.Lines = append(receipt.Lines, store.Line{Product: line.Product, Quantity: line.Quantity})
	}
	levels, created, err := s.Store.Receive(ctx, v.actor(), receipt)
	if err != nil {
		return nil, s.problem(ctx, err, receiptField)
	}
	out := &receiptOutput{}
	out.Status, out.Replayed = madeOnce(created)
	out.Body.Warehouse, out.Body.Reference = in.Warehouse, in.Body.Reference
	out.Body.Items = make([]levelView, len(levels))
	for i, shelf := range levels {
		out.Body.Items[i] = viewLevel(shelf.Product.ID, shelf.Level)
	}
	return out, nil
}

// madeOnce gives the status of what may be sent twice, and its Idempotent-Replayed: 201 when it was made
// now, 200 when it had been made before.
func madeOnce(now bool) (status int, replayed string) {
	if now {
		return http.StatusCreated, ""
	}
	return http.StatusOK, "true"
}

// receiptField says where a field of the shop's stands in the request.
func receiptField(field string) string {
	if field == "idempotency_key" {
		return keyPlace
	}
	return "body." + field
}
