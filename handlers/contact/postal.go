package contact

import "strings"

// postalCodes says how the codes of a country are written, the usual form first: 9 stands for a digit, a for
// a letter, * for either, anything else for itself. Spaces and dashes are put where the country prints them.
// Countries that are not here have no codes, many kinds, or change them: any short code is taken there.
var postalCodes = map[string][]string{
	"AD": {"AD999"}, "AL": {"9999"}, "AM": {"9999"}, "AT": {"9999"}, "AU": {"9999"}, "BA": {"99999"}, "BD": {"9999"}, "BE": {"9999"},
	"BG": {"9999"}, "BR": {"99999-999"}, "BY": {"999999"}, "CA": {"a9a 9a9"}, "CH": {"9999"}, "CN": {"999999"}, "CY": {"9999"},
	"CZ": {"999 99"}, "DE": {"99999"}, "DK": {"9999"}, "DZ": {"99999"}, "EE": {"99999"}, "ES": {"99999"}, "FI": {"99999"}, "FO": {"999"},
	"FR": {"99999"}, "GB": {"a99 9aa", "a9 9aa", "aa9 9aa", "aa99 9aa", "a9a 9aa", "aa9a 9aa"}, "GE": {"9999"}, "GL": {"9999"}, "GR": {"999 99"},
	"HR": {"99999"}, "HU": {"9999"}, "ID": {"99999"}, "IE": {"a99 ****", "a9a ****"}, "IL": {"9999999", "99999"}, "IN": {"999999"}, "IS": {"999"},
	"IT": {"99999"}, "JP": {"999-9999"}, "KR": {"99999"}, "KZ": {"999999", "a99a9a9"}, "LI": {"9999"}, "LT": {"LT-99999"}, "LU": {"9999"},
	"LV": {"LV-9999"}, "MA": {"99999"}, "MC": {"99999"}, "MD": {"MD-9999"}, "ME": {"99999"}, "MK": {"9999"}, "MT": {"aaa 9999"}, "MX": {"99999"},
	"MY": {"99999"}, "NL": {"9999 aa"}, "NO": {"9999"}, "NZ": {"9999"}, "PH": {"9999"}, "PL": {"99-999"}, "PT": {"9999-999"}, "RO": {"999999"},
	"RS": {"99999", "999999"}, "RU": {"999999"}, "SE": {"999 99"}, "SG": {"999999"}, "SI": {"9999"}, "SK": {"999 99"}, "SM": {"99999"},
	"TH": {"99999"}, "TN": {"9999"}, "TR": {"99999"}, "UA": {"99999"}, "US": {"99999", "99999-9999"}, "VA": {"99999"}, "ZA": {"9999"},
}

// PostalCode gives a postal code in the form that its country prints: Polish ones become "00-950", also when
// the dash was left out or the country's letters were written before them. Of countries whose codes we do not
// know it asks no more than 2 to 10 letters, digits, spaces and dashes: no order should fail because of one.
func PostalCode(code, country string) (string, bool) {
	code = strings.ToUpper(strings.Join(strings.Fields(code), " "))
	country = strings.ToUpper(strings.TrimSpace(country))
	plain := strings.NewReplacer(" ", "", "-", "").Replace(code)
	if len(code) > 12 || plain == "" || strings.Trim(plain, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "" {
		return "", false
	}
	forms, known := postalCodes[country]
	if !known {
		return code, len(code) >= 2 && len(code) <= 10
	}
	for _, form := range forms {
		for _, letters := range []string{"", country, country[:1]} { // D-10115, as one writes abroad
			if rest, ok := strings.CutPrefix(plain, letters); ok {
				if written, fits := write(form, rest, country); fits {
					return written, true
				}
			}
		}
	}
	return "", false
}

// write puts the letters and digits of a code into a form. The country's own letters at its head may be missing.
func write(form, plain, country string) (string, bool) {
	head, body := "", form
	if rest, ok := strings.CutPrefix(form, country); ok {
		head, body = country, rest
	}
	written := []byte(head)
	for i := range len(body) {
		want := body[i]
		if want == '-' || want == ' ' {
			written = append(written, want)
			continue
		}
		if plain == "" || !stands(want, plain[0]) {
			return "", false
		}
		written, plain = append(written, plain[0]), plain[1:]
	}
	return string(written), plain == ""
}

// stands tells whether a character of a code may stand where a form has a sign.
func stands(sign, is byte) bool {
	digit, letter := is >= '0' && is <= '9', is >= 'A' && is <= 'Z'
	switch sign {
	case '9':
		return digit
	case 'a':
		return letter
	case '*':
		return digit || letter
	}
	return sign == is
}

// badPostalCode says how a country's codes look.
func badPostalCode(country string) string {
	forms := postalCodes[country]
	if len(forms) == 0 {
		return "This postal code does not look right."
	}
	digits, letters := "1234567890", "ABCDEFG"
	example := make([]byte, 0, len(forms[0]))
	for i := range len(forms[0]) {
		sign := forms[0][i]
		switch sign {
		case '9', '*':
			sign, digits = digits[0], digits[1:]
		case 'a':
			sign, letters = letters[0], letters[1:]
		}
		example = append(example, sign)
	}
	return "In this country a postal code looks like " + string(example) + "."
}
