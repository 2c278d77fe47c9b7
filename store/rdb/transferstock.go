package rdb

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"

	"waybill/store"
)

// stockMove is what a step of a transfer means at one warehouse: by which sign the units on hand and
// those that the transfer's holder has reserved change.
type stockMove struct {
	warehouse        string
	kind             store.MovementKind
	onHand, reserved int
	lines            []store.Line
	holder           string
	why              string // what the ledger says; that of the step where it is empty
}

// holderOf is under whose name a transfer's units are reserved: its order's, or its own.
func holderOf(t store.Transfer) string {
	if t.Fills() {
		return t.ID
	}
	return t.Order.String()
}

// movesOf lists what one step of a transfer moves. The moves of a step are done in turn, each once.
func movesOf(t store.Transfer, step transferStep) []stockMove {
	var moves []stockMove
	add := func(warehouse string, kind store.MovementKind, onHand, reserved int, lines []store.Line) {
		if len(lines) > 0 {
			moves = append(moves, stockMove{warehouse: warehouse, kind: kind, onHand: onHand, reserved: reserved, lines: lines, holder: holderOf(t)})
		}
	}
	damaged := func(warehouse string, kind store.MovementKind, sign int, lines []store.Line) {
		if len(lines) > 0 { // under the transfer's own name, so that they are never free for a moment
			moves = append(moves, stockMove{warehouse: warehouse, kind: kind, onHand: sign, reserved: sign, lines: lines, holder: t.ID})
		}
	}
	keeps := 1 // what arrives is reserved for the order, or is free on the shelf
	if t.Fills() || t.Unclaimed {
		keeps = 0
	}
	switch {
	case step.To == store.TransferSent && step.From == store.TransferRequested:
		add(t.From, store.MoveSent, -1, -1, step.Lines)
	case step.To == store.TransferRequested && step.From == store.TransferSent:
		add(t.From, store.MoveUnsent, 1, 1, step.Lines)
	case step.To == store.TransferDelivered:
		add(t.To, store.MoveDelivered, 1, keeps, step.Lines)
		damaged(t.To, store.MoveDelivered, 1, step.Damaged)
		damaged(t.To, store.MoveDamaged, -1, step.Damaged)
	case step.To == store.TransferSent && step.From == store.TransferDelivered:
		add(t.To, store.MoveUnreceived, -1, -keeps, step.Lines)
	case step.To == store.TransferRequested && step.From == "" && t.Fills():
		add(t.From, store.MoveReserved, 0, 1, step.Lines)
	case step.To == store.TransferClosed && step.From == store.TransferRequested && t.Fills():
		add(t.From, store.MoveReleased, 0, -1, step.Lines)
	}
	for _, line := range step.Lost { // written down where they left: the entry of the sending has taken them off
		moves = append(moves, stockMove{
			warehouse: t.From, kind: store.MoveLost, lines: []store.Line{line}, holder: t.ID,
			why: strings.TrimSpace(unitWords(line.Quantity) + " " + step.Why),
		})
	}
	if step.To == store.TransferClosed { // nobody holds what an abandoned transfer misses
		return moves
	}
	switch step.Cause {
	case store.CauseGone:
		add(t.From, store.MoveCounted, -1, -1, step.Missing)
	case store.CauseDamaged:
		add(t.From, store.MoveDamaged, -1, -1, step.Missing)
	case store.CauseSold: // others hold them; but a shelf's own transfer has to let go of them
		if t.Fills() {
			add(t.From, store.MoveReleased, 0, -1, step.Missing)
		}
	default:
		add(t.From, store.MoveReleased, 0, -1, step.Missing)
	}
	return moves
}

// unitWords says how many units.
func unitWords(n int) string {
	if n == 1 {
		return "1 unit"
	}
	return strconv.Itoa(n) + " units"
}

// moveStep names one move of a step of a transfer at its warehouse.
func moveStep(id string, version, move int) string { return fmt.Sprintf("%s.%d.%d", id, version, move) }

// moveUnits changes the warehouses' stock by a step of a transfer, once. Conflict when what should
// leave is not held any more.
func (s *Store) moveUnits(ctx context.Context, t store.Transfer, step transferStep, moves []stockMove) error {
	for i, m := range moves { // one by one: a move that cannot be done stops those after it
		results, err := s.move(ctx, movement{
			script: scriptTransfer, warehouse: m.warehouse, holder: m.holder, step: moveStep(t.ID, step.Version, i),
			kind: m.kind, reference: transferName(t.ID), who: ledgerName(step.Who), why: cmp.Or(m.why, step.Why),
			args: append([]any{m.holder, strconv.Itoa(m.onHand), strconv.Itoa(m.reserved)}, lineArgs(m.lines)...),
		})
		if err != nil {
			return wrap("move units of transfer "+t.ID, err)
		}
		if word, details := answer(results[0]); word == "short" {
			return notHeld(t, m, shortages(details, m.lines))
		}
	}
	return nil
}

func notHeld(t store.Transfer, m stockMove, short []store.Shortage) error {
	e := refusedForGood("These units are no longer held for order %s at %s.", t.Order, m.warehouse)
	if t.Fills() {
		e = refusedForGood("Only %d of %s are free at %s by now.", short[0].Left, short[0].Product, m.warehouse)
	}
	e.Short = short
	return e
}
