package api

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"waybill/store"
)

// deliveryView is what a supplier has announced to a warehouse, and what has come of it.
type deliveryView struct {
	ID        string              `json:"id"`
	Warehouse string              `json:"warehouse" example:"warehouse1"`
	Supplier  string              `json:"supplier" example:"Mill"`
	Reference string              `json:"reference" example:"DN-2026-117" doc:"The supplier's own number for it"`
	State     store.DeliveryState `json:"state" enum:"announced,received" doc:"One that has come in part is still announced; of one that is received nothing more is coming"`
	Due       time.Time           `json:"due" doc:"Until when it may come"`
	Version   int                 `json:"version" doc:"One more with every change; also the ETag"`
	Lines     []deliveryLine      `json:"lines"`
}

type deliveryLine struct {
	Product   string `json:"product" example:"prod1"`
	Announced int    `json:"announced" doc:"Units"`
	Received  int    `json:"received" doc:"Units that are on the shelf"`
}

type deliveriesOutput struct {
	Body struct {
		Warehouse string         `json:"warehouse" example:"warehouse1"`
		Items     []deliveryView `json:"items" doc:"Those announced, by the day on which they come; then those received last"`
	}
}

type deliveryInput struct {
	Warehouse string `path:"id" example:"warehouse1"`
	Delivery  string `path:"delivery"`
}

type deliveryOutput struct {
	Location string `header:"Location"`
	ETag     string `header:"ETag"`
	Body     deliveryView
}

type announceOutput struct {
	Status   int
	Location string `header:"Location"`
	ETag     string `header:"ETag"`
	Replayed string `header:"Idempotent-Replayed" doc:"true when it had been announced before and nothing was changed now"`
	Body     deliveryView
}

type announceInput struct {
	Warehouse string `path:"id" example:"warehouse1"`
	Body      struct {
		Supplier  string        `json:"supplier" minLength:"1" maxLength:"80" example:"Mill"`
		Reference string        `json:"reference" minLength:"1" maxLength:"60" example:"DN-2026-117" doc:"The supplier's own number for it; with the supplier it names the delivery"`
		Due       string        `json:"due" minLength:"10" maxLength:"10" example:"2026-12-03" doc:"The day on which it comes, in the shop's time zone"`
		Lines     []receiptLine `json:"lines" minItems:"1" maxItems:"500" doc:"Each product once"`
	}
}

type moveInput struct {
	Warehouse string `path:"id" example:"warehouse1"`
	Delivery  string `path:"delivery"`
	Body      struct {
		Due    string `json:"due" minLength:"10" maxLength:"10" example:"2026-12-03" doc:"The day on which it comes now"`
		Reason string `json:"reason" minLength:"1" maxLength:"200" example:"The truck broke down"`
	}
}

type arriveInput struct {
	Warehouse string `path:"id" example:"warehouse1"`
	Delivery  string `path:"delivery"`
	Match     string `header:"If-Match" required:"true" minLength:"1" maxLength:"40" doc:"The ETag of the delivery as you saw it: what was booked since is not booked again"`
	Body      struct {
		Lines  []receiptLine `json:"lines" maxItems:"500" doc:"What has come, whole and fit to sell; also what was not announced"`
		Last   bool          `json:"last,omitempty" doc:"Whether nothing more of it is coming"`
		Reason string        `json:"reason,omitempty" maxLength:"200" example:"One carton was missing" doc:"Needed when more came than was announced, or less and it was the last"`
	}
}

// deliveryRoutes registers what can be done about goods that are to come.
func (s *server) deliveryRoutes() {
	const all = prefix + "/warehouses/{id}/deliveries"
	operation := func(id, method, path, summary, scope string, errors ...int) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Summary: summary, Tags: []string{"stock"}, Security: needs(scope), Errors: errors}
	}
	huma.Register(s.api, operation("listDeliveries", http.MethodGet, all, "See what is announced to a warehouse", ReadStock, 401, 403, 404, 503), s.deliveries)
	huma.Register(s.api, operation("getDelivery", http.MethodGet, all+"/{delivery}", "See how a delivery stands", ReadStock, 401, 403, 404, 503), s.delivery)

	announce := operation("announceDelivery", http.MethodPost, all, "Announce a delivery", WriteStock, 400, 401, 403, 404, 408, 409, 413, 415, 422, 503)
	announce.DefaultStatus = http.StatusCreated
	announce.Description = "Customers who wait for the products read the day. Supplier and reference name the delivery: the same announcement again changes nothing and answers 200 with the delivery as it is; another one under the same name is a 409."
	huma.Register(s.api, announce, s.announce)

	move := operation("moveDelivery", http.MethodPut, all+"/{delivery}/due", "Say that a delivery comes on another day", WriteStock, 400, 401, 403, 404, 408, 409, 413, 415, 422, 503)
	huma.Register(s.api, move, s.moveDelivery)

	arrive := operation("receiveDelivery", http.MethodPost, all+"/{delivery}/receipts", "Book what has come of a delivery", WriteStock, 400, 401, 403, 404, 408, 409, 412, 413, 415, 422, 503)
	arrive.Description = "Orders that wait for the products get them by priority, then age. If-Match names the delivery as you saw it; when it has changed since, the answer is 412 and nothing is booked. A request that was lost on the way can be sent again for that reason: look at the delivery if it answers 412."
	huma.Register(s.api, arrive, s.receiveDelivery)
}

// Resolve is called by huma once the body has been read: what its schema cannot say.
func (in *announceInput) Resolve(ctx huma.Context) []error {
	visitOf(ctx.Context()).takes(in)
	return append(tidy(field{"supplier", &in.Body.Supplier, 1, 80}, field{"reference", &in.Body.Reference, 1, 60}), badProducts(in.Body.Lines)...)
}

// Resolve is called by huma once the body has been read.
func (in *moveInput) Resolve(ctx huma.Context) []error {
	visitOf(ctx.Context()).takes(in)
	return tidy(field{"reason", &in.Body.Reason, 1, maxReason})
}

// Resolve is called by huma once the body has been read.
func (in *arriveInput) Resolve(ctx huma.Context) []error {
	visitOf(ctx.Context()).takes(in)
	return append(tidy(field{"reason", &in.Body.Reason, 0, maxReason}), badProducts(in.Body.Lines)...)
}

func (s *server) deliveries(ctx context.Context, in *stockInput) (*deliveriesOutput, error) {
	if !store.ValidID(in.Warehouse) {
		return nil, s.problem(ctx, store.Errorf(store.NotFound, "There is no such warehouse."), nil)
	}
	open, closed, err := s.Store.Deliveries(ctx, in.Warehouse)
	if err != nil {
		return nil, s.problem(ctx, err, nil)
	}
	out := &deliveriesOutput{}
	out.Body.Warehouse, out.Body.Items = in.Warehouse, []deliveryView{}
	for _, d := range append(open, closed...) {
		out.Body.Items = append(out.Body.Items, viewDelivery(d))
	}
	return out, nil
}

// found gives the delivery that an address names, at its warehouse.
func (s *server) found(ctx context.Context, warehouse, id string) (store.Delivery, error) {
	none := store.Errorf(store.NotFound, "There is no such delivery.")
	if !store.ValidID(id) {
		return store.Delivery{}, none
	}
	d, err := s.Store.Delivery(ctx, id)
	if err == nil && d.Warehouse != warehouse {
		return d, none
	}
	return d, err
}

func (s *server) delivery(ctx context.Context, in *deliveryInput) (*deliveryOutput, error) {
	d, err := s.found(ctx, in.Warehouse, in.Delivery)
	return s.answerDelivery(ctx, d, err, nil)
}

// announce takes down what a supplier will deliver.
func (s *server) announce(ctx context.Context, in *announceInput) (*announceOutput, error) {
	if !store.ValidID(in.Warehouse) {
		return nil, s.problem(ctx, store.Errorf(store.NotFound, "There is no such warehouse."), nil)
	}
	d, err := in.announced(s.Now())
	if err != nil {
		return nil, s.refused(ctx, badDay(err), nil)
	}
	d, made, err := s.Store.Announce(ctx, visitOf(ctx).actor(), d)
	out, err := s.answerDelivery(ctx, d, err, announceField)
	if err != nil {
		return nil, err
	}
	status, replayed := madeOnce(made)
	return &announceOutput{Status: status, Location: out.Location, ETag: out.ETag, Replayed: replayed, Body: out.Body}, nil
}

// announced is the delivery that is announced; the error is about its day.
func (in *announceInput) announced(now time.Time) (store.Delivery, error) {
	due, err := store.DueOn(in.Body.Due, now)
	d := store.Delivery{Warehouse: in.Warehouse, Supplier: in.Body.Supplier, Reference: in.Body.Reference, Due: due}
	for _, line := range in.Body.Lines {
		d.Lines = append(d.Lines, store.DeliveryLine{Product: line.Product, Announced: line.Quantity})
	}
	return d, err
}

// announceField says where a field of a delivery stands in its announcement.
func announceField(field string) string {
	return "body." + strings.ReplaceAll(field, ".units", ".quantity")
}

// further names a day that cannot be, and products that the shop does not have or that stand there twice.
func (in *announceInput) further(ctx context.Context, s *server) []*huma.ErrorDetail {
	d, wrong := in.announced(s.Now())
	fields := map[string]string{}
	if directory, err := s.Store.Directory(ctx); err == nil {
		maps.Copy(fields, fieldsOf(d.CheckIn(directory)))
	}
	delete(fields, "due")
	if wrong != nil {
		fields["due"] = store.MessageOf(wrong)
	}
	return details(fields, announceField)
}

// further names a day that cannot be.
func (in *moveInput) further(_ context.Context, s *server) []*huma.ErrorDetail {
	if _, err := store.DueOn(in.Body.Due, s.Now()); err != nil {
		return details(fieldsOf(badDay(err)), nil)
	}
	return nil
}

// moveDelivery changes the day on which a delivery is due.
func (s *server) moveDelivery(ctx context.Context, in *moveInput) (*deliveryOutput, error) {
	d, err := s.found(ctx, in.Warehouse, in.Delivery)
	if err != nil {
		return nil, s.problem(ctx, err, nil)
	}
	if d.Due, err = store.DueOn(in.Body.Due, s.Now()); err != nil {
		return nil, s.problem(ctx, badDay(err), nil)
	}
	d, err = s.Store.MoveDelivery(ctx, visitOf(ctx).actor(), store.Delivery{ID: d.ID, Due: d.Due}, in.Body.Reason)
	return s.answerDelivery(ctx, d, err, nil)
}

// receiveDelivery books what has come, if the delivery is as the caller saw it.
func (s *server) receiveDelivery(ctx context.Context, in *arriveInput) (*deliveryOutput, error) {
	d, err := s.found(ctx, in.Warehouse, in.Delivery)
	if err != nil {
		return nil, s.problem(ctx, err, nil)
	}
	if !known(in.Match, etagOf(d)) {
		return nil, &problem{ErrorModel: huma.ErrorModel{
			Title: http.StatusText(http.StatusPreconditionFailed), Status: http.StatusPreconditionFailed,
			Detail: "The delivery has changed since you saw it, so nothing was booked. Look at it again.",
		}}
	}
	d, err = s.Store.ReceiveDelivery(ctx, visitOf(ctx).actor(), d.ID, d.Version, in.receipt())
	return s.answerDelivery(ctx, d, err, arriveField)
}

func (in *arriveInput) receipt() store.DeliveryReceipt {
	receipt := store.DeliveryReceipt{Last: in.Body.Last, Why: in.Body.Reason}
	for _, line := range in.Body.Lines {
		receipt.Lines = append(receipt.Lines, store.Line{Product: line.Product, Quantity: line.Quantity})
	}
	return receipt
}

// arriveField says where a field of a receipt stands in the request.
func arriveField(field string) string {
	if field == "units" {
		return "body.lines"
	}
	return "body." + field
}

// further names the products that this shop does not have and, where units and delivery are as they should
// be, what a receipt of them lacks.
func (in *arriveInput) further(ctx context.Context, s *server) []*huma.ErrorDetail {
	directory, err := s.Store.Directory(ctx)
	if err != nil {
		return nil
	}
	d, err := s.found(ctx, in.Warehouse, in.Delivery)
	units := !slices.ContainsFunc(in.Body.Lines, func(l receiptLine) bool { return l.Quantity < 1 || l.Quantity > store.MaxDeliveryUnits })
	if err != nil || !known(in.Match, etagOf(d)) || !units {
		return s.unknownProducts(ctx, in.Body.Lines)
	}
	_, err = d.ReceiveIn(directory, in.receipt())
	return details(fieldsOf(err), arriveField)
}

func badDay(err error) error {
	return &store.Error{Kind: store.Invalid, Message: lookAgain, Fields: map[string]string{"due": store.MessageOf(err)}}
}

func etagOf(d store.Delivery) string { return fmt.Sprintf(`"%d"`, d.Version) }

func (s *server) answerDelivery(ctx context.Context, d store.Delivery, err error, rename func(string) string) (*deliveryOutput, error) {
	if err != nil {
		return nil, s.problem(ctx, err, rename)
	}
	return &deliveryOutput{Location: prefix + "/warehouses/" + d.Warehouse + "/deliveries/" + d.ID, ETag: etagOf(d), Body: viewDelivery(d)}, nil
}

func viewDelivery(d store.Delivery) deliveryView {
	view := deliveryView{
		ID: d.ID, Warehouse: d.Warehouse, Supplier: d.Supplier, Reference: d.Reference, State: d.State, Due: d.Due.UTC(), Version: d.Version,
		Lines: make([]deliveryLine, len(d.Lines)),
	}
	for i, line := range d.Lines {
		view.Lines[i] = deliveryLine(line)
	}
	return view
}
