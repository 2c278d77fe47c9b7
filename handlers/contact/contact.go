// Package contact puts into one form what people and programs say about how to reach
// somebody: phone numbers, postal codes, countries. The customer's form and the JSON API
// both use it, so that an order reads the same whichever way it came.
//
// Everything in it is a pure function; all of it may be called by many goroutines at once.
package contact

import (
	"strings"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/text/language"
)

// maxPhone is the longest phone number, in bytes, that is looked at. E.164 allows fifteen
// digits; the rest is room for the ways in which people group them.
const maxPhone = 40

// Phone reads a phone number as people write it and gives it in E.164 form
// ("+48600100200"). A number that does not begin with + or the international prefix is
// one of the given country (ISO 3166-1 alpha-2). Letters, extensions and numbers that no
// network hands out are not ok.
func Phone(raw, country string) (string, bool) {
	raw = strings.Join(strings.Fields(raw), " ")
	if raw == "" || len(raw) > maxPhone || strings.Trim(raw, "0123456789+-()./ ") != "" {
		return "", false
	}
	number, err := phonenumbers.Parse(raw, strings.ToUpper(strings.TrimSpace(country)))
	if err != nil || !phonenumbers.IsValidNumber(number) {
		return "", false
	}
	return phonenumbers.Format(number, phonenumbers.E164), true
}

// Country gives the ISO 3166-1 alpha-2 code of a country in capitals; the UK, which is no
// code, is GB. It is not ok for anything that is not a country.
func Country(code string) (string, bool) {
	code = strings.ToUpper(strings.TrimSpace(code))
	if len(code) != 2 {
		return "", false
	}
	region, err := language.ParseRegion(code)
	if err != nil || !region.IsCountry() {
		return "", false
	}
	return region.Canonicalize().String(), true
}
