// Package customer holds the pages of people who buy, and the plain models that they show.
// The functions that make a model from the domain are pure.
package customer

import (
	"fmt"
	"strconv"
	"time"

	"waybill/store"
	"waybill/views/ui"
)

// ShopModel is the shop's page: the grid, which is the same for everyone and live, and the
// visitor's own basket.
type ShopModel struct {
	ui.PageModel
	Grid   GridModel
	Basket BasketModel
	Fault  Fault
}

// Fault is a change of the basket that could not be made: what was typed, and why not.
// Product is empty if it belongs to no product of the shop.
type Fault struct {
	Product, Typed, Message string
	InBasket                bool // it happened in the basket, not in the grid
}

// GridModel is the products that can be ordered.
// Unsure says what it means that the figures are those of an earlier moment; "" if they are not.
type GridModel struct {
	Products []ProductCard
	Unsure   string
}

// ProductCard is one product of the grid.
type ProductCard struct {
	ID, Name, Description, Picture string
	Availability                   Availability
	Typed, Fault                   string
}

// Availability says in words how many can be had. State is in, low, later or out.
type Availability struct{ State, Words string }

// BasketModel is what the visitor has gathered.
type BasketModel struct {
	Lines []BasketLine
	Units int
	Empty string // the picture of an empty basket
}

// BasketLine is one product of the basket. Short says if there is less left than wanted.
type BasketLine struct {
	ID, Name, Picture, Typed, Fault string
	Availability                    Availability
	Short                           string
}

// few is up to how many units a product is said to be running out.
const few = 5

// NewAvailability says how many units of a product can be had, or when. The waiting is only
// for products whose terms allow it, and as long as there is room. The zone of now is the one
// in which days are said.
func NewAvailability(offer store.Offer, now time.Time) Availability {
	if !offer.AsOf.IsZero() {
		return remembered(offer, now)
	}
	switch {
	case offer.Free > few:
		return Availability{"in", fmt.Sprintf("%d left", offer.Free)}
	case offer.Free > 0:
		return Availability{"low", fmt.Sprintf("Only %d left", offer.Free)}
	case offer.Waits() && offer.Product.Terms.Unreleased(now) && !offer.Expected.IsZero():
		return Availability{"later", "Ships from " + when(offer.Expected, now)}
	case offer.Waits() && offer.Product.Terms.Unreleased(now):
		return Availability{"later", "Out from " + when(offer.Product.Terms.Release, now) + " — order it ahead"}
	case offer.Waits() && !offer.Expected.IsZero():
		return Availability{"later", "Back " + onDay(offer.Expected, now)}
	case offer.Waits():
		return Availability{"later", "Sold out — can be ordered, you will wait for it"}
	default:
		return Availability{"out", "Sold out"}
	}
}

// remembered says how many units of a product there were when somebody last could look. Nothing is
// promised by it.
func remembered(offer store.Offer, now time.Time) Availability {
	at := looked(offer.AsOf, now)
	switch {
	case offer.Free > 0:
		return Availability{"unsure", fmt.Sprintf("%d left %s", offer.Free, at)}
	case offer.Waits():
		return Availability{"unsure", fmt.Sprintf("None left %s — can be ordered, you may have to wait", at)}
	}
	return Availability{"out", fmt.Sprintf("Sold out %s", at)}
}

// looked names the time of the last look: "at 14:05", "on 3 December, 14:05".
func looked(at, now time.Time) string {
	at = at.In(now.Location())
	if ui.DaysBetween(at, now) == 0 {
		return "at " + ui.Clock(at)
	}
	return "on " + at.Format("2 January") + ", " + ui.Clock(at)
}

// unsure says, where the offers are those of an earlier moment, what that means for whoever orders.
func unsure(offers []store.Offer, now time.Time) string {
	if len(offers) == 0 || offers[0].AsOf.IsZero() {
		return ""
	}
	return fmt.Sprintf("We cannot look at our shelves just now: what you see is what was there %s. Order all the same. We check it as soon as we can, and your order's page tells you.", looked(offers[0].AsOf, now))
}

// when names a day that lies ahead: "Thursday" within the week, else "3 December".
func when(day, now time.Time) string {
	day = day.In(now.Location())
	switch days := ui.DaysBetween(now, day); {
	case days <= 0:
		return "today"
	case days == 1:
		return "tomorrow"
	case days < 7:
		return day.Format("Monday")
	case day.Year() != now.Year():
		return day.Format("2 January 2006")
	}
	return day.Format("2 January")
}

// onDay is when with the word before it that a day needs: "on Thursday", "tomorrow".
func onDay(day, now time.Time) string {
	if ui.DaysBetween(now, day.In(now.Location())) <= 1 {
		return when(day, now)
	}
	return "on " + when(day, now)
}

// NewGrid makes the grid. A fault that happened in it stands at its product.
func NewGrid(offers []store.Offer, now time.Time, asset func(string) string, fault Fault) GridModel {
	grid := GridModel{Unsure: unsure(offers, now)}
	for _, offer := range offers {
		card := ProductCard{
			ID: offer.Product.ID, Name: offer.Product.Name, Description: offer.Product.Description,
			Picture: asset(offer.Product.PictureFile()), Availability: NewAvailability(offer, now), Typed: "1",
		}
		if fault.Product == card.ID && !fault.InBasket {
			card.Typed, card.Fault = fault.Typed, fault.Message
		}
		grid.Products = append(grid.Products, card)
	}
	return grid
}

// NewBasket makes the basket, in the order in which things were put in.
func NewBasket(offers []store.Offer, lines []store.Line, now time.Time, asset func(string) string, fault Fault) BasketModel {
	known := map[string]store.Offer{}
	for _, offer := range offers {
		known[offer.Product.ID] = offer
	}
	basket := BasketModel{Units: store.Units(lines), Empty: asset("empty/basket-empty.svg")}
	for _, line := range lines {
		offer, sold := known[line.Product]
		if !sold {
			continue
		}
		entry := BasketLine{
			ID: line.Product, Name: offer.Product.Name, Picture: asset(offer.Product.PictureFile()),
			Typed: strconv.Itoa(line.Quantity), Availability: NewAvailability(offer, now), Short: shortWords(offer, line.Quantity),
		}
		if fault.Product == line.Product && fault.InBasket {
			entry.Typed, entry.Fault = fault.Typed, fault.Message
		}
		basket.Lines = append(basket.Lines, entry)
	}
	return basket
}

// shortWords says what wanting more than there is would mean.
func shortWords(offer store.Offer, wanted int) string {
	switch {
	case !offer.AsOf.IsZero() || wanted <= offer.Free || offer.Free == 0 && !offer.Waits():
		return ""
	case offer.Waits():
		return fmt.Sprintf("You will wait for %d of them.", wanted-offer.Free)
	default:
		return fmt.Sprintf("You want %d.", wanted)
	}
}

func addID(product string) string { return "add-q-" + product }

func setID(product string) string { return "basket-q-" + product }
