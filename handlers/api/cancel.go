package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"waybill/store"
)

// cancelInput is a wish to cancel an order.
type cancelInput struct {
	Number string `path:"number" example:"100123"`
	Body   struct {
		Reason string `json:"reason,omitempty" maxLength:"200" example:"ordered twice" doc:"Stands in the order's history"`
	}

	reason string
}

type cancelOutput struct {
	ETag string `header:"ETag"`
	Body orderView
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
	huma.Register(s.api, huma.Operation{
		OperationID: "cancelOrder", Method: http.MethodPost, Path: prefix + "/orders/{number}/cancel", Summary: "Cancel an order that has not left yet",
		Description: "Frees what the order held. Cancelling again changes nothing and answers with the order as it is.",
		Tags:        []string{"orders"}, Security: needs(WriteOrders), Errors: []int{400, 401, 403, 404, 408, 409, 413, 415, 422, 503},
	}, s.cancel)
}

// cancel cancels an order and shows it. Once it has left, the answer is 409 and says what to
// do instead.
func (s *server) cancel(ctx context.Context, in *cancelInput) (*cancelOutput, error) {
	number, ok := store.ParseNumber(in.Number)
	if !ok {
		return nil, s.problem(ctx, store.Errorf(store.NotFound, "There is no such order."), nil)
	}
	v := visitOf(ctx)
	if err := s.Store.Cancel(ctx, v.actor(), number, in.reason); err != nil {
		return nil, s.problem(ctx, err, nil)
	}
	order, err := s.Store.Order(ctx, number)
	if err != nil {
		return nil, s.problem(ctx, err, nil)
	}
	return &cancelOutput{ETag: etag(order), Body: viewOrder(order, v.base)}, nil
}
