package rdb

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// SeedStock is what an outside program's sets have become: what was new to the shop, and how many counts
// were booked.
type SeedStock struct {
	Warehouses []string // without coordinates: a person has to give them
	Products   []string
	Counts     int
}

// seedCutOff is when the last courier leaves a warehouse of which nothing is known.
const seedCutOff = 16 * time.Hour

// ImportSeed turns the sets `<warehouse>:product_list` of outside programs into warehouses, products and
// stock, where the shop has none of them yet: each product of a set gets a count of so many units. What
// the shop knows already stays as it is, so a second call changes nothing. A warehouse that it adds has no
// coordinates: until somebody gives them, it is the last that an order is routed to.
//
// Keys: reads every <warehouse>:product_list; writes products, warehouses and, by counts, stock.
func (s *Store) ImportSeed(ctx context.Context, who store.Actor, units int) (SeedStock, error) {
	var done SeedStock
	if units < 1 || units > maxOnHand {
		return done, store.Errorf(store.Invalid, "Give each product between 1 and 1,000,000,000 units.")
	}
	sets, err := s.productSets(ctx)
	if err != nil {
		return done, wrap("import the seed's sets", err)
	}
	directory, err := s.Directory(ctx)
	if err != nil {
		return done, err
	}
	for _, w := range sortedKeys(sets) { // products first: an empty warehouse would look robbed to the reconciler
		for _, product := range sets[w] {
			if _, known := directory.Products[product]; !known {
				added, err := s.addSeedProduct(ctx, product)
				if err != nil {
					return done, err
				}
				if added {
					done.Products = append(done.Products, product)
				}
			}
		}
	}
	for _, w := range sortedKeys(sets) {
		if err := s.seedWarehouse(ctx, who, directory, w, sets[w], units, &done); err != nil {
			return done, err
		}
	}
	return done, nil
}

func (s *Store) seedWarehouse(ctx context.Context, who store.Actor, directory store.Directory, w string, products []string, units int, done *SeedStock) error {
	if _, known := directory.Warehouses[w]; !known {
		if err := s.addSeedWarehouse(ctx, w); err != nil {
			return err
		}
		done.Warehouses = append(done.Warehouses, w)
	}
	for _, product := range products {
		counted, err := s.client.HExists(ctx, s.keyStock(w), product).Result()
		if err != nil {
			return wrap("import the seed's sets", err)
		}
		if counted {
			continue
		}
		if _, err := s.SetStock(ctx, who, w, product, units, "as an outside program's product_list says"); err != nil {
			return err
		}
		done.Counts++
	}
	return nil
}

// productSets reads all sets that look like a warehouse's product_list.
func (s *Store) productSets(ctx context.Context) (map[string][]string, error) {
	sets := map[string][]string{}
	return sets, s.scan(ctx, s.keyProductList("*"), "set", func(key string) error {
		warehouse, ok := s.warehouseOfSet(key)
		if !ok || sets[warehouse] != nil {
			return nil
		}
		members, err := s.client.SMembers(ctx, key).Result()
		for _, product := range members {
			if store.ValidID(product) {
				sets[warehouse] = append(sets[warehouse], product)
			}
		}
		return err
	})
}

// addSeedProduct adds a product of which nothing but its ID is known. False when somebody else was faster.
func (s *Store) addSeedProduct(ctx context.Context, id string) (bool, error) {
	if exists, err := s.client.SIsMember(ctx, s.keyProducts(), id).Result(); err != nil || exists {
		return false, wrap("add product "+id, err)
	}
	return true, s.SaveProduct(ctx, store.Product{ID: id, Name: id})
}

// addSeedWarehouse adds a warehouse of which nothing but its ID is known.
func (s *Store) addSeedWarehouse(ctx context.Context, id string) error {
	_, err := s.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.HSetNX(ctx, s.keyWarehouse(id), "name", id)
		p.HSetNX(ctx, s.keyWarehouse(id), "cut_off", seedCutOff.String())
		s.hint(ctx, p, s.at(id), liveWarehouse(id))
		return nil
	})
	if err == nil {
		err = s.client.SAdd(ctx, keyWarehouses, id).Err()
	}
	s.forgetDirectory()
	select {
	case s.newWarehouse <- struct{}{}:
	default:
	}
	return wrap("add warehouse "+id, err)
}
