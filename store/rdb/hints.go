package rdb

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// A change of a resource is hinted twice: its revision rises, and a message
// goes out. The message is quick and may be lost; the revision is neither.
const (
	hintPing         = 500 * time.Millisecond // between two signs of life that we ask for
	hintSilence      = 3 * hintPing           // no sign for so long: the connection is dead
	hintPause        = 100 * time.Millisecond // before the next attempt to connect
	hintConnect      = time.Second
	hintSubscribeMax = 500 // channels in one SUBSCRIBE
)

var errHintsResubscribed = errors.New("the subscription was interrupted")

// Hints tells a node which resources have changed. It gives the hub of open
// pages the names of changed channels (`order:123`, `warehouse:warehouse1`,
// `catalogue`) as they change, and their revisions when it asks. All methods
// may be called at once from several goroutines; Listen only once at a time.
type Hints struct {
	store    *Store
	reader   redis.UniversalClient
	listener redis.UniversalClient

	heardAt string // the server that we listen to, of a cluster

	mu      sync.Mutex
	wanted  map[string]bool
	touched map[string]bool // wanted or unwanted since the last look
	kick    chan struct{}
}

// Hints reads revisions with the Store's client and listens with the other one, which should
// have no breaker in front: it is what notices first that Redis is back. Both
// should heed the deadlines of contexts (ContextTimeoutEnabled).
func (s *Store) Hints() *Hints {
	return &Hints{
		store:    s,
		reader:   s.client,
		listener: s.listening,
		wanted:   map[string]bool{},
		touched:  map[string]bool{},
		kick:     make(chan struct{}, 1),
	}
}

// Unread is the revision of a channel that could not be read while others could: a part of a cluster is
// away.
const Unread = "unread"

// Revisions returns the present revision of each channel, in the order asked
// for, in one round trip; what does not exist has the revision "". Without
// channels it only asks whether Redis answers. It is an error when none could be
// read.
func (h *Hints) Revisions(ctx context.Context, channels []string) ([]string, error) {
	if len(channels) == 0 {
		return nil, h.store.Ping(ctx)
	}
	var directory store.Directory
	if slices.Contains(channels, liveCatalogue) && h.store.tagged() {
		var err error
		if directory, err = h.store.Directory(ctx); err != nil {
			return nil, fmt.Errorf("read revisions: %w", err)
		}
	}
	reads := make([]revision, len(channels))
	commands, err := h.reader.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, channel := range channels {
			if n, ok := orderOf(channel); ok {
				reads[i] = revision{p.HGet(ctx, h.store.keyOrder(n), "version")}
			} else if token, ok := strings.CutPrefix(channel, liveLink); ok {
				reads[i] = revision{p.Get(ctx, keyTrack(token))}
			} else {
				reads[i] = h.store.askRevision(ctx, p, channel, directory.WarehouseIDs)
			}
		}
		return nil
	})
	if len(commands) == 0 {
		return nil, fmt.Errorf("read revisions: %w", err)
	}
	revisions, unread := make([]string, len(channels)), 0
	for i, read := range reads {
		if failure := read.err(); failure != nil { // an outsider's key of another type is none
			revisions[i], err, unread = Unread, failure, unread+1
		} else {
			revisions[i] = read.text()
		}
	}
	if unread == len(channels) {
		return nil, fmt.Errorf("read revisions: %w", err)
	}
	return revisions, nil
}

// Watch asks to hear of changes of a channel. It returns at once; Listen calls
// standing when the subscription has begun.
func (h *Hints) Watch(channel string) { h.want(channel, true) }

// Unwatch ends what Watch began.
func (h *Hints) Unwatch(channel string) { h.want(channel, false) }

func (h *Hints) want(channel string, wanted bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if wanted {
		h.wanted[channel] = true
	} else {
		delete(h.wanted, channel)
	}
	h.touched[channel] = true
	select {
	case h.kick <- struct{}{}:
	default:
	}
}

// Listen hears hints until ctx ends, and connects again after every fault. It
// calls changed for each hint, standing when a channel's subscription has
// begun, and reachable when the connection stands or is lost. Whatever happened
// between reachable(false) and reachable(true) was not heard. The functions are
// called from the loop that reads, so they must not block.
func (h *Hints) Listen(ctx context.Context, changed, standing func(channel string), reachable func(up bool)) error {
	for ctx.Err() == nil {
		_ = h.listenOnce(ctx, changed, standing, reachable) // the reason does not matter: we try again
		reachable(false)
		select {
		case <-ctx.Done():
		case <-time.After(hintPause):
		}
	}
	return nil
}

// listenOnce is the life of one connection. Everything wanted is subscribed
// first and a ping follows, so the first pong says that all of it stands.
func (h *Hints) listenOnce(ctx context.Context, changed, standing func(string), reachable func(bool)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	sub := h.subscribe(ctx)
	asked, err := h.open(ctx, sub)
	if err != nil {
		_ = sub.Close()
		return err
	}
	var asking sync.WaitGroup
	asking.Go(func() {
		h.ask(ctx, sub, asked)
		_ = sub.Close() // ends the read below
	})
	defer asking.Wait()
	defer cancel()

	begun := map[string]bool{}
	for {
		message, err := sub.ReceiveTimeout(ctx, hintSilence)
		if err != nil {
			return err
		}
		switch m := message.(type) {
		case *redis.Message:
			if m.Channel == talkDirectory { // it comes before the hints of what has changed with it
				h.store.forgetDirectory()
				continue
			}
			changed(strings.TrimPrefix(m.Channel, liveTalk("")))
		case *redis.Pong:
			reachable(true)
		case *redis.Subscription:
			if m.Kind != "subscribe" {
				delete(begun, m.Channel)
				continue
			}
			if begun[m.Channel] { // go-redis has connected anew behind our back
				return errHintsResubscribed
			}
			begun[m.Channel] = true
			if m.Channel == talkDirectory {
				continue
			}
			standing(strings.TrimPrefix(m.Channel, liveTalk("")))
		}
	}
}

// subscribe begins a subscription without channels. Every server of a cluster hears all; after a loss it is
// another one than before.
func (h *Hints) subscribe(ctx context.Context) *redis.PubSub {
	cluster, ok := h.listener.(*redis.ClusterClient)
	if !ok {
		return h.listener.Subscribe(ctx)
	}
	masters, err := h.store.masters(ctx, cluster)
	if len(masters) > 1 {
		delete(masters, h.heardAt)
	}
	for addr, master := range masters { // whichever comes first
		h.heardAt = addr
		return master.Subscribe(ctx)
	}
	h.store.log.Debug("no server of the cluster is known", "error", err)
	return h.listener.Subscribe(ctx)
}

// open connects, within a limit of its own: a connection that began while the
// network was dark may hang long after that is over.
func (h *Hints) open(ctx context.Context, sub *redis.PubSub) (asked map[string]bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, hintConnect)
	defer cancel()
	h.store.forgetDirectory()
	asked = map[string]bool{}
	if err := sub.Subscribe(ctx, talkDirectory); err != nil {
		return nil, err
	}
	if err := h.adjust(ctx, sub, asked, h.all()); err != nil {
		return nil, err
	}
	return asked, sub.Ping(ctx)
}

// ask subscribes, unsubscribes and pings on one connection until it fails or
// ctx ends.
func (h *Hints) ask(ctx context.Context, sub *redis.PubSub, asked map[string]bool) {
	beat := time.NewTicker(hintPing)
	defer beat.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-h.kick:
			err = h.adjust(ctx, sub, asked, h.recent())
		case <-beat.C:
			err = sub.Ping(ctx)
		}
		if err != nil {
			return
		}
	}
}

// adjust brings the subscriptions of the named channels to what is wanted.
func (h *Hints) adjust(ctx context.Context, sub *redis.PubSub, asked map[string]bool, names []string) error {
	var begin, end []string
	h.mu.Lock()
	for _, name := range names {
		switch {
		case h.wanted[name] && !asked[name]:
			begin = append(begin, liveTalk(name))
			asked[name] = true
		case !h.wanted[name] && asked[name]:
			end = append(end, liveTalk(name))
			delete(asked, name)
		}
	}
	h.mu.Unlock()
	for part := range slices.Chunk(begin, hintSubscribeMax) {
		if err := sub.Subscribe(ctx, part...); err != nil {
			return err
		}
	}
	for part := range slices.Chunk(end, hintSubscribeMax) {
		if err := sub.Unsubscribe(ctx, part...); err != nil {
			return err
		}
	}
	return nil
}

// all returns every wanted channel and forgets what was touched before.
func (h *Hints) all() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	clear(h.touched)
	return slices.Collect(maps.Keys(h.wanted))
}

// recent returns the channels that were wanted or unwanted since the last look.
func (h *Hints) recent() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	defer clear(h.touched)
	return slices.Collect(maps.Keys(h.touched))
}
