package rdb

import (
	"testing"

	"waybill/store"
	"waybill/store/storetest"
)

// The count of partitions is settled once, and one that somebody has spoilt is told.
func TestPartitionsAreKept(t *testing.T) {
	t.Parallel()
	client := storetest.Redis(t).Client()
	ctx := t.Context()
	if n, err := Partitions(ctx, client); n != 1 || err != nil || client.DBSize(ctx).Val() != 0 {
		t.Fatalf("an empty Redis has %d partitions: %v", n, err)
	}
	for range 2 {
		if n, err := SettlePartitions(ctx, client); n != 1 || err != nil || client.HGet(ctx, keyShop, partitionsField).Val() != "1" {
			t.Fatalf("a single Redis has %d partitions: %v", n, err)
		}
	}
	must(t, client.HSet(ctx, keyShop, partitionsField, 16).Err())
	if n, err := Partitions(ctx, client); n != 16 || err != nil {
		t.Errorf("%d partitions: %v", n, err)
	}
	for _, spoilt := range []string{"", "0", "-3", "many", "100000"} {
		must(t, client.HSet(ctx, keyShop, partitionsField, spoilt).Err())
		if n, err := Partitions(ctx, client); err == nil || store.KindOf(err) != store.Conflict {
			t.Errorf("%q gave %d: %v", spoilt, n, err)
		}
	}
}

// Every order, transfer and product has one place, whatever the count, and an order's transfers are where
// the order is.
func TestPlacesInPartitions(t *testing.T) {
	k := newKeys(16)
	if got := k.keyOrder(123); got != "order:123{p11}" {
		t.Errorf("order 123 is %s", got)
	}
	for _, c := range [][2]string{
		{k.keyTransfer("123-1-warehouse2"), "transfer:123-1-warehouse2{p11}"},
		{keyQueue(k.part(123), store.Placed), "placed.orders{p11}"},
		{keyToAssemble(k.part(123), "warehouse1"), "warehouse1:placed.orders{p11}"},
		{k.keyStock("warehouse1"), "{warehouse1}:stock"},
		{newKeys(1).keyOrder(123), "order:123"},
		{newKeys(0).keyStock("warehouse1"), "warehouse1:stock"},
		{newKeys(1).keyTransfer("ask-xyz"), "transfer:ask-xyz"},
	} {
		if c[0] != c[1] {
			t.Errorf("%s, not %s", c[0], c[1])
		}
	}
	if w, ok := k.warehouseOfSet("{warehouse7}:product_list"); !ok || w != "warehouse7" {
		t.Errorf("%q %v", w, ok)
	}
	if _, ok := newKeys(1).warehouseOfSet("bad warehouse:product_list"); ok {
		t.Error("a bad name was taken")
	}
}
