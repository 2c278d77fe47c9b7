package store

// longestReason is how many characters a reason in an order's history may have.
const longestReason = 200

// Reason tidies why somebody did something; it may be empty. Invalid, at the field
// "reason", when it is too long or not plain text.
func Reason(text string) (string, error) {
	text = tidy(text)
	if !ValidText(text, 0, longestReason) {
		return "", invalid(map[string]string{"reason": "Give the reason in at most 200 characters."})
	}
	return text, nil
}

// CheckCancel says whether a role may cancel an order in this status, and if not, what to
// do instead; Conflict or Forbidden.
func CheckCancel(status Status, by Role) error {
	switch status {
	case Sent:
		return Errorf(Conflict, "The courier has this parcel already, so it cannot be cancelled. It can be refused at the door: then it comes back to us.")
	case Delivered:
		return Errorf(Conflict, "This order has been delivered, so it cannot be cancelled. It can be returned: customer service arranges that.")
	case Returned:
		return Errorf(Conflict, "This parcel has come back already. There is nothing left to cancel.")
	}
	return CheckStep(status, Cancelled, by)
}
