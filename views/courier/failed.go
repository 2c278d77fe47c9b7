package courier

import "waybill/store"

// problemTitle is how a problem at the door stands on its button.
func problemTitle(p store.DeliveryProblem) string {
	switch p {
	case store.ProblemNobody:
		return "Nobody at home"
	case store.ProblemRefused:
		return "Not accepted"
	case store.ProblemAddress:
		return "Address not found"
	case store.ProblemDamaged:
		return "Parcel damaged"
	}
	return "Something else"
}

// patience is how long a phone waits for an answer before it keeps what was confirmed, as htmx reads it.
const patience = `{"timeout":6000}`

// attemptID tells the next try that fails from those before it.
func (s Stop) attemptID() string { return s.Number + "-" + s.Attempt }
