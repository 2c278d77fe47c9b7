package signin

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"waybill/store"
)

// CheckAccount says, by field, what is wrong with an account that somebody wants to make,
// and with its password. Whether the login is free is not its question.
func CheckAccount(account store.Account, password string) map[string]string {
	fields := map[string]string{}
	if !store.ValidID(account.Login) || account.Login != strings.ToLower(account.Login) {
		fields["login"] = "Use small letters, digits, dots and dashes, 64 at the most."
	}
	if !Readable(account.Name, 1, 80) {
		fields["name"] = "Give a name of at most 80 characters."
	}
	if message := CheckPassword(password); message != "" {
		fields["password"] = message
	}
	return fields
}

// Readable tells whether s is lo to hi characters of text that people can see and mean.
func Readable(s string, lo, hi int) bool {
	n := utf8.RuneCountInString(s)
	return n >= lo && n <= hi && utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\uFEFF' || r == '\u2028' || r == '\u2029'
	})
}
