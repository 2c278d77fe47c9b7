package contact

import (
	"errors"
	"maps"
	"strings"

	"waybill/store"
)

// Fix puts a draft into its tidy form, phone, postal code and country included, and gives
// one message per field that still needs another look, keyed as in store.Error.Fields
// ("recipient.phone"); an empty map means that the draft may be placed. What could not be
// read stays as it was typed, so that a form can show it again. Lines of the same product
// have been added up, so "lines[1].quantity" counts the lines after that.
func Fix(d *store.Draft) map[string]string {
	*d = d.Clean()
	fields := map[string]string{}
	if wrong, ok := errors.AsType[*store.Error](d.Check()); ok {
		maps.Copy(fields, wrong.Fields)
	}
	fixRecipient(&d.Recipient, fields)
	return fields
}

// fixRecipient goes over what needs to know countries. A field that is plainly empty
// keeps the message that asks for it.
func fixRecipient(r *store.Recipient, fields map[string]string) {
	if code, ok := Country(r.Address.Country); ok {
		r.Address.Country = code
	} else {
		fields["recipient.address.country"] = "Choose the country."
	}
	if code, ok := PostalCode(r.Address.PostalCode, r.Address.Country); ok {
		r.Address.PostalCode = code
	} else if r.Address.PostalCode != "" {
		fields["recipient.address.postal_code"] = badPostalCode(r.Address.Country)
	}
	if r.Phone == "" {
		return
	}
	if phone, ok := Phone(r.Phone, r.Address.Country); ok {
		r.Phone = phone
		delete(fields, "recipient.phone")
	} else {
		fields["recipient.phone"] = badPhone(r.Phone)
	}
}

func badPhone(phone string) string {
	if strings.HasPrefix(phone, "+") {
		return "This phone number does not look right."
	}
	return "This phone number does not look right. For one abroad, begin with + and the country's code."
}
