package rdb

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

const (
	heardRoom     = 512                    // sentences that may wait to be kept; more are dropped and counted
	heardBatch    = 100                    // sentences kept in one round trip
	channelsEvery = time.Second            // between two looks for new warehouses
	oddEvery      = 10 * time.Second       // between two log lines about what was not understood
	listenPause   = 250 * time.Millisecond // before listening again after a failure
)

// listener hears what is said on the warehouses' channels, by us and by others. It never blocks the
// connection: what comes faster than it can be kept is dropped. Every node listens; the one with the
// lease keeps what was said.
type listener struct {
	*Store
	leads   atomic.Bool
	queue   chan heardOn
	dropped atomic.Int64
	odd     atomic.Int64
	oddAt   time.Time
}

func newListener(s *Store) *listener {
	return &listener{Store: s, queue: make(chan heardOn, heardRoom)}
}

// listen subscribes, and subscribes again after every failure, until ctx ends.
func (l *listener) listen(ctx context.Context) error {
	for told := false; ctx.Err() == nil; {
		listened, err := l.subscribe(ctx)
		if told = told && !listened; err != nil && !told && ctx.Err() == nil { // once for each time that it breaks off
			l.log.Warn("not listening to the warehouses, and goes on trying", "error", err)
			told = true
		}
		select {
		case <-ctx.Done():
		case <-time.After(listenPause):
		}
	}
	return nil
}

// subscribe listens to "warehouse2" and "warehouse2.channel" of every warehouse, also of those that are
// added later. It tells whether it came so far as to listen.
func (l *listener) subscribe(ctx context.Context) (listened bool, err error) {
	pubsub := l.listening.Subscribe(ctx)
	defer pubsub.Close()
	messages := pubsub.Channel(redis.WithChannelSize(heardRoom))
	known := map[string]bool{}
	tick := time.NewTicker(channelsEvery)
	defer tick.Stop()
	for {
		if err := l.subscribeNew(ctx, pubsub, known); err != nil {
			return listened, err
		}
		listened = true
		for wait := true; wait; {
			select {
			case <-ctx.Done():
				return listened, nil
			case message, ok := <-messages:
				if !ok {
					return listened, redis.ErrClosed
				}
				l.hear(message)
			case <-tick.C:
				wait = false
			case <-l.newWarehouse:
				wait = false
			}
		}
	}
}

func (l *listener) subscribeNew(ctx context.Context, pubsub *redis.PubSub, known map[string]bool) error {
	directory, err := l.Directory(ctx)
	if err != nil {
		return err
	}
	var channels []string
	for _, w := range directory.WarehouseIDs {
		if !known[w] {
			known[w] = true
			channels = append(channels, w, warehouseTalk(w))
		}
	}
	if len(channels) == 0 {
		return nil
	}
	return pubsub.Subscribe(ctx, channels...)
}

// hear takes a sentence of the grammar and ignores everything else.
func (l *listener) hear(message *redis.Message) {
	if _, ok := store.ParseMessage(message.Payload); !ok {
		l.odd.Add(1)
		if now := l.now(); now.Sub(l.oddAt) > oddEvery {
			l.oddAt = now
			l.log.Info("ignored what was no sentence", "channel", message.Channel, "ignored", l.odd.Swap(0), "dropped", l.dropped.Swap(0))
		}
		return
	}
	if !l.leads.Load() {
		return
	}
	select {
	case l.queue <- heardOn{warehouseOf(message.Channel), store.Heard{At: l.now().UTC(), Text: message.Payload}}:
	default:
		l.dropped.Add(1)
	}
}

// keep writes what was heard, many sentences at a time.
func (l *listener) keep(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case first := <-l.queue:
			batch := append(make([]heardOn, 0, heardBatch), first)
			for more := true; more && len(batch) < heardBatch; {
				select {
				case next := <-l.queue:
					batch = append(batch, next)
				default:
					more = false
				}
			}
			if err := l.heard(ctx, batch); err != nil && ctx.Err() == nil {
				l.log.Warn("what was said could not be kept", "error", err)
			}
		}
	}
}
