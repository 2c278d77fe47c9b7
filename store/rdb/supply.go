package rdb

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// siteReading asks, within somebody's pipeline, for what there is of some products at all warehouses and
// how much of it is spoken for. It is the one count by which every page answers and every order is placed.
//
// Units that waiting orders claim are set aside, and those of a product before its release date are not
// there at all. Claims are read before stock: while an order that waited gets its units, its claim ends
// after they have left what is free, so whoever sees the claim gone sees the units gone too.
type siteReading struct {
	keys
	directory store.Directory
	products  []string
	now       time.Time
	waiter    store.Number   // the waiting order that asks; 0 for whoever is new
	before    map[string]int // for a waiting order: units claimed before it

	claims          []*redis.SliceCmd
	stock, reserved []*redis.SliceCmd
	load            map[string]fields // of the warehouses that can be full

	lenient bool  // on a cluster: warehouses whose shard is away have nothing, for now
	away    error // why some of them could not be read

	counted       bool           // the two below are of the last reading
	claimed, free map[string]int // units claimed before whoever asks; units that no order holds
}

// reading is a siteReading for whoever is new; nothing is asked yet.
func (s *Store) reading(directory store.Directory, products []string) *siteReading {
	return &siteReading{keys: s.keys, directory: directory, products: products, now: s.now()}
}

// stockFor reads what all warehouses have of the products of some lines, for somebody new.
func (s *Store) stockFor(ctx context.Context, directory store.Directory, lines []store.Line) (*siteReading, error) {
	stock := s.reading(directory, productsOf(lines))
	return stock, s.readStock(ctx, stock)
}

// stockForWaiting is stockFor as a waiting order sees it: only what is claimed before it is set aside.
func (s *Store) stockForWaiting(ctx context.Context, directory store.Directory, o store.Order) (*siteReading, error) {
	stock := s.reading(directory, productsOf(o.Lines))
	stock.waiter = o.Number
	return stock, s.readStock(ctx, stock)
}

// readStock reads, or reads again, what a siteReading asks for. One round trip; for a waiting order one
// more for each of its products.
func (s *Store) readStock(ctx context.Context, stock *siteReading) error {
	if len(stock.products) == 0 {
		return nil
	}
	if stock.waiter != 0 {
		var err error
		if stock.before, err = s.ahead(ctx, stock.waiter, stock.products); err != nil {
			return err
		}
	}
	commands, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		stock.ask(ctx, p)
		return nil
	})
	if len(commands) == 0 {
		return err
	}
	return stock.heard(commands)
}

// heard looks at the answers of a pipeline with which a siteReading was asked for: the first real failure.
// One that is lenient does without the warehouses that cannot be read, if there are others.
func (r *siteReading) heard(commands []redis.Cmder) error {
	shelves, silent := map[redis.Cmder]bool{}, 0
	for i := range r.stock {
		shelves[r.stock[i]], shelves[r.reserved[i]] = true, true
	}
	for _, command := range commands {
		err := command.Err()
		if harmless(err) {
			continue
		}
		if !r.lenient || !shelves[command] || !unreachable(err) {
			return err
		}
		r.away, silent = err, silent+1
	}
	if silent == 2*len(r.stock) {
		return r.away
	}
	return nil
}

func (r *siteReading) ask(ctx context.Context, p redis.Pipeliner) {
	r.claims, r.stock, r.reserved, r.counted, r.away = nil, nil, nil, false, nil
	r.load = map[string]fields{}
	if r.waiter == 0 {
		for _, product := range r.products {
			r.claims = append(r.claims, p.HMGet(ctx, r.keyProductUnits(product), "#"))
		}
	}
	for _, w := range r.directory.WarehouseIDs {
		r.stock = append(r.stock, p.HMGet(ctx, r.keyStock(w), r.products...))
		r.reserved = append(r.reserved, p.HMGet(ctx, r.keyReserved(w), r.products...))
		if r.directory.Warehouses[w].Capacity > 0 {
			r.load[w] = r.askFields(ctx, p, func(at part) string { return keyLoad(at, w) })
		}
	}
}

// count adds up, once for each reading, what is claimed and what is free of each product.
func (r *siteReading) count() {
	if r.counted {
		return
	}
	r.counted, r.claimed, r.free = true, r.before, map[string]int{}
	if r.waiter == 0 {
		r.claimed = make(map[string]int, len(r.claims))
	}
	for i, claim := range r.claims {
		if values := claim.Val(); len(values) == 1 {
			r.claimed[r.products[i]] = integer(values[0])
		}
	}
	for _, site := range r.shelves() {
		for product, units := range site.Free {
			r.free[product] += units
		}
	}
}

// shelves is what the warehouses have free, with nothing set aside.
func (r *siteReading) shelves() []store.Site {
	sites := make([]store.Site, len(r.stock))
	for i, w := range r.directory.WarehouseIDs[:len(r.stock)] {
		sites[i] = store.Site{Warehouse: r.directory.Warehouses[w], Free: make(map[string]int, len(r.products))}
		if load := r.load[w]; load != nil {
			sites[i].Load = decodeLoad(load.units())
		}
		onHand, reserved := r.stock[i].Val(), r.reserved[i].Val()
		for j, product := range r.products {
			if j < len(onHand) && j < len(reserved) {
				sites[i].Free[product] = store.Level{OnHand: integer(onHand[j]), Reserved: integer(reserved[j])}.Free()
			}
		}
	}
	return sites
}

// sites is what may be promised to whoever asks.
func (r *siteReading) sites() []store.Site {
	r.count()
	sites := r.shelves()
	for _, product := range r.products {
		units := r.claimed[product]
		if r.directory.Products[product].Terms.Unreleased(r.now) {
			units = r.free[product]
		}
		if units > 0 {
			withhold(sites, product, units)
		}
	}
	return sites
}

// withhold lowers what the sites have free of a product, where most of it is first.
func withhold(sites []store.Site, product string, units int) {
	most := slices.Clone(sites)
	slices.SortStableFunc(most, func(a, b store.Site) int { return cmp.Compare(b.Free[product], a.Free[product]) })
	for _, site := range most { // the maps are those of sites
		taken := min(units, site.Free[product])
		site.Free[product] -= taken
		units -= taken
	}
}

// freeOf adds up what the sites have free of a product.
func freeOf(sites []store.Site, product string) int {
	free := 0
	for _, site := range sites {
		free += site.Free[product]
	}
	return free
}

// coming is when so many units of a product could be sent to whoever asks now; zero if nobody knows, or
// if the day that was announced has passed.
func (r *siteReading) coming(product string, units int) time.Time {
	r.count()
	terms := r.directory.Products[product].Terms
	has := store.Supply{Free: r.free[product], Arriving: r.directory.Arriving[product]}
	if terms.Unreleased(r.now) {
		has.Release = terms.Release
	}
	if at, known := has.CoveredAt(r.claimed[product] + units); known && at.After(r.now) {
		return at
	}
	return time.Time{}
}

// explain adds to shortages whether and until when one can wait for what is missing.
func (r *siteReading) explain(short []store.Shortage) {
	r.count()
	for i, s := range short {
		terms := r.directory.Products[s.Product].Terms
		short[i].Waits = terms.MayWait()
		short[i].Ahead = terms.Unreleased(r.now)
		if terms.MayWait() && terms.Full(r.claimed[s.Product], s.Wanted) {
			short[i].Full, short[i].Room = true, terms.Room(r.claimed[s.Product])
		}
		short[i].Expected = r.coming(s.Product, s.Wanted)
	}
}

// expected is when all that is short can be sent; zero if that is not known of one of them.
func expected(short []store.Shortage) time.Time {
	var last time.Time
	for _, s := range short {
		if s.Expected.IsZero() {
			return time.Time{}
		}
		if s.Expected.After(last) {
			last = s.Expected
		}
	}
	return last
}

// sites reads what every warehouse has free of some products, with nothing set aside. One round trip.
func (s *Store) sites(ctx context.Context, directory store.Directory, products []string) ([]store.Site, error) {
	stock := s.reading(directory, products)
	err := s.readStock(ctx, stock)
	return stock.shelves(), err
}
