package api

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"waybill/store"
)

// maxReason is how many characters the reason of a count may have.
const maxReason = 200

type stockInput struct {
	Warehouse string `path:"id" example:"warehouse1"`
}

type stockOutput struct {
	Body struct {
		Warehouse string      `json:"warehouse" example:"warehouse1"`
		Items     []shelfView `json:"items"`
	}
}

// shelfView is a level, and when the product runs low there.
type shelfView struct {
	levelView
	Threshold int `json:"threshold" doc:"Below so many available units the warehouse runs low of it; 0 for no threshold"`
}

type thresholdInput struct {
	Warehouse string `path:"id" example:"warehouse1"`
	Product   string `path:"product" example:"prod1"`
	Body      struct {
		Threshold int `json:"threshold" minimum:"0" maximum:"1000000" example:"20" doc:"Below so many available units the warehouse runs low of the product; 0 takes the threshold away"`
	}
}

type thresholdOutput struct {
	Body struct {
		Warehouse string `json:"warehouse" example:"warehouse1"`
		Product   string `json:"product" example:"prod1"`
		Threshold int    `json:"threshold" doc:"Units"`
	}
}

// levelView is what a warehouse holds of one product, in units.
type levelView struct {
	Product   string `json:"product" example:"prod1"`
	OnHand    int    `json:"on_hand" doc:"Units on the shelf"`
	Reserved  int    `json:"reserved" doc:"Units of those that are promised to orders"`
	Available int    `json:"available" doc:"Units that can still be promised"`
}

type countInput struct {
	Warehouse string `path:"id" example:"warehouse1"`
	Product   string `path:"product" example:"prod1"`
	Body      struct {
		OnHand  int      `json:"on_hand" minimum:"0" maximum:"1000000000" doc:"Units that were counted"`
		Reason  string   `json:"reason" minLength:"1" maxLength:"200" example:"Yearly count" doc:"Why; it stands in the ledger"`
		GiveWay []string `json:"give_way,omitempty" maxItems:"200" example:"[\"100123\"]" doc:"Numbers of the orders (and ids of the transfers) that may lose units if more is promised than was counted, as a 409 lists them; of those as few as needed, the newest of the lowest priority first"`
	}
}

type countOutput struct{ Body levelView }

// stockRoutes registers what can be done with stock.
func (s *server) stockRoutes() {
	lack := s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[problem](), true, "Problem")
	huma.Register(s.api, huma.Operation{
		OperationID: "getStock", Method: http.MethodGet, Path: prefix + "/warehouses/{id}/stock", Summary: "See what a warehouse holds",
		Tags: []string{"stock"}, Security: needs(ReadStock), Errors: []int{401, 403, 404, 503},
	}, s.stock)
	huma.Register(s.api, huma.Operation{
		OperationID: "setStock", Method: http.MethodPut, Path: prefix + "/warehouses/{id}/stock/{product}", Summary: "Book a count of one product",
		Description: "Sets how many units are on the shelf. Below what is promised to orders it is a 409 that lists who holds them, " +
			"and nothing is booked; with give_way those orders lose what is missing, get it from elsewhere or wait for it, and the count is booked.",
		Tags: []string{"stock"}, Security: needs(WriteStock), Errors: []int{400, 401, 403, 404, 408, 413, 415, 422, 503},
		Responses: map[string]*huma.Response{"409": {
			Description: "More is promised than was counted, or stock has moved on",
			Content:     map[string]*huma.MediaType{problemType: {Schema: lack}},
		}},
	}, s.setStock)
	huma.Register(s.api, huma.Operation{
		OperationID: "setThreshold", Method: http.MethodPut, Path: prefix + "/warehouses/{id}/stock/{product}/threshold", Summary: "Say when a warehouse runs low of a product",
		Description: "What runs low stands on the warehouse's page with a suggestion from where to take some, and is told once as stock.low. The same again changes nothing.",
		Tags:        []string{"stock"}, Security: needs(WriteStock), Errors: []int{400, 401, 403, 404, 408, 413, 415, 422, 503},
	}, s.setThreshold)
}

// Resolve is called by huma once the body has been read: what its schema cannot say.
func (in *countInput) Resolve(huma.Context) []error {
	in.Body.Reason = strings.Join(strings.Fields(in.Body.Reason), " ")
	if !store.ValidReason(in.Body.Reason) {
		return []error{&huma.ErrorDetail{Location: "body.reason", Message: "Say why in 1 to 200 plain characters."}}
	}
	return nil
}

// stock shows what a warehouse holds.
func (s *server) stock(ctx context.Context, in *stockInput) (*stockOutput, error) {
	if !store.ValidID(in.Warehouse) {
		return nil, s.problem(ctx, store.Errorf(store.NotFound, "There is no such warehouse."), nil)
	}
	shelves, err := s.Store.StockOf(ctx, in.Warehouse)
	if err != nil {
		return nil, s.problem(ctx, err, nil)
	}
	out := &stockOutput{}
	out.Body.Warehouse = in.Warehouse
	out.Body.Items = make([]shelfView, len(shelves))
	for i, shelf := range shelves {
		out.Body.Items[i] = shelfView{viewLevel(shelf.Product.ID, shelf.Level), shelf.Threshold}
	}
	return out, nil
}

// setStock books a count.
func (s *server) setStock(ctx context.Context, in *countInput) (*countOutput, error) {
	if !store.ValidID(in.Warehouse) || !store.ValidID(in.Product) {
		return nil, s.problem(ctx, store.Errorf(store.NotFound, "There is no such warehouse or product."), nil)
	}
	level, err := s.Store.SetStock(ctx, visitOf(ctx).actor(), in.Warehouse, in.Product, in.Body.OnHand, in.Body.Reason)
	if err != nil && store.KindOf(err) == store.Conflict {
		level, err = s.giveWay(ctx, in, err)
	}
	if p, ok := errors.AsType[*problem](err); ok {
		return nil, p
	}
	if err != nil {
		return nil, s.problem(ctx, err, nil)
	}
	return &countOutput{Body: viewLevel(in.Product, level)}, nil
}

// setThreshold says below how many free units a product runs low.
func (s *server) setThreshold(ctx context.Context, in *thresholdInput) (*thresholdOutput, error) {
	if !store.ValidID(in.Warehouse) || !store.ValidID(in.Product) {
		return nil, s.problem(ctx, store.Errorf(store.NotFound, "There is no such warehouse or product."), nil)
	}
	if err := s.Store.SetThreshold(ctx, visitOf(ctx).actor(), in.Warehouse, in.Product, in.Body.Threshold); err != nil {
		return nil, s.problem(ctx, err, nil)
	}
	out := &thresholdOutput{}
	out.Body.Warehouse, out.Body.Product, out.Body.Threshold = in.Warehouse, in.Product, in.Body.Threshold
	return out, nil
}

func viewLevel(product string, l store.Level) levelView {
	return levelView{Product: product, OnHand: l.OnHand, Reserved: l.Reserved, Available: l.Free()}
}
