package rdb

import (
	"context"
	"maps"
	"strings"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

const messagesKept = 50 // sentences that a warehouse's page can show

// Say publishes a sentence on a warehouse's channel, as a clerk wishes. Whoever listens hears it,
// Waybill itself too: that is how it reaches the pages. Invalid when the sentence names a product
// or warehouse that the shop does not have.
func (s *Store) Say(ctx context.Context, who store.Actor, m store.Message, at string) error {
	directory, err := s.Directory(ctx)
	if err != nil {
		return err
	}
	_, product := directory.Products[m.Product]
	_, named := directory.Warehouses[m.Warehouse]
	_, heard := directory.Warehouses[at]
	if _, sentence := store.ParseMessage(m.String()); !sentence || !product || !named || !heard {
		return store.Errorf(store.Invalid, "Choose a product and a warehouse of this shop.")
	}
	s.log.Info("said on a channel", "who", ledgerName(who), "warehouse", at, "message", m.String())
	return wrap("say", s.client.Publish(ctx, warehouseTalk(at), m.String()).Err())
}

// said is a sentence and the warehouse on whose channel it is said.
type said struct {
	message store.Message
	at      string
}

// say publishes Waybill's own sentences about a transfer, in one round trip, so that they are heard in their
// order: on a cluster at the server of the transfer. They are advice: nothing depends on their being heard.
func (s *Store) say(ctx context.Context, about store.Transfer, sentences ...said) {
	err := s.home(ctx, s.keyTransfer(about.ID), func(home server) error {
		_, err := home.Pipelined(ctx, func(p redis.Pipeliner) error {
			for _, sentence := range sentences {
				p.Publish(ctx, warehouseTalk(sentence.at), sentence.message.String())
			}
			return nil
		})
		return err
	})
	if err != nil {
		s.log.Debug("not said", "error", err)
	}
}

// heard keeps sentences for the pages of the warehouses on whose channels they came, newest first
// in the list. Keys: <warehouse>:messages.
func (s *Store) heard(ctx context.Context, batch []heardOn) error {
	hinted := map[string]bool{}
	_, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, h := range batch {
			p.LPush(ctx, s.keyMessages(h.warehouse), encode(h.heard))
			hinted[h.warehouse] = true
		}
		for w := range hinted {
			p.LTrim(ctx, s.keyMessages(w), 0, messagesKept-1)
			s.hint(ctx, p, s.at(w), liveWarehouse(w))
		}
		return nil
	})
	return wrap("keep messages", err)
}

type heardOn struct {
	warehouse string
	heard     store.Heard
}

// Attention lists the orders that cannot go on by themselves, oldest first.
func (s *Store) Attention(ctx context.Context) ([]store.Attention, error) {
	var strangers, ours fields
	commands, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		strangers, ours = s.askFields(ctx, p, keyAttention), s.askFields(ctx, p, keyNeeds)
		return nil
	})
	if err := failed(commands, err); err != nil {
		return nil, wrap("attention", err)
	}
	entries := map[string]string{}
	maps.Copy(entries, strangers.merged())
	maps.Copy(entries, ours.merged())
	return decodeAttention(entries), nil
}

// warehouseOf tells on whose channel something was published: both "warehouse2" and
// "warehouse2.channel" are warehouse2's.
func warehouseOf(channel string) string { return strings.TrimSuffix(channel, ".channel") }
