package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"waybill/store"
)

// holderView is an order, or a transfer for a shelf, that holds units of a product of which fewer were
// counted than are promised.
type holderView struct {
	Order      string       `json:"order,omitempty" example:"100123" doc:"The order's number; absent for a transfer that fills a shelf"`
	Transfer   string       `json:"transfer,omitempty" doc:"The id of a transfer that fills a shelf"`
	Status     store.Status `json:"status,omitempty" doc:"The order's status"`
	Holds      int          `json:"holds" doc:"Units"`
	MayLose    int          `json:"may_lose" doc:"Units of those that it could lose; none of a parcel that is ready"`
	Loses      int          `json:"loses" doc:"Units that it would lose"`
	Priority   int          `json:"priority"`
	PlacedAt   *time.Time   `json:"placed_at"`
	PromisedAt *time.Time   `json:"promised_at"`
	Then       *time.Time   `json:"then_promised_at,omitempty" doc:"By when it would be promised then; absent if it keeps its units, or would have to wait"`
}

// giveWay books a count below what is promised, if the caller says who loses units. Otherwise its error
// lists who could.
func (s *server) giveWay(ctx context.Context, in *countInput, refused error) (store.Level, error) {
	losers, err := s.Store.Losers(ctx, in.Warehouse, in.Product, store.Remains{Units: in.Body.OnHand}, in.Body.GiveWay)
	if err != nil || losers.Need == 0 {
		return store.Level{}, firstOf(err, refused)
	}
	if in.Body.GiveWay == nil || losers.Left > 0 {
		return store.Level{}, holdersProblem(losers, in.Body.GiveWay != nil)
	}
	levels, err := s.Store.Correct(ctx, visitOf(ctx).actor(), store.Correction{
		Warehouse: in.Warehouse, Kind: store.MoveCounted, Reason: in.Body.Reason, Key: s.NewKey(), Yields: losers.Yields(),
		Lines: []store.CorrectionLine{{Product: in.Product, Change: in.Body.OnHand - losers.Level.OnHand, Seen: losers.Level.OnHand}},
	})
	if err != nil || len(levels) == 0 {
		return store.Level{}, err
	}
	return levels[0], nil
}

func firstOf(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

// holdersProblem says who holds what is missing.
func holdersProblem(l store.Losers, chosen bool) *problem {
	p := &problem{Missing: l.Need, ErrorModel: huma.ErrorModel{
		Title: http.StatusText(http.StatusConflict), Status: http.StatusConflict,
		Detail: "More units are promised than were counted, so nothing was booked. Name in give_way who may lose units.",
	}}
	if chosen {
		p.Missing, p.Detail = l.Left, "Those in give_way do not hold enough that they could lose, so nothing was booked."
	}
	for _, h := range l.List {
		view := holderView{
			Transfer: h.Transfer, Status: h.Status, Holds: h.Units, MayLose: h.May, Loses: h.Gives, Priority: h.Priority,
			PlacedAt: when(h.PlacedAt), PromisedAt: when(h.PromisedAt), Then: when(h.Then.PromisedAt),
		}
		if h.Order != 0 {
			view.Order = h.Order.String()
		}
		p.Holders = append(p.Holders, view)
	}
	return p
}
