package warehouse

import (
	"fmt"
	"slices"
	"strings"

	"waybill/store"
	"waybill/views/ui"
)

// card draws up an order to assemble. Incoming is what travels to this warehouse: it knows
// how far each transfer has come, whether or not the order tells.
func card(o store.Order, incoming []store.Transfer, scene Scene) Card {
	c := Card{
		Number: o.Number.String(), To: to(o), Due: due(o.PromisedAt, scene.Now, scene.Zone),
		Hurry: o.Speed.Hurry(), NoAddress: o.Recipient.Address.Missing(),
		Units: store.Units(o.Lines), Complete: o.Complete(),
	}
	for _, line := range o.Lines {
		check := check(o, line, incoming, scene)
		c.Packed += check.Packed
		c.Checks = append(c.Checks, check)
	}
	return c
}

// check says of one product where its units are and what a press of its box would do: put
// everything that is here into the box, or take it all out again.
func check(o store.Order, line store.Line, incoming []store.Transfer, scene Scene) Check {
	here, packed := o.Here(line.Product), o.Packed[line.Product]
	c := Check{
		Product: line.Product, Name: scene.Directory.ProductName(line.Product),
		Units: line.Quantity, Packed: packed, Can: here > 0 || packed > 0,
	}
	if packed < here {
		c.Set = here
	}
	away := strings.Join(onTheWay(o, line.Product, incoming, scene), ", ")
	switch {
	case packed == line.Quantity:
		c.State, c.Where = "packed", "in the box"
	case here == line.Quantity:
		c.State, c.Where = "here", "here"
	case away != "":
		c.State, c.Where = "travelling", away
	default:
		c.State, c.Where = "missing", "missing"
	}
	if c.State == "here" && packed > 0 {
		c.Where = fmt.Sprintf("%d of %d in the box", packed, line.Quantity)
	} else if c.State != "packed" && packed > 0 {
		c.Where = fmt.Sprintf("%d of %d in the box, %s", packed, line.Quantity, c.Where)
	} else if here > 0 && here < line.Quantity {
		c.Where = ui.Units(here) + " here, " + c.Where
	}
	return c
}

// onTheWay says from where the rest of a product comes, and how far it has come.
func onTheWay(o store.Order, product string, incoming []store.Transfer, scene Scene) []string {
	var words []string
	for _, source := range o.Plan.Sources {
		if source.Transfer == "" || !slices.Contains(o.Moving, source.Transfer) || store.Quantity(source.Lines, product) == 0 {
			continue
		}
		town := scene.Directory.WarehouseName(source.Warehouse)
		switch stateOf(source.Transfer, o.Transfers, incoming) {
		case store.TransferSent:
			words = append(words, "travelling from "+town)
		case store.TransferRequested:
			words = append(words, "asked for in "+town)
		case store.TransferClosed:
			// It will not come: what it carried is missing.
		default:
			words = append(words, "comes from "+town)
		}
	}
	return words
}

func stateOf(id string, lists ...[]store.Transfer) store.TransferState {
	for _, list := range lists {
		for _, transfer := range list {
			if transfer.ID == id {
				return transfer.State
			}
		}
	}
	return ""
}
