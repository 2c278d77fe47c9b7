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

// attemptID tells the next try that fails from those before it.
func (s Stop) attemptID() string { return s.Number + "-" + s.Attempt }
