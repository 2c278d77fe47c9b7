package rdb

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"slices"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// Options are what a Store takes from the house it runs in.
type Options struct {
	Now   func() time.Time // the clock; UTC or not does not matter
	Zone  *time.Location   // the shop's wall clock, for cut-offs and dates
	Log   *slog.Logger
	NewID func() string // 128 random bits or more, as a word that fits into an address

	// Listening is the client for subscriptions; nil takes the one for everything else.
	Listening redis.UniversalClient

	// Partitions is over how many slots of a cluster orders are spread; 0 and 1 mean a single Redis. It is
	// what Partitions tells of the Redis, for as long as there is a shop in it.
	Partitions int
	// Kept takes down what was changed; nil keeps nothing, as for commands that work beside a shop.
	Kept Keeper

	// Gate is asked before each act whether this node may act now; nil lets everything pass. Reading is
	// always possible.
	Gate Gate

	// EventsKept is for how long, and EventsMost how many, events stay in a stream; 0 means the constants of
	// these names. What a consumer group has not read yet stays longer.
	EventsKept time.Duration
	EventsMost int64
}

// Store keeps the shop in one Redis. All its methods may be called by many goroutines at
// once, on many nodes.
type Store struct {
	keys
	client    redis.UniversalClient
	listening redis.UniversalClient
	now       func() time.Time
	zone      *time.Location
	log       *slog.Logger
	newID     func() string
	node      string // this process, in leases
	gate      Gate
	forPeople bool // see ForPeople

	eventsKept time.Duration
	eventsMost int64

	newWarehouse chan struct{} // tells the listener to look at once

	*known
}

// known is what the ways to one Redis share: see On.
type known struct {
	numbers   numbers
	directory directory
	identity  identity
	kept      keeping
	mended    atomic.Int64
}

// New makes a Store. It does not talk to Redis yet.
func New(client redis.UniversalClient, o Options) *Store {
	s := &Store{keys: newKeys(o.Partitions), client: client, listening: o.Listening, now: o.Now, zone: o.Zone, log: o.Log, newID: o.NewID, newWarehouse: make(chan struct{}, 1)}
	if s.listening == nil {
		s.listening = client
	}
	s.node, s.known, s.gate = s.newID(), &known{}, o.Gate
	s.kept.by = o.Kept
	s.eventsKept, s.eventsMost = cmp.Or(o.EventsKept, EventsKept), cmp.Or(o.EventsMost, EventsMost)
	return s
}

// On gives the same shop by another way to its Redis: with other patience, or past a crowd. What is known of
// the shop is shared.
func (s *Store) On(client redis.UniversalClient) *Store {
	other := *s
	other.client = client
	return &other
}

// Ungated gives the same shop past its gate: for whoever puts right what the gate is shut for.
func (s *Store) Ungated() *Store {
	other := *s
	other.gate = nil
	return &other
}

// ForPeople gives the same shop for what people and their programs ask for: while this node cannot write
// down what they would change, they are told so, and nothing is changed. What follows from a change, and
// what Waybill does by itself, is not theirs: see itself.
func (s *Store) ForPeople() *Store {
	other := *s
	other.forPeople = true
	return &other
}

// itself gives the same shop for what Waybill does on its own account.
func (s *Store) itself() *Store {
	other := *s
	other.forPeople = false
	return &other
}

// Gate stands before everything that changes something. It is shut while it is not sure that Redis has all
// that it had.
type Gate interface{ Pass() error }

// ErrRestoring is what a shut Gate answers.
var ErrRestoring error = &store.Error{
	Kind:    store.Unavailable,
	Message: "Our records are being put in order; nothing was changed. Please try again in a moment.",
}

// pass tells whether something may be changed now: as the gate says, and this node's disk.
func (s *Store) pass() error {
	if s.gate != nil {
		if err := s.gate.Pass(); err != nil {
			return err
		}
	}
	return s.writable()
}

// Partitions is over how many partitions this Store spreads the shop.
func (s *Store) Partitions() int { return len(s.parts()) }

// Ping tells whether Redis answers; of a cluster, whether any part of it does.
func (s *Store) Ping(ctx context.Context) error {
	cluster, ok := s.client.(*redis.ClusterClient)
	if !ok {
		return wrap("ping", s.client.Ping(ctx).Err())
	}
	masters, err := s.masters(ctx, cluster)
	answers := make(chan error, len(masters))
	for _, master := range masters {
		go func() { answers <- master.Ping(ctx).Err() }()
	}
	for range masters {
		if err = <-answers; err == nil {
			break
		}
	}
	return wrap("ping", err)
}

func (s *Store) calendar() store.Calendar { return store.Calendar{Zone: s.zone} }

// onward gives the shop itself, and a context, for what follows from a step that is done: it goes on when
// whoever asked has gone, but nobody waits for it longer than they wanted to. What is not reached is the
// sweeper's or the keeper's to finish.
func (s *Store) onward(ctx context.Context) (*Store, context.Context, context.CancelFunc) {
	further := context.WithoutCancel(ctx)
	if deadline, limited := ctx.Deadline(); limited {
		further, cancel := context.WithDeadline(further, deadline)
		return s.itself(), further, cancel
	}
	return s.itself(), further, func() {}
}

// wrap adds the operation to an error, and turns a failure to reach Redis into Unavailable.
// Errors of the domain pass unchanged.
func wrap(op string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*store.Error](err); ok {
		return err
	}
	err = fmt.Errorf("%s: %w", op, err)
	if unreachable(err) {
		return &store.Error{
			Kind:    store.Unavailable,
			Message: "Our records cannot be reached right now. Please try again in a moment: doing the same twice does no harm.",
			Err:     err,
		}
	}
	return err
}

// unreachable tells a Redis that cannot be reached, or is not ready, from a defect.
func unreachable(err error) bool {
	var network net.Error
	return errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, redis.ErrClosed) ||
		errors.Is(err, redis.ErrPoolTimeout) || errors.Is(err, redis.ErrPoolExhausted) || errors.Is(err, context.DeadlineExceeded) ||
		elsewhere(err) || slices.ContainsFunc(notReady, func(prefix string) bool { return redis.HasErrorPrefix(err, prefix) })
}

// notReady are the answers of a Redis that does not work as it should, for now.
var notReady = []string{"LOADING", "MASTERDOWN", "CLUSTERDOWN", "NOREPLICAS", "MISCONF", "OOM", "BUSY "}

// failed tells whether a pipeline of reads really failed, and how. A key that is not there, or that an
// outsider has made a thing of another type, reads as nothing: one spoilt order must not take the page of
// all others with it. Each answer is looked at, for go-redis tells of the first failure only.
func failed(commands []redis.Cmder, err error) error {
	if len(commands) == 0 {
		return err
	}
	for _, command := range commands {
		if e := command.Err(); !harmless(e) {
			return e
		}
	}
	return nil
}

// harmless tells whether a read went well, or found nothing that it could read.
func harmless(err error) bool {
	return err == nil || errors.Is(err, redis.Nil) || redis.HasErrorPrefix(err, "WRONGTYPE")
}

// Marked tells whether something that happens once in a shop's life has happened. Keys: shop.
func (s *Store) Marked(ctx context.Context, name string) (bool, error) {
	marked, err := s.client.HExists(ctx, keyShop, "done:"+name).Result()
	return marked, wrap("marked", err)
}

// MarkedAt tells when it happened, UTC; zero when it has not. Keys: shop.
func (s *Store) MarkedAt(ctx context.Context, name string) (time.Time, error) {
	text, err := s.client.HGet(ctx, keyShop, "done:"+name).Result()
	return unstamp(text), wrap("marked", read(err))
}

// Mark says that it has happened.
func (s *Store) Mark(ctx context.Context, name string) error {
	return wrap("mark", s.client.HSet(ctx, keyShop, "done:"+name, stamp(s.now())).Err())
}
