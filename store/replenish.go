package store

import (
	"cmp"
	"fmt"
	"slices"
)

// MaxAsk is how many units of a product one warehouse may ask of another at once.
const MaxAsk = 100_000

// Ask is the wish of one warehouse to get units of a product from another, for its shelf. To and Key
// name the wish: the same pair with the same content leads to the same transfer, however often it is
// asked for.
type Ask struct {
	To, From string
	Product  string
	Units    int
	Key      string // 1 to 100 characters
}

// Check says what is wrong with an ask; Invalid. Whether the units are there is not its question.
func (a Ask) Check(d Directory) error {
	fields := map[string]string{}
	if d.Warehouses[a.To].ID == "" || d.Warehouses[a.From].ID == "" || a.To == a.From {
		fields["from"] = "Choose another warehouse."
	}
	if d.Products[a.Product].ID == "" {
		fields["product"] = "Choose a product from the list."
	}
	if a.Units < 1 || a.Units > MaxAsk {
		fields["units"] = fmt.Sprintf("Ask for between 1 and %d units.", MaxAsk)
	}
	if !ValidText(a.Key, 1, 100) {
		fields["key"] = "Send 1 to 100 characters."
	}
	return invalid(fields)
}

// Pile is what a warehouse has of one product: free units, below how many it runs low itself (0 for
// no threshold), and how many are coming to its shelf.
type Pile struct {
	Warehouse Warehouse
	Free      int
	Threshold int
	Coming    int
	Revision  string // of the warehouse: another one after every change
}

// Low tells whether fewer units are free than the threshold asks for.
func (s Pile) Low() bool { return s.Threshold > 0 && s.Free < s.Threshold }

// Low is a product of which a warehouse runs low. Take is what to do about it, nil when enough is
// coming or nobody has plenty.
type Low struct {
	Warehouse string
	Product   string
	Free      int
	Threshold int
	Coming    int
	Take      *Suggestion
	Revision  string // of the warehouse: another one after every change
}

// LowAtOnce is how many products that run low stand on one page.
const LowAtOnce = 50

// LowList is a piece of what runs low, furthest under its threshold first.
type LowList struct {
	Rows []Low
	All  map[string]int // of how many products each warehouse runs low; without those that have enough of all
}

// Count is of how many products the warehouses run low, one product at two of them twice.
func (l LowList) Count() int {
	all := 0
	for _, n := range l.All {
		all += n
	}
	return all
}

// Suggestion is to take units from a warehouse that has plenty of them.
type Suggestion struct {
	From  string
	Units int
	Free  int // what From has free
	Needs int // of which it needs so many itself
}

// Suggest finds from where a warehouse that runs low should take units: enough to have twice its
// threshold, so that it does not run low again at once. Nobody gives what they need themselves. Of
// those who can give all of it the nearest is taken, else the one that can give the most.
func Suggest(low Pile, others []Pile) (Suggestion, bool) {
	wanted := 2*low.Threshold - low.Free - low.Coming
	if !low.Low() || low.Free+low.Coming >= low.Threshold {
		return Suggestion{}, false
	}
	spare := func(s Pile) int { return min(s.Free-s.Threshold, wanted) }
	var givers []Pile
	for _, other := range others {
		if other.Warehouse.ID != low.Warehouse.ID && spare(other) > 0 {
			givers = append(givers, other)
		}
	}
	if len(givers) == 0 {
		return Suggestion{}, false
	}
	best := slices.MinFunc(givers, func(a, b Pile) int {
		return cmp.Or(
			cmp.Compare(spare(b), spare(a)),
			cmp.Compare(low.Warehouse.At.Distance(a.Warehouse.At), low.Warehouse.At.Distance(b.Warehouse.At)),
			cmp.Compare(a.Warehouse.ID, b.Warehouse.ID),
		)
	})
	return Suggestion{From: best.Warehouse.ID, Units: spare(best), Free: best.Free, Needs: best.Threshold}, true
}
