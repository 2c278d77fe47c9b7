package geo

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// maxName is the longest town name, in bytes, that is looked at: the longest in the
// source has fewer than a hundred, and an endless one must not cost time.
const maxName = 200

// spelled holds the letters that Unicode does not take apart into a plain letter and
// an accent, with the plain letters that people write for them.
var spelled = strings.NewReplacer(
	"ł", "l", "ø", "o", "đ", "d", "ð", "d", "ħ", "h", "ŧ", "t", "ŋ", "n",
	"ß", "ss", "ς", "σ", "æ", "ae", "œ", "oe", "þ", "th", "ı", "i", "ə", "a",
)

// Fold gives the form of a town's name under which it is kept and sought: letters and
// digits only, in small letters, without accents, so that "Łódź" and "lodz", "L'Aquila"
// and "laquila", "Bielsko-Biała" and "BIELSKO BIALA" are one. Names in other scripts keep
// their letters. It is exported for the program that makes towns.gz, which must fold
// as the search does. Any bytes are welcome; those that are no letters are left out.
func Fold(name string) string {
	if len(name) > maxName {
		name = name[:maxName]
	}
	name = strings.ToLower(norm.NFKD.String(strings.ToValidUTF8(name, "")))
	name = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, name)
	return spelled.Replace(name)
}
