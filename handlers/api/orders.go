package api

import (
	"context"
	"fmt"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"waybill/handlers/contact"
	"waybill/store"
)

// placeInput is a request to place an order.
type placeInput struct {
	Key  string `header:"Idempotency-Key" required:"true" minLength:"1" maxLength:"255" pattern:"^[ -~]+$" doc:"Names this wish. Sent again with the same body it gives the same order, for at least 24 hours"`
	Body placeBody

	draft  store.Draft
	faults map[string]string // by field of the draft
}

type placeBody struct {
	Recipient recipientBody `json:"recipient"`
	Lines     []lineBody    `json:"lines" minItems:"1" maxItems:"200" doc:"The same product twice is added up"`
	Speed     string        `json:"speed,omitempty" enum:"standard,express,same_day" default:"standard" doc:"same_day only where a warehouse can keep it: otherwise this field says why not"`
	Backorder string        `json:"backorder,omitempty" enum:"allow,deny" default:"deny" doc:"Whether to wait for what is not there now, where the product allows it. The order then waits whole, unless parts is true"`
	Parts     bool          `json:"parts,omitempty" doc:"With backorder allow: send what is there now as this order, and the rest later as a second order, linked as its rest"`
}

type recipientBody struct {
	Name    string      `json:"name" maxLength:"100" example:"Anna Nowak"`
	Email   string      `json:"email" maxLength:"254" example:"anna@example.com"`
	Phone   string      `json:"phone,omitempty" maxLength:"40" example:"+48600100200" doc:"E.164, or as it is written in the address's country"`
	Address addressBody `json:"address"`
}

type addressBody struct {
	Line1      string `json:"line1" maxLength:"120" example:"ul. Długa 1"`
	Line2      string `json:"line2,omitempty" maxLength:"120" example:"m. 4"`
	City       string `json:"city" maxLength:"80" example:"Gdańsk"`
	PostalCode string `json:"postal_code" maxLength:"12" example:"80-827"`
	Country    string `json:"country" minLength:"2" maxLength:"2" example:"PL" doc:"ISO 3166-1 alpha-2"`
}

type lineBody struct {
	Product  string `json:"product" maxLength:"64" example:"prod1"`
	Quantity int    `json:"quantity" minimum:"1" maximum:"999" example:"2" doc:"Units"`
}

type placeOutput struct {
	Status   int
	Location string `header:"Location"`
	ETag     string `header:"ETag"`
	Replayed string `header:"Idempotent-Replayed" doc:"true if this order had already been placed with this key"`
	Body     orderView
}

type orderInput struct {
	Number string `path:"number" maxLength:"512" example:"100123" doc:"The order's number, or its reference"`
	Match  string `header:"If-None-Match" doc:"An ETag from before: answers 304 if nothing has changed since"`
}

type orderOutput struct {
	Status int
	ETag   string `header:"ETag"`
	Body   *storyView
}

// placeOrder is the operation that comes first when there is more to do than there is room for.
const placeOrder = "placeOrder"

// orderRoutes registers what can be done with orders.
func (s *server) orderRoutes() {
	lack := s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[problem](), true, "Problem")
	placed := s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[orderView](), true, "OrderView")
	huma.Register(s.api, huma.Operation{
		OperationID: placeOrder, Method: http.MethodPost, Path: prefix + "/orders", Summary: "Place an order",
		Description: "A 422 names all that is wrong at once: fields, products that are not sold, too many of one, and lines of which too little is there, " +
			"with how much is left. An order with which only that is wrong is a 409.",
		Tags: []string{"orders"}, Security: needs(WriteOrders), DefaultStatus: http.StatusCreated,
		Errors: []int{400, 401, 403, 408, 413, 415, 422, 503},
		Responses: map[string]*huma.Response{
			"202": {
				Description: "The order is received: it is safely written down under its number, and placed as soon as our records can be reached. Until then follow and cancel it by its reference, to which Location leads: any node knows that",
				Content:     map[string]*huma.MediaType{"application/json": {Schema: placed}},
			},
			"409": {
				Description: "There is too little in stock, or the same request is still being worked on",
				Content:     map[string]*huma.MediaType{problemType: {Schema: lack}},
			},
		},
	}, s.place)
	huma.Register(s.api, huma.Operation{
		OperationID: "getOrder", Method: http.MethodGet, Path: prefix + "/orders/{number}", Summary: "See how an order stands and what has happened to it",
		Tags: []string{"orders"}, Security: needs(ReadOrders), Errors: []int{401, 403, 404, 503},
		Responses: map[string]*huma.Response{"304": {Description: "Nothing has changed since the ETag in If-None-Match"}},
	}, s.order)
}

// Resolve is called by huma once the body has been read, also when its form was wrong: so
// one answer names everything that is wrong, not the first layer only. What only the shop
// knows is asked for (further) where there is something to refuse.
func (in *placeInput) Resolve(ctx huma.Context) []error {
	visitOf(ctx.Context()).takes(in)
	r := in.Body.Recipient
	in.draft = store.Draft{
		Recipient: store.Recipient{Name: r.Name, Email: r.Email, Phone: r.Phone, Address: store.Address(r.Address)},
		Speed:     store.Speed(in.Body.Speed),
		Backorder: in.Body.Backorder == "allow",
		Parts:     in.Body.Backorder == "allow" && in.Body.Parts,
	}
	for _, line := range in.Body.Lines {
		in.draft.Lines = append(in.draft.Lines, store.Line(line))
	}
	in.faults = contact.Fix(&in.draft)
	var errs []error
	for _, detail := range details(in.faults, in.place) {
		errs = append(errs, detail)
	}
	return errs
}

// place says where in the request a field of the draft stands. The draft's lines have
// been added up: its line stands where its product was first named.
func (in *placeInput) place(field string) string {
	if field == "idempotency_key" {
		return keyPlace
	}
	var merged int
	if n, _ := fmt.Sscanf(field, "lines[%d]", &merged); n == 1 && merged < len(in.draft.Lines) {
		_, rest, _ := strings.Cut(field, "]")
		for i, line := range in.Body.Lines {
			if line.Product == in.draft.Lines[merged].Product {
				return fmt.Sprintf("body.lines[%d]%s", i, rest)
			}
		}
	}
	return "body." + field
}

// place places an order. A repeat with the same key gives the order that the first one
// made, as it stands now, and places nothing.
func (s *server) place(ctx context.Context, in *placeInput) (*placeOutput, error) {
	v := visitOf(ctx)
	wish := store.Placement{Caller: "api:" + v.key.Name, Key: in.Key, Who: v.actor(), Draft: in.draft, To: s.at(in.draft.Recipient.Address)}
	order, created, err := s.Store.Place(ctx, wish)
	switch {
	case err != nil && in.more(err):
		return nil, s.refused(ctx, err, in.place)
	case err != nil:
		return nil, s.problem(ctx, err, in.place)
	}
	out := &placeOutput{Status: http.StatusCreated, Location: prefix + "/orders/" + order.Number.String(), ETag: etag(order), Body: viewOrder(order, v.base)}
	if !created {
		out.Replayed = "true"
	}
	if order.Status == store.Received { // it is written down, and not placed yet
		out.Status, out.Location = http.StatusAccepted, prefix+"/orders/"+order.Token
	}
	return out, nil
}

// find finds an order by its number or its reference. Of one that is received, and that cannot be looked up,
// the reference itself tells.
func (s *server) find(ctx context.Context, name string) (store.Order, error) {
	if number, ok := store.ParseNumber(name); ok {
		order, err := s.Store.Order(ctx, number)
		if store.KindOf(err) == store.NotFound {
			err = store.Errorf(store.NotFound, "There is no order %s in our records. If the answer to placing it was 202, look for it by the reference in that answer until it is placed.", number)
		}
		return order, err
	}
	if len(name) < shortestReference {
		return store.Order{}, store.Errorf(store.NotFound, "There is no such order.")
	}
	order, err := s.Store.OrderByToken(ctx, name)
	if store.KindOf(err) == store.Unavailable && order.Number != 0 {
		err = nil
	}
	return order, err
}

// shortestReference is fewer characters than any reference has.
const shortestReference = 16

// order shows an order with its history.
func (s *server) order(ctx context.Context, in *orderInput) (*orderOutput, error) {
	order, err := s.find(ctx, in.Number)
	if err != nil {
		return nil, s.problem(ctx, err, nil)
	}
	out := &orderOutput{Status: http.StatusOK, ETag: etag(order)}
	if known(in.Match, out.ETag) {
		out.Status = http.StatusNotModified
		return out, nil
	}
	view := viewStory(order, visitOf(ctx).base)
	out.Body = &view
	return out, nil
}

// etag names the state of an order. One that is received only may be placed with the same version, and one that
// cannot be looked up has no version to tell its states apart.
func etag(o store.Order) string {
	switch {
	case !o.Unwanted.IsZero():
		return fmt.Sprintf(`"%d-unwanted"`, o.Version)
	case o.Status == store.Received, o.Version == 0:
		return fmt.Sprintf(`"%d-%s"`, o.Version, o.Status)
	}
	return fmt.Sprintf(`"%d"`, o.Version)
}

// known tells whether an If-None-Match header names the ETag, by RFC 9110, 13.1.2.
func known(match, etag string) bool {
	for candidate := range strings.SplitSeq(match, ",") {
		candidate = strings.TrimPrefix(strings.TrimSpace(candidate), "W/")
		if candidate == etag || candidate == "*" {
			return true
		}
	}
	return false
}
