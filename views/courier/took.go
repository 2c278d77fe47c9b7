package courier

import "strings"

// Who can have taken a parcel at the door.
const (
	tookRecipient = "recipient"
	tookNeighbour = "neighbour"
	tookReception = "reception"
)

// Chip is one way to say who took the parcel.
type Chip struct{ Value, Label string }

// Chips lists who can have taken a parcel.
func Chips() []Chip {
	return []Chip{{tookRecipient, "Recipient"}, {tookNeighbour, "Neighbour"}, {tookReception, "Reception"}}
}

// Taker says who took a parcel in the words that are kept as proof: the recipient's name, or
// who took it for them. The field is filled in with the recipient's name beforehand, so with
// another chip that name, left as it was, says nothing of the one who took it. It is "" if
// nobody was named.
func Taker(took, name, recipient string) string {
	name = strings.Join(strings.Fields(name), " ")
	who := map[string]string{tookNeighbour: "Neighbour", tookReception: "Reception"}[took]
	switch {
	case who == "":
		return name
	case name == "" || strings.EqualFold(name, recipient):
		return who
	}
	return who + ": " + name
}
