package signin

import (
	"strings"

	"waybill/store"
)

// CheckAccount says, by field, what is wrong with an account that somebody wants to make,
// and with its password. Whether the login is free is not its question.
func CheckAccount(account store.Account, password string) map[string]string {
	fields := map[string]string{}
	if !store.ValidID(account.Login) || account.Login != strings.ToLower(account.Login) {
		fields["login"] = "Use small letters, digits, dots and dashes, 64 at the most."
	}
	if !store.ValidText(account.Name, 1, 80) {
		fields["name"] = "Give a name of at most 80 characters."
	}
	if message := CheckPassword(password); message != "" {
		fields["password"] = message
	}
	return fields
}
