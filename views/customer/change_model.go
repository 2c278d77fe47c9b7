package customer

// ChangeModel is the form in which an order is changed: the order form, with what is different
// about an order that exists.
type ChangeModel struct {
	CheckoutModel
	Number  string    // plain digits
	Version string    // of the order that the form shows
	Path    string    // to which the form is sent
	Back    string    // the page of the order
	Locked  string    // why products and quantities cannot be changed, "" if they can
	More    []Offered // products that can be added
}

// Offered is a product that can be added.
type Offered struct{ ID, Name string }
