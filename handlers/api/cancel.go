package api

import (
	"context"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"waybill/store"
)

// cancelInput is a wish to cancel an order.
type cancelInput struct {
	Number string `path:"number" maxLength:"512" example:"100123" doc:"The order's number, or its reference"`
	Body   struct {
		Reason string `json:"reason,omitempty" maxLength:"200" example:"ordered twice" doc:"Stands in the order's history"`
	}

	reason string
}

type cancelOutput struct {
	Status int
	ETag   string `header:"ETag"`
	Body   orderView
}

// Resolve is called by huma once the body has been read: a reason that is no plain text is
// told at its field.
func (in *cancelInput) Resolve(huma.Context) []error {
	var err error
	if in.reason, err = store.Reason(in.Body.Reason); err != nil {
		return []error{&huma.ErrorDetail{Location: "body.reason", Message: "Give the reason as plain text of at most 200 characters."}}
	}
	return nil
}

// cancelRoute registers the cancelling of orders.
func (s *server) cancelRoute() {
	order := s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[orderView](), true, "OrderView")
	huma.Register(s.api, huma.Operation{
		OperationID: "cancelOrder", Method: http.MethodPost, Path: prefix + "/orders/{number}/cancel", Summary: "Cancel an order that has not left yet",
		Description: "Frees what the order held. Cancelling again changes nothing and answers with the order as it is.",
		Tags:        []string{"orders"}, Security: needs(WriteOrders), Errors: []int{400, 401, 403, 404, 408, 409, 413, 415, 422, 503},
		Responses: map[string]*huma.Response{"202": {
			Description: "By its reference only: the order cannot be looked up at this moment. That it is to be cancelled is safely written down, and done as soon as our records can be reached, unless it has left by then. Ask for it from now on by the reference in this answer: any node then knows that it is to be cancelled",
			Content:     map[string]*huma.MediaType{"application/json": {Schema: order}},
		}},
	}, s.cancel)
}

// cancel cancels an order and shows it. Once it has left, the answer is 409 and says what to
// do instead.
func (s *server) cancel(ctx context.Context, in *cancelInput) (*cancelOutput, error) {
	v := visitOf(ctx)
	out := &cancelOutput{Status: http.StatusOK}
	if number, ok := store.ParseNumber(in.Number); ok {
		if err := s.Store.Cancel(ctx, v.actor(), number, in.reason); err != nil {
			return nil, s.problem(ctx, err, nil)
		}
	} else if len(in.Number) >= shortestReference {
		order, done, err := s.Store.CancelByToken(ctx, v.actor(), in.Number, in.reason)
		if err != nil {
			return nil, s.problem(ctx, err, nil)
		}
		if !done {
			out.Status, out.ETag, out.Body = http.StatusAccepted, etag(order), viewOrder(order, v.base)
			return out, nil
		}
	}
	order, err := s.find(ctx, in.Number)
	if err != nil {
		return nil, s.problem(ctx, err, nil)
	}
	out.ETag, out.Body = etag(order), viewOrder(order, v.base)
	return out, nil
}
