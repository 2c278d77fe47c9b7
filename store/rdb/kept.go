package rdb

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"waybill/store"
	"waybill/store/journal"
)

// Redis may forget what it has answered for: a power cut takes the last second with it, a failover what had
// not reached the replica. So what a change has made is kept on this node's own disk as well, before anybody
// is told of it. Kept are orders, transfers and deliveries as they stand after each change, read at the tail
// of the very EXEC that makes it, so that no round trip more is needed; and the entries of ledgers that
// belong to none of them (see loose.go). What hangs on those (lists, queues, reservations, what is on hand)
// is worked out from them again: see restore.go. Catalogue, accounts, sessions, thresholds and notes for
// staff are not kept.

// picture is what a transaction's subject looks like after it.
type picture interface {
	about() string                              // the change's key
	ask(ctx context.Context, p redis.Pipeliner) // at the transaction's tail
	change() (journal.Change, bool)             // false when there is nothing to keep
}

// exec runs a transaction and keeps what it has made of its subject. An error of keepNow's means that it was
// done.
func (s *Store) exec(ctx context.Context, tx *redis.Tx, of picture, write func(redis.Pipeliner)) error {
	defer s.kept.begin(of.about())()
	change, ok, err := s.execOnly(ctx, tx, of, write)
	if err == nil && ok {
		err = s.keepNow(ctx, change)
	}
	return err
}

// execNew is exec for a new order. Whoever has asked for it has it in the journal already, or it follows
// from something else that is kept; so nobody waits for the disk.
func (s *Store) execNew(ctx context.Context, tx *redis.Tx, of picture, write func(redis.Pipeliner)) error {
	change, ok, err := s.execOnly(ctx, tx, of, write)
	if err == nil && ok {
		s.kept.by.KeepSoon(change)
	}
	return err
}

func (s *Store) execOnly(ctx context.Context, tx *redis.Tx, of picture, write func(redis.Pipeliner)) (journal.Change, bool, error) {
	_, err := tx.TxPipelined(ctx, func(p redis.Pipeliner) error {
		write(p)
		if s.kept.by != nil {
			of.ask(ctx, p)
		}
		return nil
	})
	if err != nil || s.kept.by == nil {
		return journal.Change{}, false, err
	}
	change, ok := of.change()
	return change, ok, nil
}

// The keys of changes.
const (
	aboutOrder    = "order/"
	aboutTransfer = "transfer/"
	aboutDelivery = "delivery/"
)

// image is an order, a transfer or a delivery as it lies in a journal: all of its keys. What an order does
// not have is empty.
type image struct {
	Hash       map[string]string
	History    []string
	Status     string            `json:",omitempty"`
	Products   []string          `json:",omitempty"`
	Quantities map[string]string `json:",omitempty"`
	Packed     map[string]string `json:",omitempty"`
	Moving     []string          `json:",omitempty"`
}

func (i image) clone() image {
	i.Hash, i.History = maps.Clone(i.Hash), slices.Clone(i.History)
	return i
}

// ErrBadImage says that a change in a journal cannot be understood.
var ErrBadImage = errors.New("this change makes no sense")

func decodeImage(c journal.Change) (image, error) {
	var i image
	if err := json.Unmarshal(c.Data, &i); err != nil || len(i.History) != c.Version || len(i.Hash) == 0 {
		return i, errors.Join(ErrBadImage, err)
	}
	return i, nil
}

// version is the version that the hash tells, which is the length of the history too.
func (i image) version() int {
	n, _ := strconv.Atoi(i.Hash["version"])
	return n
}

func (i image) change(key string, at time.Time) (journal.Change, bool) {
	if i.version() == 0 || i.version() != len(i.History) { // an outside program has had its hands in it
		return journal.Change{}, false
	}
	return journal.Change{Key: key, Version: i.version(), At: at, Data: []byte(encode(i))}, true
}

// orderPicture is the picture of an order.
type orderPicture struct {
	*orderReading
	at time.Time
}

func (r *orderPicture) ask(ctx context.Context, p redis.Pipeliner) { r.orderReading.ask(ctx, p, true) }

func (r *orderPicture) image() image {
	return image{
		Hash: r.hash.Val(), History: r.history.Val(), Status: r.status.Val(), Products: r.products.Val(),
		Quantities: r.quantities.Val(), Packed: r.packed.Val(), Moving: r.moving.Val(),
	}
}

func (r *orderPicture) change() (journal.Change, bool) {
	return r.image().change(r.about(), r.at)
}

func (r *orderPicture) about() string { return aboutOrder + r.number.String() }

func (s *Store) pictureOf(n store.Number, at time.Time) *orderPicture {
	return &orderPicture{s.orderReading(n), at}
}

// pagePicture is the picture of a transfer or a delivery: a hash and its history.
type pagePicture struct {
	key, hashKey, historyKey string
	at                       time.Time

	hash    *redis.MapStringStringCmd
	history *redis.StringSliceCmd
}

func (r *pagePicture) ask(ctx context.Context, p redis.Pipeliner) {
	r.hash, r.history = p.HGetAll(ctx, r.hashKey), p.LRange(ctx, r.historyKey, 0, -1)
}

func (r *pagePicture) image() image { return image{Hash: r.hash.Val(), History: r.history.Val()} }

func (r *pagePicture) about() string { return r.key }

func (r *pagePicture) change() (journal.Change, bool) { return r.image().change(r.key, r.at) }

func (s *Store) transferPicture(id string, at time.Time) *pagePicture {
	return &pagePicture{key: aboutTransfer + id, hashKey: s.keyTransfer(id), historyKey: s.keyTransferHistory(id), at: at}
}

func (s *Store) deliveryPicture(id string, at time.Time) *pagePicture {
	return &pagePicture{key: aboutDelivery + id, hashKey: s.keyDelivery(id), historyKey: s.keyDeliveryHistory(id), at: at}
}

// aboutWhat takes a change's key apart.
func aboutWhat(key string) (kind, id string) {
	kind, id, _ = strings.Cut(key, "/")
	return kind + "/", id
}
