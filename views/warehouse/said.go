package warehouse

import (
	"fmt"
	"hash/fnv"
	"strconv"

	"waybill/store"
	"waybill/views/ui"
)

// Saying is a kind of message in the words of a person who chooses it.
type Saying struct {
	Kind  store.MessageKind
	Words string
}

// Sayings lists what an agent can say of a product, in the order in which it happens.
func Sayings() []Saying {
	return []Saying{
		{store.Needed, "is needed in"},
		{store.None, "has run out in"},
		{store.Available, "is available in"},
		{store.SentTo, "was sent to"},
		{store.DeliveredTo, "was delivered to"},
	}
}

// Words says a sentence as people say it: "Enamel mug is needed in Gdańsk". What is not a
// sentence of the warehouses' language stays as it is.
func Words(text string, d store.Directory) string {
	m, ok := store.ParseMessage(text)
	if !ok {
		return text
	}
	for _, saying := range Sayings() {
		if saying.Kind == m.Kind {
			return d.ProductName(m.Product) + " " + saying.Words + " " + d.WarehouseName(m.Warehouse)
		}
	}
	return text
}

func sentence(h store.Heard, scene Scene) Sentence {
	at := h.At.In(scene.Zone)
	s := Sentence{
		ID: identify(h), Words: Words(h.Text, scene.Directory), Text: h.Text,
		At: ui.BriefMoment(at, scene.Now.In(scene.Zone)), ISO: ui.ISO(h.At),
	}
	if ui.DaysBetween(at, scene.Now.In(scene.Zone)) == 0 {
		s.At = ui.Clock(at)
	}
	return s
}

// identify gives a message a name that stays the same as others come, so that only the new
// one glows.
func identify(h store.Heard) string {
	sum := fnv.New32a()
	fmt.Fprintf(sum, "%d %s", h.At.UnixNano(), h.Text)
	return "m-" + strconv.FormatUint(uint64(sum.Sum32()), 36)
}

// number tells messages with one name apart: the same words at the same instant.
func number(said []Sentence) {
	seen := map[string]int{}
	for i := len(said) - 1; i >= 0; i-- {
		id := said[i].ID
		if seen[id]++; seen[id] > 1 {
			said[i].ID = id + "-" + strconv.Itoa(seen[id])
		}
	}
}
