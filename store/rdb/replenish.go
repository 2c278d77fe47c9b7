package rdb

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"waybill/store"
)

// askHead begins the ids of transfers that fill a shelf.
const askHead = "ask-"

func isAsk(id string) bool { return strings.HasPrefix(id, askHead) }

// AskTransfer asks one warehouse for units of a product for the shelf of another: a transfer that serves
// no order. The units are reserved at the source under the transfer's own id. Invalid by field; Conflict
// with Short when fewer are free by now, and then nothing is asked. The same ask with the same key leads
// to the same transfer, and raised is false.
//
// Keys: the transfer boundary, then the source's stock (applyTransfer). The transfer comes first and the
// reservation is what its first version means, so that the sweeper finishes it when the node dies.
func (s *Store) AskTransfer(ctx context.Context, who store.Actor, ask store.Ask) (_ store.Transfer, raised bool, err error) {
	directory, err := s.Directory(ctx)
	if err != nil {
		return store.Transfer{}, false, err
	}
	if err := ask.Check(directory); err != nil {
		return store.Transfer{}, false, err
	}
	uid, err := s.uid(ctx, "ask "+ask.To, fmt.Sprintf("%s %s %s %d", ask.From, ask.Product, ask.Key, ask.Units))
	if err != nil {
		return store.Transfer{}, false, wrap("ask", err)
	}
	transfer := store.Transfer{
		ID: askHead + uid, From: ask.From, To: ask.To, Lines: []store.Line{{Product: ask.Product, Quantity: ask.Units}},
		State: store.TransferRequested, Version: 1, DueAt: s.dueBetween(directory, ask), At: s.now().UTC(),
	}
	if err := s.pass(); err != nil {
		return store.Transfer{}, false, err
	}
	raised, err = s.raise(ctx, who, transfer)
	if err != nil {
		return store.Transfer{}, false, wrap("ask", err)
	}
	itself, further, cancel := s.onward(ctx)
	defer cancel()
	if err := itself.applyTransfer(further, transfer.ID); errors.Is(err, errRefused) {
		return transfer, false, nothingAsked(err, directory, ask)
	} else if err != nil {
		s.log.Warn("left to the sweeper", "transfer", transfer.ID, "error", err)
	}
	if raised {
		s.announce(ctx, transfer)
		return transfer, true, nil
	}
	if err := s.doneBefore(ctx, aboutTransfer+transfer.ID); err != nil {
		return transfer, false, err
	}
	if transfer, err = s.transfer(ctx, transfer.ID); err == nil && transfer.State == store.TransferClosed {
		err = store.Errorf(store.Conflict, "This was asked before and taken back. Load the page again to ask anew.")
	}
	return transfer, false, err
}

// nothingAsked says how many units are left, in people's words.
func nothingAsked(err error, directory store.Directory, ask store.Ask) error {
	refused, _ := errors.AsType[*store.Error](err)
	left := 0
	if len(refused.Short) > 0 {
		left = refused.Short[0].Left
	}
	return &store.Error{
		Kind: store.Conflict, Short: refused.Short, Err: err,
		Message: fmt.Sprintf("%s has only %d of %s free by now, so nothing was asked.", directory.WarehouseName(ask.From), left, directory.ProductName(ask.Product)),
	}
}

// dueBetween is when units that are asked for now can be there.
func (s *Store) dueBetween(directory store.Directory, ask store.Ask) time.Time {
	sites := []store.Site{
		{Warehouse: directory.Warehouses[ask.To]},
		{Warehouse: directory.Warehouses[ask.From], Free: map[string]int{ask.Product: ask.Units}},
	}
	way, err := store.RouteRest(store.Request{
		Lines: []store.Line{{Product: ask.Product, Quantity: ask.Units}}, Speed: store.Standard, Now: s.now(), Calendar: s.calendar(),
	}, ask.To, sites)
	if err != nil {
		return s.now().UTC() // both warehouses and the units are given: it cannot fail
	}
	return way.ReadyAt
}

// CancelAsk takes back what a warehouse has asked for its shelf, as long as it was not sent. Conflict after
// that. Repeating it changes nothing.
//
// Keys: the transfer boundary, then the source's stock (applyTransfer).
func (s *Store) CancelAsk(ctx context.Context, who store.Actor, id string) (store.Transfer, error) {
	return s.edited(ctx, id)(s.editTransfer(ctx, who, id, func(t *store.Transfer) (transferStep, error) {
		switch {
		case !t.Fills():
			return transferStep{}, store.Errorf(store.Conflict, "Order %s needs this transfer. Cancel the order instead.", t.Order)
		case t.State == store.TransferClosed:
			return transferStep{}, errNothingToDo
		case t.State != store.TransferRequested:
			return transferStep{}, movedOn(*t)
		}
		t.State, t.Why = store.TransferClosed, "taken back by who asked for it"
		return transferStep{Lines: t.Lines}, nil
	}))
}
