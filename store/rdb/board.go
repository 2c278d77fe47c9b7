package rdb

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

const (
	boardOrders    = 60 // orders of one kind on a clerk's page; the next come up as these are done
	boardTransfers = 60
)

// boardReading asks for all parts of a clerk's page that do not depend on one another.
type boardReading struct {
	keys
	warehouse string

	assemble, pickUp  *ranked
	inspect, putBack  *ranked
	assembling        counted
	pickingUp         counted
	toSend, toReceive *ranked
	inTransit         *ranked
	messages          *redis.StringSliceCmd
	proposals         *redis.MapStringStringCmd
	low               lowReading
}

// run asks for all of them. missing tells that not all partitions could be read; what lies with the
// warehouse's own shelves must be.
func (r *boardReading) run(ctx context.Context, client redis.UniversalClient) (missing bool, err error) {
	commands, err := client.Pipelined(ctx, func(p redis.Pipeliner) error {
		r.ask(ctx, p)
		return nil
	})
	if missing, err = r.partly(commands, err); err == nil && missing {
		err = failed([]redis.Cmder{r.low.ids, r.low.count, r.proposals}, nil)
	}
	return missing, err
}

func (r *boardReading) ask(ctx context.Context, p redis.Pipeliner) {
	w := r.warehouse
	r.assemble, r.assembling = r.askRanked(ctx, p, keyToAssemble, w, boardOrders), r.askCount(ctx, p, keyToAssemble, w)
	r.pickUp, r.pickingUp = r.askRanked(ctx, p, keyToPickUp, w, boardOrders), r.askCount(ctx, p, keyToPickUp, w)
	r.inspect = r.askRanked(ctx, p, keyToInspect, w, boardOrders)
	r.putBack = r.askRanked(ctx, p, keyPutBack, w, boardOrders)
	r.toSend, r.toReceive = r.askRanked(ctx, p, keyToSend, w, boardTransfers), r.askRanked(ctx, p, keyToReceive, w, boardTransfers)
	r.inTransit = r.askRanked(ctx, p, keyInTransit, w, boardTransfers)
	r.messages, r.proposals = p.LRange(ctx, r.keyMessages(w), 0, messagesKept-1), p.HGetAll(ctx, r.keyProposals(w))
	r.low = r.askLow(ctx, p, w, 0)
}

// Board reads all that a clerk's page shows. NotFound when there is no such warehouse. Four round
// trips at the most, however long the lists are, and two more when the warehouse runs low of something.
// While a part of a cluster is away, the board is without what lies there, and Partly says so.
func (s *Store) Board(ctx context.Context, warehouse string) (store.Board, error) {
	directory, err := s.Directory(ctx)
	if err != nil {
		return store.Board{}, err
	}
	board := store.Board{Warehouse: directory.Warehouses[warehouse]}
	if board.Warehouse.ID == "" {
		return store.Board{}, noWarehouse(warehouse)
	}
	reading := &boardReading{keys: s.keys, warehouse: warehouse}
	if board.Partly, err = reading.run(ctx, s.client); err != nil {
		return store.Board{}, wrap("board", err)
	}
	if !board.Partly {
		if board.Low, err = s.lowList(ctx, directory, reading.low); err != nil {
			return store.Board{}, wrap("board", err)
		}
	}
	board.Messages, board.Proposals = decodeMessages(reading.messages.Val()), decodeProposals(reading.proposals.Val())
	board.More, board.MoreReady = max(0, reading.assembling.sum()-boardOrders), max(0, reading.pickingUp.sum()-boardOrders)
	return board, wrap("board", s.fillBoard(ctx, &board, reading))
}

func (s *Store) fillBoard(ctx context.Context, board *store.Board, r *boardReading) error {
	orders, err := s.orders(ctx, orderNumbers(slices.Concat(r.assemble.members(), r.pickUp.members(), r.inspect.members(), r.putBack.members())), false)
	if err != nil {
		return err
	}
	for _, o := range orders {
		switch {
		case o.ToInspect() && o.BackAt() == board.Warehouse.ID:
			board.ToInspect = append(board.ToInspect, o)
		case o.Warehouse != board.Warehouse.ID:
		case o.Status == store.Placed:
			board.ToAssemble = append(board.ToAssemble, o)
		case o.Status == store.Ready:
			board.Ready = append(board.Ready, o)
		case o.Status == store.Cancelled:
			board.PutBack = append(board.PutBack, o)
		}
	}
	toSend, toReceive, inTransit := r.toSend.members(), r.toReceive.members(), r.inTransit.members()
	transfers, err := s.transfers(ctx, slices.Concat(toSend, toReceive, inTransit))
	if err != nil {
		return err
	}
	board.ToSend = pick(transfers, toSend)
	board.ToReceive = pick(transfers, toReceive)
	board.InTransit = pick(transfers, inTransit)
	return nil
}

// pick gives the transfers of the ids, in their order.
func pick(transfers map[string]store.Transfer, ids []string) []store.Transfer {
	var picked []store.Transfer
	for _, id := range ids {
		if t, ok := transfers[id]; ok {
			picked = append(picked, t)
		}
	}
	return picked
}

// orderNumbers reads members of a list or set; what is no order is left out.
func orderNumbers(members []string) []store.Number {
	numbers := make([]store.Number, 0, len(members))
	for _, member := range members {
		if n, ok := orderOf(member); ok {
			numbers = append(numbers, n)
		}
	}
	return numbers
}

// decodeMessages reads the kept sentences, oldest first.
func decodeMessages(entries []string) []store.Heard {
	var messages []store.Heard
	for _, entry := range slices.Backward(entries) {
		var heard store.Heard
		if json.Unmarshal([]byte(entry), &heard) == nil {
			messages = append(messages, heard)
		}
	}
	return messages
}

func decodeProposals(entries map[string]string) []store.Proposal {
	var proposals []store.Proposal
	for _, product := range sortedKeys(entries) {
		var proposal store.Proposal
		if json.Unmarshal([]byte(entries[product]), &proposal) == nil {
			proposals = append(proposals, proposal)
		}
	}
	return proposals
}
