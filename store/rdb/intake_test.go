package rdb

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"waybill/store"
	"waybill/store/demo"
	"waybill/store/intake"
	"waybill/store/journal"
	"waybill/store/storetest"
)

// node is one node's intake and its journal.
type node struct {
	*intake.Intake
	t    *testing.T
	j    *journal.Journal
	path string
	shop *Store
}

// openNode takes orders for a shop, on a journal that may be there already.
func openNode(t *testing.T, s *Store, path string) *node {
	t.Helper()
	return openNodeOn(t, s, s, path)
}

// openNodeOn is openNode with another way to Redis for the orders of this moment.
func openNodeOn(t *testing.T, live intake.Shop, s *Store, path string) *node {
	t.Helper()
	if path == "" {
		path = filepath.Join(t.TempDir(), "journal.db")
	}
	j, err := journal.Open(journal.Options{Path: path, Now: s.now})
	must(t, err)
	n := &node{t: t, j: j, path: path, shop: s}
	n.Intake = intake.New(intake.Options{
		Live: live, Patient: s, Pages: s, Journal: j, Directory: s.Directory, Outage: unreachable, Now: s.now,
		Log: slog.New(slog.DiscardHandler), Within: 20 * time.Second, AtOnce: 32, Numbers: 100,
	})
	t.Cleanup(func() { _ = j.Close() })
	return n
}

// catchUp runs the node until nothing is pending.
func (n *node) catchUp() {
	n.t.Helper()
	ctx, cancel := context.WithCancel(n.t.Context())
	done := make(chan error, 1)
	go func() { done <- n.Run(ctx) }()
	eventually(n.t, time.Minute, "nothing is pending", func() (bool, string) {
		must(n.t, n.j.Probe(ctx))
		return len(n.j.Pending(0, 1)) == 0, asJSON(n.Stats())
	})
	cancel()
	must(n.t, <-done)
}

// copyOf is the journal as a crash at this moment leaves it.
func (n *node) copyOf() string {
	n.t.Helper()
	file, err := os.ReadFile(n.path)
	must(n.t, err)
	path := filepath.Join(n.t.TempDir(), "journal.db")
	must(n.t, os.WriteFile(path, file, 0o600))
	return path
}

// away is a Redis that cannot be reached by whoever places orders.
type away struct{ intake.Shop }

var errAway = store.Errorf(store.Unavailable, "away")

func (away) Fulfil(context.Context, store.Acceptance) (store.Order, bool, error) {
	return store.Order{}, false, errAway
}

func (away) PlacedBefore(context.Context, store.Placement, error) (store.Order, bool, error) {
	return store.Order{}, false, errAway
}

// mustReceive places while Redis is away.
func (n *node) mustReceive(p store.Placement) store.Order {
	n.t.Helper()
	order, created, err := n.Place(n.t.Context(), p)
	if err != nil || !created || order.Status != store.Received || order.Token == "" || order.Version != 1 {
		n.t.Fatalf("created %v, error %v: %s", created, err, asJSON(order))
	}
	return order
}

// later is the shop as another node sees it, a minute later: what was left half done may be taken up.
func later(server *storetest.Server) *Store {
	s := newStore(server.NewClient())
	s.now = func() time.Time { return time.Now().Add(time.Minute) }
	return s
}

// ofWish lists the orders that a wish has made.
func ofWish(t *testing.T, s *Store, uid string) []store.Order {
	t.Helper()
	var orders []store.Order
	for _, n := range numbersOf(t, s) {
		if o := mustOrder(t, s, n); o.UID == uid {
			orders = append(orders, o)
		}
	}
	return orders
}

// dying is a way to Redis that runs something once an order was made, or not, and before anybody hears of it.
type dying struct {
	intake.Shop
	then func()
}

func (d dying) Fulfil(ctx context.Context, a store.Acceptance) (store.Order, bool, error) {
	order, created, err := d.Shop.Fulfil(ctx, a)
	d.then()
	return order, created, err
}

// TestAcceptedOrdersOutliveACrash stops a node at each of its ways to Redis, before and after it, and before
// the journal hears how it went. Another process opens the journal as the crash has left it: the order is
// made once, under the number that was written down, whatever had happened before; so it is when everything is
// replayed again, and when the customer asks again.
func TestAcceptedOrdersOutliveACrash(t *testing.T) {
	t.Parallel()
	server := storetest.Redis(t)
	wait := func(p store.Placement) store.Placement { p.Draft.Backorder = true; return p }
	parts := func(p store.Placement) store.Placement { p.Draft.Backorder, p.Draft.Parts = true, true; return p }
	wishes := []struct {
		name string
		p    store.Placement
		is   store.Status
	}{
		{"placed", placement(line("prod1", 2), line("prod6", 1), line("prod5", 18)), store.Placed}, // all there is of prod5: what an earlier turn holds must not stand in the way
		{"waiting", wait(placement(line("prod6", 30), line("prod1", 1))), store.Backordered},
		{"in parts", parts(placement(line("prod6", 30), line("prod1", 1))), store.Placed},
		{"too little", placement(line("prod6", 30)), store.Cancelled},
	}
	points := 0
	for _, wish := range wishes {
		for at := 1; ; at++ {
			finished := crashAccepting(t, server, wish.p, wish.is, death{at: at})
			crashAccepting(t, server, wish.p, wish.is, death{at: at, after: true})
			if points++; finished || t.Failed() {
				break
			}
		}
	}
	t.Logf("%d crash points, before and after each", points)
}

func crashAccepting(t *testing.T, server *storetest.Server, p store.Placement, is store.Status, d death) bool {
	t.Helper()
	ctx := t.Context()
	must(t, server.Client().FlushAll(ctx).Err())
	healthy := newStore(server.Client())
	must(t, demo.Load(ctx, withoutOrders{healthy}))
	setTerms(t, healthy, "prod6", store.Terms{Kind: store.TermsBackorder})

	client := server.NewClient()
	defer func() { _ = client.Close() }()
	dead := newStore(client)
	_, err := dead.Directory(ctx)
	must(t, err)
	_, err = dead.Seal(ctx)
	must(t, err)
	client.AddHook(&d)
	var first *node
	var left string
	first = openNodeOn(t, dying{dead, func() { left = first.copyOf() }}, healthy, "")
	order, _, err := first.Place(ctx, p)
	where := fmt.Sprintf("%s, dead at round trip %d (after: %v): %s, %v", is, d.at, d.after, order.Status, err)
	if entries := first.j.Pending(0, 10); err == nil && len(entries) > 1 {
		t.Fatalf("%s: accepted %d times", where, len(entries))
	}

	s := later(server)
	second := openNode(t, s, left)
	entries := second.j.Pending(0, 10)
	if len(entries) != 1 {
		t.Fatalf("%s: %d entries are pending", where, len(entries))
	}
	promised := entries[0]
	check := func(what string) {
		t.Helper()
		where := where + ", " + what
		second.catchUp()
		sweep(t, s, where)
		made := ofWish(t, s, promised.UID)
		if len(made) != 1 || made[0].Number != promised.Number || made[0].Token != promised.Token || made[0].Status != is {
			t.Fatalf("%s: made %s", where, asJSON(made))
		}
		if is == store.Cancelled && made[0].WhyNotMade() == "" {
			t.Errorf("%s: it does not say why: %s", where, asJSON(made[0].History))
		}
		if rest := made[0].Child.Number; p.Draft.Parts && (rest == 0 || mustOrder(t, s, rest).Status != store.Backordered) {
			t.Errorf("%s: no rest: %s", where, asJSON(made[0]))
		}
	}
	check("replayed")
	for range 2 {
		count, err := second.j.Reopen(ctx, time.Time{})
		must(t, err)
		if count != 1 {
			t.Errorf("%s: %d entries were reopened", where, count)
		}
		check("replayed again")
	}
	again, created, err := second.Place(ctx, p)
	if err != nil || created || again.Number != promised.Number {
		t.Fatalf("%s: asked again: created %v, error %v: %s", where, created, err, asJSON(again))
	}
	return !d.dead
}

// TestARefusalIsWrittenDown before it is told: a node that dies right after it never makes the order.
func TestARefusalIsWrittenDown(t *testing.T) {
	s := demoShop(t)
	n := openNode(t, s, "")
	p := placement(line("prod6", 30))
	if _, _, err := n.Place(t.Context(), p); store.KindOf(err) != store.Conflict {
		t.Fatalf("30 of 24: %v", err)
	}
	after := openNode(t, s, n.copyOf())
	if pending := after.j.Pending(0, 10); len(pending) != 0 {
		t.Fatalf("pending: %+v", pending)
	}
	p.Draft.Lines[0].Quantity = 2
	if order, created, err := after.Place(t.Context(), p); err != nil || !created || order.Status != store.Placed {
		t.Fatalf("the same form with less: %v %v %s", created, err, asJSON(order))
	}
	check(t, s)
}

// TestReplayKeepsThePromise in all the ways in which things may have changed meanwhile.
func TestReplayKeepsThePromise(t *testing.T) {
	s := demoShop(t)
	ctx := t.Context()
	n := openNodeOn(t, away{s}, s, "")
	sold := n.mustReceive(placement(line("prod6", 20)))
	toWait := placement(line("prod6", 10))
	toWait.Draft.Backorder = true
	waits := n.mustReceive(toWait)
	gone := n.mustReceive(placement(line("prod2", 1)))
	unwanted := n.mustReceive(placement(line("prod1", 1)))
	fine := n.mustReceive(placement(line("prod1", 3)))
	taken := n.mustReceive(placement(line("prod1", 1)))
	must(t, n.Cancel(ctx, shopper, unwanted.Number, "changed my mind"))
	must(t, n.Cancel(ctx, shopper, unwanted.Number, "again"))
	if err := n.Cancel(ctx, clerk, fine.Number, ""); store.KindOf(err) != store.Forbidden {
		t.Errorf("a clerk cancelled: %v", err)
	}
	if o, err := n.Order(ctx, unwanted.Number); err != nil || o.Status != store.Cancelled {
		t.Errorf("cancelled, and its page says %s, %v", o.Status, err)
	}
	if o, err := n.OrderByToken(ctx, fine.Token); err != nil || o.Status != store.Received {
		t.Errorf("received, and its page says %s, %v", o.Status, err)
	}

	setTerms(t, s, "prod6", store.Terms{Kind: store.TermsBackorder})
	mustPlace(t, s, line("prod6", 13)) // and one is the demo's
	directory, err := s.Directory(ctx)
	must(t, err)
	withdrawn := directory.Products["prod2"]
	withdrawn.Withdrawn = true
	must(t, s.SaveProduct(ctx, withdrawn))
	s.client.HSet(ctx, s.keyOrder(taken.Number), "recipient", "an outsider's")
	s.client.RPush(ctx, s.keyLines(taken.Number), "prod1")
	n.catchUp()

	if stats := n.Stats(); stats.Replayed != 6 || stats.Refused != 2 || stats.Received != 6 {
		t.Errorf("%d replayed, %d refused, %d received", stats.Replayed, stats.Refused, stats.Received)
	}
	story := func(o store.Order) (types []store.EventType) {
		for _, e := range o.History {
			types = append(types, e.Type)
		}
		return types
	}
	for _, want := range []struct {
		received store.Order
		status   store.Status
		why      string
	}{
		{sold, store.Cancelled, "There was too little in stock when your order's turn came: of " + directory.ProductName("prod6") + " only 10 left."},
		{waits, store.Placed, ""},
		{gone, store.Cancelled, directory.ProductName("prod2") + " is not sold any more."},
		{unwanted, store.Cancelled, ""},
		{fine, store.Placed, ""},
	} {
		o := mustOrder(t, s, want.received.Number)
		if o.Status != want.status || o.WhyNotMade() != want.why || o.Token != want.received.Token || !o.PlacedAt.Equal(want.received.PlacedAt) {
			t.Errorf("order %s is %s because %q: %s", o.Number, o.Status, o.WhyNotMade(), asJSON(o))
		}
		if types := story(o); len(types) < 2 || types[0] != store.EventType(store.Received) || types[1] != store.EventType(want.status) {
			t.Errorf("order %s: its story is %v", o.Number, types)
		}
	}
	o, err := n.OrderByToken(ctx, taken.Token)
	if err != nil || o.Number == taken.Number || o.Status != store.Placed {
		t.Errorf("the number was taken: %v %s", err, asJSON(o))
	}
	must(t, s.client.Del(ctx, s.keyOrder(taken.Number), s.keyLines(taken.Number)).Err())
	sweep(t, s, "after the replay")
}

// TestTheSameWishOnTwoNodes, accepted by both while Redis was away, is one order; both links lead to it. The
// same key with other content is not: the later one is told so on its page.
func TestTheSameWishOnTwoNodes(t *testing.T) {
	s := demoShop(t)
	ctx := t.Context()
	one, two := openNodeOn(t, away{s}, s, ""), openNodeOn(t, away{s}, s.On(s.client), "")
	p := placement(line("prod1", 1), line("prod6", 1))
	first, second := one.mustReceive(p), two.mustReceive(p)
	if again, created, err := one.Place(ctx, p); err != nil || created || again.Number != first.Number {
		t.Fatalf("the same wish on the same node: %v %v %s", created, err, asJSON(again))
	}
	changed := p
	changed.Draft.Lines = []store.Line{line("prod1", 7)}
	if o, _, err := one.Place(ctx, changed); store.KindOf(err) != store.Invalid || o.Number != first.Number {
		t.Errorf("the same key with other content on the same node: %v", err)
	}
	three := openNodeOn(t, away{s}, s, "")
	double := three.mustReceive(changed)
	done := make(chan bool)
	for _, n := range []*node{one, two} {
		go func() { n.catchUp(); done <- true }()
	}
	<-done
	<-done
	three.catchUp()
	made := ofWish(t, s, first.UID)
	if len(made) != 2 {
		t.Fatalf("made %s", asJSON(made))
	}
	for _, n := range []*node{one, two, three} {
		for _, token := range []string{first.Token, second.Token} {
			o, err := n.OrderByToken(ctx, token)
			if err != nil || o.Status != store.Placed || o.Number != first.Number && o.Number != second.Number {
				t.Errorf("the link leads to %s, %v", asJSON(o), err)
			}
		}
		for _, number := range []store.Number{first.Number, second.Number} {
			if o, err := n.Order(ctx, number); err != nil || o.Status != store.Placed || o.UID != first.UID {
				t.Errorf("number %s means %s, %v", number, asJSON(o), err)
			}
		}
	}
	if o := mustOrder(t, s, double.Number); o.Status != store.Cancelled || o.WhyNotMade() == "" {
		t.Errorf("the double: %s", asJSON(o))
	}
	sweep(t, s, "after the replay")
}

// TestTwoNodesReplayTheSameJournal, as when a disk was copied: each order is made once.
func TestTwoNodesReplayTheSameJournal(t *testing.T) {
	server := storetest.Redis(t)
	s := newStore(server.Client())
	must(t, demo.Load(t.Context(), withoutOrders{s}))
	n := openNodeOn(t, away{s}, s, "")
	for i := range 40 {
		n.mustReceive(placement(line(fmt.Sprintf("prod%d", 1+i%9), 1), line("prod6", 1)))
	}
	must(t, n.j.Probe(t.Context()))
	one, two := openNode(t, newStore(server.NewClient()), n.copyOf()), openNode(t, newStore(server.NewClient()), n.copyOf())
	done := make(chan bool)
	for _, n := range []*node{one, two} {
		go func() { n.catchUp(); done <- true }()
	}
	<-done
	<-done
	placed, refused := 0, 0
	for _, e := range n.j.Pending(0, 100) {
		switch made := ofWish(t, s, e.UID); {
		case len(made) != 1 || made[0].Number != e.Number:
			t.Errorf("order %s: made %d times", e.Number, len(made))
		case made[0].Status == store.Placed:
			placed++
		case made[0].Status == store.Cancelled:
			refused++
		}
	}
	if placed != 22 || refused != 18 { // there are 24 of prod6, and two of the first orders want two
		t.Errorf("%d placed, %d refused", placed, refused)
	}
	sweep(t, s, "after two nodes")
}

// TestNumbersAreNeverGivenTwice, also when Redis has forgotten which it has leased.
func TestNumbersAreNeverGivenTwice(t *testing.T) {
	s := demoShop(t)
	ctx := t.Context()
	seen := map[store.Number]bool{}
	for range 3 {
		for range 2 {
			n := openNode(t, s, "")
			for range 150 {
				number, err := n.Number(ctx)
				must(t, err)
				if seen[number] {
					t.Fatalf("number %s was given twice", number)
				}
				seen[number] = true
			}
		}
		if highest := s.client.Get(ctx, keyNumbers).Val(); highest == "" {
			t.Fatal("no counter")
		}
	}
	n := openNode(t, s, "")
	before, err := n.Number(ctx)
	must(t, err)
	must(t, s.client.Set(ctx, keyNumbers, 5, 0).Err())
	for range 200 {
		number, err := n.Number(ctx)
		must(t, err)
		if number <= before {
			t.Fatalf("number %s after %s: the counter was not raised", number, before)
		}
		before = number
	}
}

// TestALateStepOfAnEarlierTurn comes to nothing: what a stopped Redis carries out late can neither make an
// order a second time nor hold stock for it.
func TestALateStepOfAnEarlierTurn(t *testing.T) {
	s := demoShop(t)
	ctx := t.Context()
	a := store.Acceptance{Placement: placement(line("prod1", 2)), UID: rand.Text(), At: time.Now().UTC()}
	a.Number, _ = s.number(ctx)
	directory, err := s.Directory(ctx)
	must(t, err)
	claimed, err := s.claim(ctx, a, s.reading(directory, []string{"prod1"}))
	must(t, err)
	late := s.beginOrder(a, claimed)
	late.Attempt = firstAttempt(claimed.turn, 1)
	late.Plan, late.Attempt, err = s.routeAndReserve(ctx, late, late.Attempt, shopper, mustStock(t, s, a.Draft.Lines))
	must(t, err)
	late.Status, late.Warehouse, late.PromisedAt = store.Placed, late.Plan.Assembly, late.Plan.PromisedAt

	a.Told = true
	if again, err := s.claim(ctx, a, s.reading(directory, []string{"prod1"})); err != nil || !again.mine || again.turn != 2 {
		t.Fatalf("the second turn: %v %+v", err, again)
	}
	if _, err := s.create(ctx, shopper, late, ""); !errors.Is(err, store.ErrBusy) {
		t.Errorf("the late order, before the second turn has made it: %v", err)
	}
	a.Cancelled = &store.Cancellation{Who: shopper, At: time.Now().UTC()}
	order, _, err := s.Fulfil(ctx, a)
	if err != nil || order.Status != store.Cancelled {
		t.Fatalf("%v %s", err, asJSON(order))
	}
	if _, err := s.reserve(ctx, late, late.Attempt, late.Plan, shopper); !errors.Is(err, store.ErrBusy) {
		t.Errorf("the late reservation: %v", err)
	}
	if made, err := s.create(ctx, shopper, late, ""); err == nil && made.Status != store.Cancelled {
		t.Errorf("the late order was made: %s", asJSON(made))
	}
	sweep(t, s, "after a late step")
}
