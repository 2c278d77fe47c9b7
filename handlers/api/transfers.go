package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"waybill/store"
)

// movingView is a transfer as the warehouses at its ends see it.
type movingView struct {
	ID      string              `json:"id"`
	Order   *string             `json:"order" example:"100123" doc:"The number of the order that it serves; null for one that fills a shelf"`
	From    string              `json:"from" example:"warehouse1"`
	To      string              `json:"to" example:"warehouse2"`
	State   store.TransferState `json:"state" enum:"requested,sent,delivered,refused,closed" doc:"What is sent is in transit until it is delivered; a closed one is not needed any more, or was lost"`
	Due     *time.Time          `json:"due" doc:"When it has to be there"`
	Lines   []store.Line        `json:"lines" doc:"What it carries now: asked for, then sent, then arrived in good order"`
	Missing []store.Line        `json:"missing" doc:"Asked for, and not sent"`
	Lost    []store.Line        `json:"lost" doc:"Sent, and not arrived"`
	Damaged []store.Line        `json:"damaged" doc:"Arrived, and of no use"`
	Why     string              `json:"why,omitempty" doc:"Why units are missing, lost or damaged"`
	Version int                 `json:"version" doc:"One more with every change"`
}

type transfersOutput struct {
	Body struct {
		Warehouse string       `json:"warehouse" example:"warehouse1"`
		Items     []movingView `json:"items" doc:"Those from and to the warehouse that have not ended, by when they are due"`
	}
}

type transferInput struct {
	Transfer string `path:"transfer" example:"100123-1-warehouse1"`
}

type transferOutput struct {
	Location string `header:"Location"`
	Body     movingView
}

type askOutput struct {
	Status   int
	Location string `header:"Location"`
	Replayed string `header:"Idempotent-Replayed" doc:"true when the same had been asked before with this key and nothing was asked now"`
	Body     movingView
}

type askInput struct {
	Warehouse string `path:"id" example:"warehouse2"`
	Key       string `header:"Idempotency-Key" required:"true" minLength:"1" maxLength:"255" pattern:"^[ -~]+$" doc:"New for each ask; the same one to send it again"`
	Body      struct {
		From     string `json:"from" maxLength:"64" example:"warehouse1" doc:"The warehouse that is asked"`
		Product  string `json:"product" maxLength:"64" example:"prod1"`
		Quantity int    `json:"quantity" minimum:"1" maximum:"100000" doc:"Units"`
	}
}

type sendInput struct {
	Transfer string `path:"transfer" example:"100123-1-warehouse1"`
	Body     struct {
		Lines  []receiptLine `json:"lines" maxItems:"500" doc:"What leaves. Less than was asked for needs a reason, and nothing is a refusal"`
		Reason string        `json:"reason,omitempty" enum:"gone,damaged,kept" doc:"Why not all: gone and damaged units leave the books, kept ones stay on them"`
		Note   string        `json:"note,omitempty" maxLength:"200" example:"Looked twice"`
	}
}

type comeInput struct {
	Transfer string `path:"transfer" example:"100123-1-warehouse1"`
	Body     struct {
		Lines   []receiptLine `json:"lines" maxItems:"500" doc:"What arrived in good order. What was sent and stands neither here nor among the damaged is lost"`
		Damaged []receiptLine `json:"damaged,omitempty" maxItems:"500" doc:"What arrived and is of no use"`
		Note    string        `json:"note,omitempty" maxLength:"200" example:"The box was wet" doc:"What happened to the rest; needed when not all arrived in good order"`
	}
}

// transferRoutes registers what can be done about goods between warehouses.
func (s *server) transferRoutes() {
	const all, one = prefix + "/warehouses/{id}/transfers", prefix + "/transfers/{transfer}"
	operation := func(id, method, path, summary, scope, description string, errors ...int) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Summary: summary, Description: description, Tags: []string{"stock"}, Security: needs(scope), Errors: errors}
	}
	huma.Register(s.api, operation("listTransfers", http.MethodGet, all, "See what a warehouse has to send and to receive", ReadStock, "", 401, 403, 404, 503), s.transfers)
	huma.Register(s.api, operation("getTransfer", http.MethodGet, one, "See how a transfer stands", ReadStock, "", 401, 403, 404, 503), s.transfer)

	ask := operation("askTransfer", http.MethodPost, all, "Ask another warehouse for units, for this one's shelf", WriteStock,
		"The units are reserved where they lie until they are sent. When fewer are free, it is a 409 and nothing is asked. The same with the same Idempotency-Key answers 200 with the transfer as it is.", 400, 401, 403, 404, 408, 409, 413, 415, 422, 503)
	ask.DefaultStatus = http.StatusCreated
	huma.Register(s.api, ask, s.ask)
	huma.Register(s.api, operation("sendTransfer", http.MethodPost, one+"/send", "Send a transfer, or a part of it, or refuse it", WriteStock,
		"What is not sent, its order gets from elsewhere or waits for. The same again changes nothing.", 400, 401, 403, 404, 408, 409, 413, 415, 422, 503), s.sendTransfer)
	huma.Register(s.api, operation("receiveTransfer", http.MethodPost, one+"/receive", "Receive a transfer", WriteStock,
		"What does not arrive in good order, its order gets from elsewhere or waits for. The same again changes nothing.", 400, 401, 403, 404, 408, 409, 413, 415, 422, 503), s.receiveTransfer)
}

// Resolve is called by huma once the body has been read.
func (in *askInput) Resolve(ctx huma.Context) []error {
	visitOf(ctx.Context()).takes(in)
	return nil
}

// Resolve is called by huma once the body has been read: what its schema cannot say.
func (in *sendInput) Resolve(ctx huma.Context) []error {
	visitOf(ctx.Context()).takes(in)
	return append(tidy(field{"note", &in.Body.Note, 0, maxReason}), badProducts(in.Body.Lines)...)
}

// Resolve is called by huma once the body has been read.
func (in *comeInput) Resolve(ctx huma.Context) []error {
	visitOf(ctx.Context()).takes(in)
	return append(tidy(field{"note", &in.Body.Note, 0, maxReason}), badProducts(in.Body.Lines)...)
}

func (s *server) transfers(ctx context.Context, in *stockInput) (*transfersOutput, error) {
	if !store.ValidID(in.Warehouse) {
		return nil, s.problem(ctx, store.Errorf(store.NotFound, "There is no such warehouse."), nil)
	}
	list, err := s.Store.TransfersOf(ctx, in.Warehouse)
	if err != nil {
		return nil, s.problem(ctx, err, nil)
	}
	out := &transfersOutput{}
	out.Body.Warehouse, out.Body.Items = in.Warehouse, []movingView{}
	for _, t := range list {
		out.Body.Items = append(out.Body.Items, viewMoving(t))
	}
	return out, nil
}

func (s *server) transfer(ctx context.Context, in *transferInput) (*transferOutput, error) {
	t, err := s.Store.Transfer(ctx, in.Transfer)
	return s.answerTransfer(ctx, t, err, nil)
}

// ask asks another warehouse for units.
func (s *server) ask(ctx context.Context, in *askInput) (*askOutput, error) {
	v := visitOf(ctx)
	directory, err := s.Store.Directory(ctx)
	if err == nil && directory.Warehouses[in.Warehouse].ID == "" {
		err = store.Errorf(store.NotFound, "There is no such warehouse.")
	}
	if err != nil {
		return nil, s.problem(ctx, err, nil)
	}
	t, raised, err := s.Store.AskTransfer(ctx, v.actor(), in.wish(v))
	out, err := s.answerTransfer(ctx, t, err, askField)
	if err != nil {
		return nil, err
	}
	status, replayed := madeOnce(raised)
	return &askOutput{Status: status, Location: out.Location, Replayed: replayed, Body: out.Body}, nil
}

// sendTransfer says what of a transfer leaves.
func (s *server) sendTransfer(ctx context.Context, in *sendInput) (*transferOutput, error) {
	why := store.Shortfall{Cause: store.Cause(in.Body.Reason), Note: in.Body.Note}
	t, err := s.Store.SendPart(ctx, visitOf(ctx).actor(), in.Transfer, linesOf(in.Body.Lines), why)
	return s.answerTransfer(ctx, t, err, nil)
}

// receiveTransfer says what of a transfer has arrived.
func (s *server) receiveTransfer(ctx context.Context, in *comeInput) (*transferOutput, error) {
	t, err := s.Store.ReceivePart(ctx, visitOf(ctx).actor(), in.Transfer, linesOf(in.Body.Lines), linesOf(in.Body.Damaged), in.Body.Note)
	return s.answerTransfer(ctx, t, err, nil)
}

// linesOf adds up what a request names, product by product.
func linesOf(lines []receiptLine) []store.Line {
	var all []store.Line
	for _, line := range lines {
		all = store.Add(all, []store.Line{{Product: line.Product, Quantity: line.Quantity}})
	}
	return all
}

func (s *server) answerTransfer(ctx context.Context, t store.Transfer, err error, rename func(string) string) (*transferOutput, error) {
	switch {
	case store.KindOf(err) == store.Invalid:
		return nil, s.refused(ctx, err, rename)
	case err != nil:
		return nil, s.problem(ctx, err, rename)
	}
	return &transferOutput{Location: prefix + "/transfers/" + t.ID, Body: viewMoving(t)}, nil
}

func viewMoving(t store.Transfer) movingView {
	view := movingView{
		ID: t.ID, From: t.From, To: t.To, State: t.State, Due: when(t.DueAt), Version: t.Version, Why: t.Why,
		Lines: viewLines(t.Lines), Missing: viewLines(t.Missing), Lost: viewLines(t.Lost), Damaged: viewLines(t.Damaged),
	}
	if !t.Fills() {
		view.Order = some(t.Order.String())
	}
	return view
}
