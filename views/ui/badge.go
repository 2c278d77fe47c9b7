package ui

// badge is how a status shows: its icon and its word in the customer's language.
type badge struct{ icon, word string }

// badgeOf knows the eight statuses of an order, and "outside": one that another program wrote and that is
// not ours yet. An unknown one shows as it is written,
// because staff must be able to see what an outsider put there.
func badgeOf(status string) badge {
	switch status {
	case "received":
		return badge{"inbox", "received"}
	case "backordered":
		return badge{"clock", "waiting for stock"}
	case "placed":
		return badge{"box", "being assembled"}
	case "ready":
		return badge{"check", "ready"}
	case "sent":
		return badge{"truck", "on its way"}
	case "delivered":
		return badge{"home", "delivered"}
	case "cancelled":
		return badge{"x", "cancelled"}
	case "returned":
		return badge{"return", "returned"}
	case "outside":
		return badge{"alert", "not taken over"}
	}
	return badge{"info", or(status, "unknown")}
}

// StatusWord gives the word that people read for a status: "waiting for stock" for "backordered".
func StatusWord(status string) string { return badgeOf(status).word }

// StatusIcon gives the name of the icon that stands for a status.
func StatusIcon(status string) string { return badgeOf(status).icon }
