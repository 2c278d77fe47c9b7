package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"waybill/store"
	"waybill/store/engine"
	"waybill/store/intake"
	views "waybill/views/admin"
	"waybill/views/ui"
)

// openIntake puts the journal before Redis on the way of each order.
func (h *house) openIntake() {
	h.intake = intake.New(intake.Options{
		Live: h.store.On(h.redis.Placing()), Patient: h.store.On(h.redis.Listening()), Pages: h.store.ForPeople(),
		Journal: h.journal, Directory: func(ctx context.Context) (store.Directory, error) { return h.front().Directory(ctx) }, Outage: engine.Unreachable, Partly: h.redis.Partly, Now: time.Now, Log: h.log,
		Within: h.command.PlaceWithin, AtOnce: engine.PlacingAtOnce, Numbers: h.command.NumberBlock,
	})
	h.store.UseNumbers(h.intake)
}

// measureIntake shows at /metrics what is promised and not made yet.
func measureIntake(registry *prometheus.Registry, orders *intake.Intake) {
	figure := func(name, help string, read func(intake.Stats) float64) {
		registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "waybill_intake_" + name, Help: help}, func() float64 { return read(orders.Stats()) }))
	}
	count := func(name, help string, read func(intake.Stats) int64) {
		registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "waybill_intake_" + name + "_total", Help: help}, func() float64 { return float64(read(orders.Stats())) }))
	}
	figure("pending", "Orders that are written down on this node and not surely in Redis.", func(s intake.Stats) float64 { return float64(s.Pending) })
	figure("oldest_seconds", "How long the oldest of these has waited.", func(s intake.Stats) float64 { return s.Age(time.Now()).Seconds() })
	figure("numbers", "Order numbers that this node can give without Redis.", func(s intake.Stats) float64 { return float64(s.Numbers) })
	figure("journal_bytes", "Size of this node's journal.", func(s intake.Stats) float64 { return float64(s.Bytes) })
	figure("redis_away", "1 while orders are kept here because Redis does not answer.", func(s intake.Stats) float64 { return one(s.Away) })
	figure("held", "1 while orders are kept here although Redis answers, because it is not the one that this node knows, or is being put right.", func(s intake.Stats) float64 { return one(len(s.Held) > 0) })
	figure("disk_failing", "1 while this node's disk cannot be written to: no orders are taken, and people change nothing.", func(s intake.Stats) float64 { return one(s.Disk != nil) })
	count("received", "Orders whose customers were told that we have them, before they were placed.", func(s intake.Stats) int64 { return s.Received })
	count("replayed", "Orders placed later than they were accepted.", func(s intake.Stats) int64 { return s.Replayed })
	count("refused", "Orders accepted and then found impossible: made as cancelled, with the reason.", func(s intake.Stats) int64 { return s.Refused })
}

func one(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

// intakeFacts says the same to the administrator.
func intakeFacts(s intake.Stats, now time.Time) []views.Fact {
	facts := []views.Fact{{Name: "Order numbers in hand", Value: fmt.Sprint(s.Numbers)}}
	add := func(name, value string) { facts = append(facts, views.Fact{Name: name, Value: value}) }
	switch {
	case s.Disk != nil:
		add("Orders", "None are taken, and people change nothing here: this node's disk cannot be written to. "+s.Disk.Error())
	case len(s.Held) > 0:
		add("Orders", "Taken and kept on this node. "+strings.Join(s.Held, " "))
	case s.Away:
		add("Orders", "Taken and kept on this node until Redis answers.")
	default:
		add("Orders", "Taken, and placed at once.")
	}
	if s.Pending > 0 {
		add("Kept on this node", fmt.Sprintf("%s, the oldest for %s", ui.Count(s.Pending, "order"), s.Age(now).Round(time.Second)))
	}
	if s.Received > 0 {
		add("Placed later, since the start", fmt.Sprintf("%s, of which %d could not be sent any more", ui.Count(int(s.Replayed), "order"), s.Refused))
	}
	for _, t := range s.Troubled[:min(len(s.Troubled), 5)] {
		add("Order "+t.Order.String(), fmt.Sprintf("Could not be placed yet, after %s: %s", ui.Count(t.Tries, "try"), t.Why))
	}
	return facts
}
