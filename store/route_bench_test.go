package store

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// working gives every site of a big shop a working life of its own, so that no promise can be
// taken over from another warehouse.
func working(req Request, sites []Site) {
	random := rand.New(rand.NewPCG(3, 4))
	for i := range sites {
		w := &sites[i].Warehouse
		w.ClosedOn, w.Handling = WeekdaysOf(time.Sunday), time.Duration(1+random.IntN(30))*time.Hour
		w.Capacity, w.SameDay = 40, 11*time.Hour
		sites[i].Load = map[Day]int{}
		for day := range 10 {
			date := Day(req.Now.AddDate(0, 0, day).Format(time.DateOnly))
			sites[i].Load[date] = 24 + random.IntN(18)
			if random.IntN(20) == 0 {
				w.Closed = append(w.Closed, date)
			}
		}
	}
}

// A long order in a large shop, with products that are nearly everywhere or in every other
// warehouse, and with warehouses that all live by one clock or each by its own. The aim is less
// than 5 ms. The fastest run is told beside the mean: on a busy machine it is the one that counts.
func BenchmarkRoute(b *testing.B) {
	for _, own := range []bool{false, true} {
		for _, density := range []float64{0.98, 0.8, 0.5} {
			b.Run(fmt.Sprintf("1000x50 density %v own clocks %v", density, own), func(b *testing.B) {
				req, sites := bigShop(1000, 50, density, 20)
				if own {
					working(req, sites)
				}
				fastest := time.Hour
				for b.Loop() {
					start := time.Now()
					if _, err := Route(req, sites); err != nil {
						b.Fatal(err)
					}
					fastest = min(fastest, time.Since(start))
				}
				b.ReportMetric(float64(fastest.Microseconds())/1000, "ms-fastest")
			})
		}
	}
}
