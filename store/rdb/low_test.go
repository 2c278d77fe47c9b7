package rdb

import (
	"fmt"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"waybill/store"
	"waybill/store/storetest"
)

// manyLow gives a shop of two warehouses that each run low of many products, some further than others: of pN
// by N % 100 + 1 units.
func manyLow(t *testing.T, many int) *Store {
	t.Helper()
	s := newStore(storetest.Redis(t).Client())
	ctx := t.Context()
	for i, w := range []string{"a", "b"} {
		must(t, s.SaveWarehouse(ctx, store.Warehouse{ID: w, Name: w, At: store.Point{Lat: 50, Lon: 20 + float64(i)}}))
	}
	var file []store.StockRow
	_, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i := range many {
			id, units := fmt.Sprint("p", i), 2+i%100
			p.SAdd(ctx, s.keyProducts(), id)
			p.HSet(ctx, s.keyProduct(id), "name", id)
			for _, w := range []string{"a", "b"} {
				file = append(file, store.StockRow{Line: len(file) + 2, Warehouse: w, Product: id, OnHand: 1, Threshold: &units})
			}
		}
		return nil
	})
	must(t, err)
	s.forgetDirectory()
	if im := book(t, s, file); im.State != store.ImportDone {
		t.Fatalf("%+v", im)
	}
	return s
}

// However much runs low, a board, the list of all warehouses and a page of one of them read the few that they
// show, furthest under their thresholds first; all pages together have each product once.
func TestManyThatRunLowAreShownInPieces(t *testing.T) {
	t.Parallel()
	const many = 2*pageSize + 30
	s := manyLow(t, many)
	ctx := t.Context()
	checkLow(t, s)
	s, noted := watched(t, s)
	began := s.now()
	s.now = func() time.Time { return began } // the directory does not grow old: it is no part of this
	_, err := s.Directory(ctx)
	must(t, err)
	*noted = sizes{}
	board, err := s.Board(ctx, "a")
	must(t, err)
	all, err := s.LowStock(ctx)
	must(t, err)
	for where, low := range map[string]store.LowList{"board": board.Low, "list": all} {
		if len(low.Rows) != store.LowAtOnce {
			t.Fatalf("%s: %d rows, of %v", where, len(low.Rows), low.All)
		}
		if low.All["a"] != many || low.Rows[0].Threshold != 101 || low.Rows[store.LowAtOnce-1].Threshold < 99 {
			t.Errorf("%s: of %v, from %+v to %+v", where, low.All, low.Rows[0], low.Rows[len(low.Rows)-1])
		}
	}
	if board.Low.Count() != many || all.Count() != 2*many {
		t.Errorf("%d on the board, %d in all", board.Low.Count(), all.Count())
	}
	seen, last := map[string]bool{}, 101
	for from := 0; from < many; from += store.LowAtOnce {
		page, err := s.LowAt(ctx, "b", from)
		must(t, err)
		for _, low := range page.Rows {
			if low.Threshold > last {
				t.Fatalf("%+v comes after one that is less under its threshold", low)
			}
			seen[low.Product], last = true, low.Threshold
		}
	}
	if len(seen) != many {
		t.Errorf("the pages show %d of %d", len(seen), many)
	}
	if noted.longest > 5*store.LowAtOnce {
		t.Errorf("one command had %d members: %s", noted.longest, noted.which)
	}
	if _, err := s.LowAt(ctx, "x", 0); store.KindOf(err) != store.NotFound {
		t.Errorf("an unknown warehouse: %v", err)
	}
}

// What an outside program, or an older Waybill, has done to what runs low is put right in pieces; where all is
// right nothing changes, and open pages hear nothing.
func TestALookAtWhatRunsLow(t *testing.T) {
	t.Parallel()
	s := manyLow(t, 2*pageSize+30)
	ctx := t.Context()
	must(t, s.client.Del(ctx, s.keyLow("a")).Err())
	must(t, s.client.SAdd(ctx, s.keyLow("a"), "p1", "p2").Err())
	must(t, s.client.HDel(ctx, s.keyThresholds("b"), "p3").Err())
	must(t, s.client.HSet(ctx, s.keyThresholds("b"), "p4", "none").Err())
	if board, err := s.Board(ctx, "a"); err != nil || board.Low.Count() != 0 {
		t.Errorf("a board whose list cannot be read: %v, %v", board.Low.All, err)
	}
	s, noted := watched(t, s)
	must(t, s.lookAtLow(ctx))
	checkLow(t, s)
	if noted.longest > pageSize*5/2 { // a page of fields and values; a scan may give a little more
		t.Errorf("one command had %d members: %s", noted.longest, noted.which)
	}
	revision := s.client.Get(ctx, keyRevision(s.at("a"), liveWarehouse("a"))).Val()
	must(t, s.lookAtLow(ctx))
	if now := s.client.Get(ctx, keyRevision(s.at("a"), liveWarehouse("a"))).Val(); now != revision {
		t.Errorf("a look that finds nothing was told: revision %s, then %s", revision, now)
	}
}

// Within one step a product may run low and have enough again: only how it ends counts.
func TestWhatIsBetweenTwoMovesIsNotTold(t *testing.T) {
	t.Parallel()
	s := newStore(storetest.Redis(t).Client())
	laneShop(t, s, 3, 80, 0)
	ctx := t.Context()
	must(t, s.SetThreshold(ctx, clerk, "a", "p", 10))
	book(t, s, []store.StockRow{{Line: 2, Warehouse: "a", Product: "p", OnHand: 12, Threshold: below(20)}})
	lows := 0
	for _, entry := range eventsOf(t, s) {
		if entry.Values["type"] == "stock.low" {
			lows++
		}
	}
	if lows != 1 {
		t.Errorf("told %d times: it was low all the while", lows)
	}
	check(t, s)
}
