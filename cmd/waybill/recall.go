package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"waybill/store"
	"waybill/store/journal"
	"waybill/store/rdb"
	"waybill/store/recall"
	views "waybill/views/admin"
	"waybill/views/ui"
)

// keeps has the shop keep in the journal what it answers for.
func (g *ground) keeps(o *rdb.Options) { o.Kept = g.journal }

// gated has the shop act only when it is sure of what Redis has.
func gated(gate rdb.Gate) func(*rdb.Options) { return func(o *rdb.Options) { o.Gate = gate } }

// openRecall lets the journal watch over Redis: whenever connections meet a server that they do not know.
func (h *house) openRecall() {
	h.recall.Refilled, h.recall.Shop, h.recall.Hold = refilled, h.store.On(h.redis.Listening()).Ungated(), h.intake.Hold
	h.redis.OnServer(h.recall.Met)
}

// heldFor are the reasons for which orders are kept from Redis until somebody sees to it.
func (h *house) heldFor() []string {
	return slices.DeleteFunc(h.intake.Stats().Held, func(why string) bool { return why == recall.Why })
}

// recallPatience is how long the start waits to know what Redis has; with much to put back it takes longer,
// and the shop says so.
const recallPatience = 30 * time.Second

// recalled waits until it is known that Redis has all that it had.
func (h *house) recalled(ctx context.Context) error {
	waiting, cancel := context.WithTimeout(ctx, recallPatience)
	defer cancel()
	if err := h.recall.Opened(waiting); err != nil && ctx.Err() == nil {
		return &store.Error{Kind: store.Unavailable, Message: "Redis cannot be compared with what this node keeps.", Err: err}
	}
	return ctx.Err()
}

// measureRecall shows at /metrics what Redis had forgotten.
func measureRecall(registry *prometheus.Registry, memory *recall.Recall, shop *rdb.Store, kept *journal.Journal) {
	for name, read := range map[string]func(rdb.Restored) int{
		"order":    func(r rdb.Restored) int { return r.Orders },
		"transfer": func(r rdb.Restored) int { return r.Transfers },
		"delivery": func(r rdb.Restored) int { return r.Deliveries },
		"booking":  func(r rdb.Restored) int { return r.Bookings },
		"effect":   func(r rdb.Restored) int { return r.Effects },
	} {
		registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "waybill_restored_total", Help: "What this node put back after Redis had forgotten it.", ConstLabels: prometheus.Labels{"kind": name},
		}, func() float64 { return float64(read(memory.Stats().Restored)) }))
	}
	registry.MustRegister(
		prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "waybill_mended_total", Help: "What crashes and other programs had left wrong in Redis, and this node put right."}, func() float64 { return float64(shop.Mended()) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "waybill_restored_merged_total", Help: "Those of which there were two stories by then."}, func() float64 { return float64(memory.Stats().Restored.Merged) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "waybill_not_kept_total", Help: "Changes that stand in Redis, could not be written down on this node, and were too many to be remembered: if Redis forgets them, they are lost."}, func() float64 { return float64(kept.Stats().NotKept) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "waybill_to_keep", Help: "Changes that stand in Redis and wait in this node's memory to be written down. Until they are, people change nothing here."}, func() float64 { return float64(kept.Stats().Owed) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "waybill_restoring", Help: "1 while nothing may be changed, because it is not known whether Redis has all that it had."}, func() float64 { return one(memory.Stats().Shut) }),
	)
}

// recallFacts says the same to the administrator.
func (h *house) recallFacts() []views.Fact {
	s := h.recall.Stats()
	var facts []views.Fact
	add := func(name, value string) { facts = append(facts, views.Fact{Name: name, Value: value}) }
	if s.Shut {
		add("Records", "Being compared with what this node keeps. Nothing can be changed meanwhile.")
	}
	if !s.At.IsZero() {
		add("Put back on "+s.At.In(h.zone).Format("2 January, 15:04"), restoredWords(s))
	}
	if s.Waiting > 0 {
		add("Waiting to be put back", ui.Count(s.Waiting, "booking"))
	}
	kept := h.journal.Stats()
	if kept.Owed > 0 {
		add("Waiting to be written down", ui.Count(kept.Owed, "change"))
	}
	if kept.NotKept > 0 {
		add("Mind", fmt.Sprintf("%s could not be written down on this node. They are in Redis only.", ui.Count(int(kept.NotKept), "change")))
	}
	return facts
}

// restoredWords lists what Redis had forgotten since this node began.
func restoredWords(s recall.Stats) string {
	var words []string
	for _, part := range []struct {
		count     int
		one, many string
	}{
		{s.Restored.Orders, "order", "orders"}, {s.Restored.Transfers, "transfer", "transfers"}, {s.Restored.Deliveries, "delivery", "deliveries"},
		{s.Restored.Bookings, "count or receipt", "counts and receipts"}, {s.Restored.Effects, "reservation", "reservations"},
		{s.Reopened, "order that is placed anew", "orders that are placed anew"},
	} {
		switch {
		case part.count == 1:
			words = append(words, "1 "+part.one)
		case part.count > 1:
			words = append(words, fmt.Sprintf("%d %s", part.count, part.many))
		}
	}
	if len(words) == 0 {
		words = append(words, "nothing that could be put back")
	}
	text := "Redis had forgotten " + strings.Join(words, ", ") + "."
	if s.Restored.Merged > 0 {
		text += fmt.Sprintf(" Of %d of them there were two stories.", s.Restored.Merged)
	}
	if s.Restored.Taken > 0 {
		text += fmt.Sprintf(" %s could not be put back: others bear their numbers.", ui.Count(s.Restored.Taken, "order"))
	}
	return text
}
