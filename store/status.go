package store

import "slices"

// Status is where an order is in its life. The words are those that outside
// programs read in Redis; pages show friendlier ones.
type Status string

// The statuses of an order. Received to Delivered is the way most orders go.
const (
	Received    Status = "received"    // accepted, not yet checked against stock
	Backordered Status = "backordered" // waits for stock that is not there yet
	Placed      Status = "placed"      // reserved, being assembled
	Ready       Status = "ready"       // packed, waits for the courier
	Sent        Status = "sent"        // the courier has it
	Delivered   Status = "delivered"   // the recipient has it
	Cancelled   Status = "cancelled"   // will not be sent
	Returned    Status = "returned"    // came back
)

// Statuses lists every status in the order of an order's life.
func Statuses() []Status {
	return []Status{Received, Backordered, Placed, Ready, Sent, Delivered, Cancelled, Returned}
}

// Role is what a person, or a program, is to the shop. It decides which steps
// they may take and which pages they see.
type Role string

// The roles. System, Outside and Partner never sign in on a page: they are
// Waybill itself, a program that writes to our Redis, and one that uses the API.
const (
	Customer Role = "customer"
	Clerk    Role = "clerk"
	Courier  Role = "courier"
	Service  Role = "service"
	Owner    Role = "owner"
	Admin    Role = "admin"
	System   Role = "system"
	Outside  Role = "outside"
	Partner  Role = "partner"
)

// Words says what somebody is: "Customer service". Waybill itself has no other name.
func (r Role) Words() string {
	switch r {
	case Customer:
		return "Customer"
	case Clerk:
		return "Clerk"
	case Courier:
		return "Courier"
	case Service:
		return "Customer service"
	case Owner:
		return "Owner"
	case Admin:
		return "Administrator"
	case Outside:
		return "An outside program"
	case Partner:
		return "Partner’s program"
	}
	return "Waybill"
}

// Actor is who does something: it stands in the order's history and in the
// warehouse's ledger. ID is stable and unique within a role; Name is for people.
type Actor struct {
	Role Role   `json:"role"`
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
}

// Words names somebody by what they are called and what they are: "Gosia · Clerk".
func (a Actor) Words() string {
	name := a.Name
	if name == "" {
		name = a.ID
	}
	switch role := a.Role.Words(); {
	case a.Role == Outside || name == "":
		return role
	case role == Itself.Name:
		return name
	default:
		return name + " · " + role
	}
}

// Itself is Waybill acting by itself.
var Itself = Actor{Role: System, ID: "waybill", Name: "Waybill"}

// step is one allowed change of status and who may make it. Admin may make
// every step that a person may.
type step struct {
	from, to Status
	by       []Role
}

// steps is the one table of an order's life. A change that is not in it does not
// happen; Takeover says what becomes of one that an outsider makes all the same.
var steps = []step{
	{Received, Placed, []Role{System}},
	{Received, Backordered, []Role{System}},
	{Received, Cancelled, []Role{Customer, Service, Partner, System}},
	{Backordered, Placed, []Role{System}},
	{Backordered, Cancelled, []Role{Customer, Service, Partner, System}},
	{Placed, Backordered, []Role{System}},
	{Placed, Ready, []Role{Clerk}},
	{Placed, Cancelled, []Role{Customer, Service, Partner}},
	{Ready, Placed, []Role{Clerk}},
	{Ready, Sent, []Role{Courier}},
	{Ready, Cancelled, []Role{Customer, Service, Partner}},
	{Sent, Delivered, []Role{Courier}},
	{Sent, Returned, []Role{Courier, Clerk, Service}},
	{Delivered, Returned, []Role{Clerk, Service}},
}

// MayStep tells whether a role may take an order from one status to another.
func MayStep(from, to Status, by Role) bool {
	return slices.ContainsFunc(steps, func(s step) bool {
		return s.from == from && s.to == to && (slices.Contains(s.by, by) || by == Admin && !slices.Equal(s.by, []Role{System}))
	})
}

// CheckStep is MayStep with a reason for people: Forbidden when the step exists but
// is not this role's, Conflict when the order is elsewhere in its life.
func CheckStep(from, to Status, by Role) error {
	if MayStep(from, to, by) {
		return nil
	}
	if slices.ContainsFunc(steps, func(s step) bool { return s.from == from && s.to == to }) {
		return Errorf(Forbidden, "This step is not yours to take.")
	}
	return Errorf(Conflict, "This order is %s now, so it cannot become %s.", from.Words(), to.Words())
}

// Known tells whether s is one of the statuses.
func (s Status) Known() bool { return slices.Contains(Statuses(), s) }

// Open tells whether work is still to be done on an order in this status.
func (s Status) Open() bool {
	return s == Received || s == Backordered || s == Placed || s == Ready || s == Sent
}

// Words says a status in the customer's words.
func (s Status) Words() string {
	switch s {
	case Backordered:
		return "waiting for stock"
	case Placed:
		return "being assembled"
	case Sent:
		return "on its way"
	}
	return string(s)
}

// rank orders the statuses along an order's life, for judging what an outsider wrote.
func (s Status) rank() int { return slices.Index(Statuses(), s) }

// Takeover judges a status that somebody outside wrote into Redis. Moving forward
// along the order's life, or ending it, is taken over: the outsider may know better
// (the courier already has the parcel). An unknown word, or a step back, is not, and what
// was cancelled stays cancelled.
func Takeover(from, to Status) bool {
	if !to.Known() || from == to || !from.Open() && from != Delivered {
		return false
	}
	if to == Cancelled {
		return from.Open() && from != Sent
	}
	return to.rank() > from.rank()
}
