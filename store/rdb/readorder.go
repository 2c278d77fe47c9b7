package rdb

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/redis/go-redis/v9"

	"waybill/store"
	"waybill/store/seal"
)

// productsRead bounds what is read of an order's list of products, which outsiders may have made long.
const productsRead = 20_000

// orderReading asks for all parts of one order within somebody's pipeline.
type orderReading struct {
	keys
	number     store.Number
	status     *redis.StringCmd
	hash       *redis.MapStringStringCmd
	products   *redis.StringSliceCmd
	quantities *redis.MapStringStringCmd
	packed     *redis.MapStringStringCmd
	moving     *redis.StringSliceCmd
	history    *redis.StringSliceCmd
}

func (s *Store) orderReading(n store.Number) *orderReading {
	return &orderReading{keys: s.keys, number: n}
}

func (r *orderReading) ask(ctx context.Context, p redis.Pipeliner, withHistory bool) {
	r.status = p.Get(ctx, r.keyStatus(r.number))
	r.hash = p.HGetAll(ctx, r.keyOrder(r.number))
	r.products = p.LRange(ctx, r.keyLines(r.number), 0, productsRead-1)
	r.quantities = p.HGetAll(ctx, r.keyQuantities(r.number))
	r.packed = p.HGetAll(ctx, r.keyPacked(r.number))
	r.moving = p.SMembers(ctx, r.keyMoving(r.number))
	if withHistory {
		r.history = p.LRange(ctx, r.keyHistory(r.number), 0, -1)
	}
}

// order puts the parts together; false when there is nothing of it.
func (r *orderReading) order() (store.Order, bool) {
	if len(r.hash.Val()) == 0 {
		return store.Order{}, false
	}
	o := decodeOrder(r.number, r.hash.Val(), decodeLines(r.products.Val(), r.quantities.Val()))
	o.Status = store.Status(cmp.Or(r.status.Val(), r.hash.Val()["ours"], string(o.Status)))
	o.Packed, o.Moving = decodeUnits(r.packed.Val()), r.moving.Val()
	slices.Sort(o.Moving)
	if r.history != nil {
		o.History = decodeEvents(r.history.Val())
	}
	return o, true
}

// Order reads one order whole: history, transfers, packing, plan. A number that was told for an order that
// bears another one leads to it. NotFound when there is none. Two round trips, one when it has no transfers.
//
// Keys: order:N…, alias:N.
func (s *Store) Order(ctx context.Context, n store.Number) (store.Order, error) {
	orders, err := s.orders(ctx, []store.Number{n}, true)
	if err == nil && len(orders) == 0 {
		if n, err = s.realNumber(ctx, n); err == nil {
			orders, err = s.orders(ctx, []store.Number{n}, true)
		}
	}
	if err != nil {
		return store.Order{}, wrap("order", err)
	}
	if len(orders) == 0 {
		return store.Order{}, notFound(n)
	}
	if orders[0].Version == 0 {
		orders[0].Problem, err = s.whyNotOurs(ctx, n)
	}
	return orders[0], wrap("order", err)
}

// realNumber is the number that an order bears that was told under another; NotFound when there is none.
func (s *Store) realNumber(ctx context.Context, told store.Number) (store.Number, error) {
	text, err := s.client.Get(ctx, keyAlias(told)).Result()
	if err != nil && !errors.Is(err, redis.Nil) && !redis.HasErrorPrefix(err, "WRONGTYPE") {
		return 0, err
	}
	if n, ok := store.ParseNumber(text); ok {
		return n, nil
	}
	return 0, notFound(told)
}

// whyNotOurs says why an order that an outside program wrote has not been adopted yet.
func (s *Store) whyNotOurs(ctx context.Context, n store.Number) (string, error) {
	entry, err := s.client.HGet(ctx, keyAttention(s.part(n)), orderName(n)).Result()
	if errors.Is(err, redis.Nil) {
		return "", nil
	}
	if list := decodeAttention(map[string]string{orderName(n): entry}); len(list) > 0 {
		return list[0].Reason, nil
	}
	return "", err
}

// OrderByToken finds the order that a customer's link leads to; NotFound for any other word. An order
// that the link tells of and that Redis does not have (yet, or any more) is given as received, with
// version 0; when Redis cannot be reached, such an order comes with the error. Two round trips, one when
// the order has no transfers; more for orders under another number than their link says.
func (s *Store) OrderByToken(ctx context.Context, token string) (store.Order, error) {
	if seal.Sealed(token) {
		shop, err := s.Seal(ctx)
		if err != nil {
			return store.Order{}, err
		}
		if ticket, ok := shop.Open(token); ok {
			return s.orderOfTicket(ctx, ticket, token)
		}
	}
	order, err := s.orderByLink(ctx, token)
	if err == nil && order.Number != 0 && order.Token == token {
		return order, nil
	}
	if err == nil {
		err = store.Errorf(store.NotFound, "This link does not lead to an order. Please check that it is complete.")
	}
	return store.Order{}, err
}

// orderOfTicket finds the order of a link that is surely ours.
func (s *Store) orderOfTicket(ctx context.Context, ticket seal.Ticket, token string) (store.Order, error) {
	order, err := s.Order(ctx, ticket.Number)
	if err == nil && ticket.Of(order.UID) {
		return order, nil
	}
	if err == nil || store.KindOf(err) == store.NotFound {
		order, err = s.orderByLink(ctx, token)
		if err == nil && order.Number != 0 && ticket.Of(order.UID) {
			return order, nil
		}
	}
	return ticket.Order(token), err
}

// orderByLink finds the order to which a link leads that does not tell its number, or that tells another
// than the order bears now. A zero order, if there is none. Keys: track:<token>.
func (s *Store) orderByLink(ctx context.Context, token string) (store.Order, error) {
	if len(token) > seal.MaxToken {
		return store.Order{}, nil
	}
	text, err := s.client.Get(ctx, keyTrack(token)).Result()
	if errors.Is(err, redis.Nil) || redis.HasErrorPrefix(err, "WRONGTYPE") {
		return store.Order{}, nil
	}
	if err != nil {
		return store.Order{}, wrap("order by token", err)
	}
	n, ok := store.ParseNumber(text)
	if !ok {
		return store.Order{}, nil
	}
	order, err := s.Order(ctx, n)
	if store.KindOf(err) == store.NotFound {
		return store.Order{}, nil
	}
	return order, err
}

// orders reads many orders with their transfers, in two round trips however many they are.
// Those that do not exist are left out.
func (s *Store) orders(ctx context.Context, numbers []store.Number, withHistory bool) ([]store.Order, error) {
	if len(numbers) == 0 {
		return nil, nil
	}
	readings := make([]*orderReading, len(numbers))
	commands, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, n := range numbers {
			readings[i] = s.orderReading(n)
			readings[i].ask(ctx, p, withHistory)
		}
		return nil
	})
	if err := failed(commands, err); err != nil {
		return nil, err
	}
	var orders []store.Order
	for i := range readings {
		if o, ok := readings[i].order(); ok {
			orders = append(orders, o)
		}
	}
	return orders, s.addTransfers(ctx, orders)
}

// addTransfers reads the transfers of all the orders in one round trip.
func (s *Store) addTransfers(ctx context.Context, orders []store.Order) error {
	var ids []string
	for _, o := range orders {
		ids = append(ids, transferIDs(o.Plan)...)
	}
	transfers, err := s.transfers(ctx, ids)
	if err != nil {
		return err
	}
	for i := range orders {
		for _, id := range transferIDs(orders[i].Plan) {
			if t, ok := transfers[id]; ok {
				orders[i].Transfers = append(orders[i].Transfers, t)
			}
		}
	}
	return nil
}

// transfers reads transfers by id; those that do not exist are left out.
func (s *Store) transfers(ctx context.Context, ids []string) (map[string]store.Transfer, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	hashes := make([]*redis.MapStringStringCmd, len(ids))
	commands, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, id := range ids {
			hashes[i] = p.HGetAll(ctx, s.keyTransfer(id))
		}
		return nil
	})
	if err := failed(commands, err); err != nil {
		return nil, err
	}
	found := make(map[string]store.Transfer, len(ids))
	for i, id := range ids {
		if h := hashes[i].Val(); len(h) > 0 {
			found[id] = decodeTransfer(id, h)
		}
	}
	return found, nil
}

// transferIDs lists the transfers that a plan raises.
func transferIDs(plan store.Plan) []string {
	var ids []string
	for _, source := range plan.Sources {
		if source.Transfer != "" {
			ids = append(ids, source.Transfer)
		}
	}
	return ids
}
