package main

import (
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"waybill/handlers/admin"
	"waybill/handlers/api"
	"waybill/handlers/books"
	"waybill/handlers/courier"
	"waybill/handlers/customer"
	"waybill/handlers/page"
	"waybill/handlers/service"
	"waybill/handlers/signin"
	"waybill/handlers/supply"
	"waybill/handlers/warehouse"
	"waybill/handlers/whatif"
	"waybill/static"
	"waybill/store"
	"waybill/store/demo"
	"waybill/store/engine"
	"waybill/store/geo"
	"waybill/store/intake"
	"waybill/store/rdb"
	"waybill/store/recall"
	"waybill/store/standby"
	views "waybill/views/admin"
	"waybill/web"
	"waybill/web/live"
	"waybill/web/session"
)

// house is everything that a running shop consists of.
type house struct {
	command *serveCommand
	log     *slog.Logger
	zone    *time.Location
	base    *url.URL
	*ground
	store   *rdb.Store
	apiKey  string
	started time.Time

	standby *standby.Standby
	intake  *intake.Intake
	stocked func() // lets orders into a Redis that was filled again; nil where they are not kept from it
	recall  *recall.Recall
	places  *geo.Gazetteer
	hub     *live.Hub
	setup   *session.Setup
	handler http.Handler
	begun   atomic.Bool // the shop has greeted
	exit    *web.Exit
	crowd   *web.Crowd
}

// furnish makes the rooms and joins them. Nothing runs yet.
func (h *house) furnish() error {
	assets, err := static.New()
	if err != nil {
		return err
	}
	if h.places, err = geo.Open(); err != nil {
		return err
	}
	h.standby = standby.New(standby.Options{Shop: h.store, Disk: h.journal, Now: time.Now, Log: h.log})
	h.openIntake()
	h.openRecall()
	secure := h.base.Scheme == "https"
	h.hub = live.NewHub(h.store.Hints(), live.Options{Log: h.log, MaxSockets: web.MaxSockets()})
	h.setup = session.NewSetup(h.redis.Client())
	sessions := session.New(session.Options{Client: h.redis.Client(), Accounts: h.store, Now: time.Now, Secure: secure, Demo: h.command.Demo})
	kit := page.New(page.Options{
		Now: time.Now, Zone: h.zone, Asset: assets.URL, Secure: secure,
		Live: web.Sockets{Hub: h.hub, Sessions: sessions}, Notice: h.redis.Notice(), Country: h.country,
	})
	h.handler, err = web.New(web.Options{
		Log: h.log, Kit: kit, Sessions: sessions, Handlers: h.rooms(kit, sessions, assets),
		API: h.api, Static: assets.Handler(), Health: h.health, Exit: h.exit, Crowd: h.crowd, Metrics: h.metrics(),
	})
	return err
}

// health tells whether the shop has begun, has not begun to end, and reaches Redis or can do without it. It
// asks nobody: the hub of live pages knows within a second or two.
func (h *house) health() web.Health {
	live := h.hub.Stats().Live
	return web.Health{
		Orders: h.begun.Load() && (live || h.standby.Ready()) && h.intake.CanTake(), Redis: live,
		Held: len(h.heldFor()) > 0,
	}
}

// country is the name of a country for its two letters; of letters that stand for none, the letters.
func (h *house) country(code string) string {
	if found, known := h.places.Find("", "", code); known {
		return found.Name
	}
	return code
}

// rooms makes the handlers of all pages.
func (h *house) rooms(kit *page.Kit, sessions *session.Manager, assets *static.Assets) web.Handlers {
	passwords, shop := signin.NewPasswords(), h.store.ForPeople()
	rooms := web.Handlers{
		Customer:  customer.New(kit, h.front(), customer.Options{Places: h.places, NewKey: rand.Text, Secure: h.base.Scheme == "https"}),
		Warehouse: warehouse.New(kit, shop),
		Supply:    supply.New(kit, shop),
		Courier:   courier.New(kit, shop),
		Service:   service.New(kit, h.front()),
		Books:     books.New(kit, shop, rand.Text),
		WhatIf:    whatif.New(kit, shop, h.places),
		Admin:     admin.New(kit, admin.Options{Store: desk{shop}, Passwords: passwords, Countries: h.places.Countries, Pictures: pictures(assets), Running: h.running, NewSecret: rand.Text}),
	}
	var people []store.Account
	if h.command.Demo {
		people = demo.Accounts()
	}
	tries := func(of string, most int, period time.Duration) *session.Tries {
		return session.NewTries(h.redis.Client(), time.Now, of, most, period)
	}
	rooms.SignIn = signin.New(kit, signin.Options{
		ByLogin: tries("login", 10, 10*time.Second), ByAddress: tries("address", 30, 2*time.Second),
		Store: h.front(), Sessions: sessions, Setup: h.setup, Passwords: passwords,
		Demo: people, May: rooms.May, SignedOut: h.hub.CloseSession,
	})
	return rooms
}

// front is the shop as customers and programs meet it.
func (h *house) front() front { return front{h.store.ForPeople(), h.standby, h.intake} }

func (h *house) api(e *echo.Echo) error {
	base := ""
	if h.command.URL != "" {
		base = h.base.String()
	}
	return api.Register(e, api.Options{Enter: h.crowd.Enter, Store: h.front(), Gazetteer: h.places, Keys: api.SeveralKeys(api.OneKey(h.apiKey), h.front()), BaseURL: base, Log: h.log, Now: func() time.Time { return time.Now().In(h.zone) }})
}

func (h *house) metrics() *prometheus.Registry {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	web.MeasureHub(registry, h.hub)
	measureIntake(registry, h.intake)
	measureRecall(registry, h.recall, h.store, h.journal)
	return registry
}

// running says for the administrators' page what the shop runs on.
func (h *house) running() []views.Fact {
	facts := []views.Fact{
		{Name: "Version", Value: version},
		{Name: "Address", Value: h.base.String()},
		{Name: "Redis", Value: redisWords(h.redis.Kind())},
		{Name: "Time zone", Value: h.zone.String()},
		{Name: "Running since", Value: h.started.In(h.zone).Format("2 January 2006, 15:04")},
	}
	facts = append(facts, intakeFacts(h.intake.Stats(), time.Now())...)
	facts = append(facts, h.recallFacts()...)
	if notice := h.redis.Notice(); notice != "" {
		facts = append(facts, views.Fact{Name: "Mind", Value: notice})
	}
	return facts
}

func redisWords(kind engine.Kind) string {
	switch kind {
	case engine.Child:
		return "a server of its own, looked after by Waybill"
	case engine.Memory:
		return "in this process only"
	}
	return "a server that somebody else runs"
}

// pictures lists the products' pictures that we have drawn: they are numbered.
func pictures(assets *static.Assets) []string {
	var names []string
	for i := 1; ; i++ {
		name := fmt.Sprintf("prod%d", i)
		file := "products/" + name + ".svg"
		if assets.URL(file) == static.Prefix+file {
			return names
		}
		names = append(names, name)
	}
}
