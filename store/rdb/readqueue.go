package rdb

import (
	"context"

	"waybill/store"
)

// Waited lists the products that orders wait for, by ID. Four round trips at the most, however long the
// queues are.
func (s *Store) Waited(ctx context.Context) ([]store.Waited, error) {
	queues, err := s.waiting(ctx)
	if err != nil {
		return nil, wrap("waited", err)
	}
	directory, err := s.Directory(ctx)
	if err != nil {
		return nil, err
	}
	sites, err := s.sites(ctx, directory, sortedKeys(queues))
	if err != nil {
		return nil, wrap("waited", err)
	}
	var list []store.Waited
	for _, product := range sortedKeys(queues) {
		if len(queues[product]) > 0 {
			list = append(list, waited(directory, queues, sites, product))
		}
	}
	return list, nil
}

func waited(directory store.Directory, queues store.Queues, sites []store.Site, product string) store.Waited {
	w := store.Waited{Product: directory.Products[product], Orders: len(queues[product]), Free: freeOf(sites, product), Arriving: directory.Arriving[product]}
	if w.Product.ID == "" {
		w.Product = store.Product{ID: product, Name: product}
	}
	for _, claim := range queues[product] {
		w.Units += claim.Units
	}
	return w
}

// Queue reads who waits for a product, and says who would get what if so many units of it arrived now.
// NotFound without such a product.
func (s *Store) Queue(ctx context.Context, product string, arriving int) (store.Queue, error) {
	directory, err := s.Directory(ctx)
	if err != nil {
		return store.Queue{}, err
	}
	if _, known := directory.Products[product]; !known {
		return store.Queue{}, store.Errorf(store.NotFound, "There is no product %s.", short(product))
	}
	queues, err := s.waiting(ctx)
	if err != nil {
		return store.Queue{}, wrap("queue", err)
	}
	products := sortedKeys(queues)
	if _, waits := queues[product]; !waits {
		products = append(products, product)
	}
	sites, err := s.sites(ctx, directory, products)
	if err != nil {
		return store.Queue{}, wrap("queue", err)
	}
	free := s.sendable(directory, sites, products)
	dates, err := s.dates(ctx, directory, queues) // what is free was refused to some: it notes that too
	if err != nil {
		return store.Queue{}, wrap("queue", err)
	}
	arrived(queues, product, arriving)
	free[product] += arriving
	return store.Queue{Waited: waited(directory, queues, sites, product), Shares: queues.Shares(product, free), Dates: dates}, nil
}

// arrived lets units of a product come in: nobody has refused those to anybody.
func arrived(queues store.Queues, product string, units int) {
	for i := range queues[product] {
		queues[product][i].Barred = max(0, queues[product][i].Barred-units)
	}
}
