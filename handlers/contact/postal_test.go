package contact

import (
	"strings"
	"testing"

	"golang.org/x/text/language"
)

func TestPostalCode(t *testing.T) {
	for _, c := range []struct{ code, country, want string }{
		{"00-950", "PL", "00-950"}, {"00950", "pl", "00-950"}, {"00 950", "PL", "00-950"}, {"PL-00-950", "PL", "00-950"}, {"0-0950", "PL", "00-950"},
		{"00-95", "PL", ""}, {"00-9500", "PL", ""}, {"0095O", "PL", ""}, {"٠٠-٩٥٠", "PL", ""}, {"", "PL", ""}, {"AB-CDE", "PL", ""},
		{"10115", "DE", "10115"}, {"D-10115", "DE", "10115"}, {"DE 10115", "DE", "10115"}, {"1011", "DE", ""}, {"123", "DE", ""}, {"1", "DE", ""},
		{"F-10115", "DE", ""}, {"- -", "DE", ""}, {"12345678901", "DE", ""}, {"101<15", "DE", ""},
		{"1010", "AT", "1010"}, {"A-1010", "AT", "1010"}, {"75001", "FR", "75001"}, {"7500", "FR", ""},
		{"sw1a  1aa", "GB", "SW1A 1AA"}, {"M11AE", "GB", "M1 1AE"}, {"ec1a1bb", "GB", "EC1A 1BB"}, {"W1A 0AX", "GB", "W1A 0AX"}, {"B33 8TH", "GB", "B33 8TH"}, {"cr2 6xh", "GB", "CR2 6XH"}, {"DN55 1PT", "GB", "DN55 1PT"}, {"12345", "GB", ""},
		{"1234ab", "NL", "1234 AB"}, {"NL-1234 AB", "NL", "1234 AB"}, {"1234", "NL", ""}, {"11122", "SE", "111 22"}, {"S-111 22", "SE", "111 22"},
		{"1010", "LV", "LV-1010"}, {"lv-1010", "LV", "LV-1010"}, {"LT01100", "LT", "LT-01100"}, {"AD500", "AD", "AD500"}, {"500", "AD", "AD500"},
		{"k1a0b1", "CA", "K1A 0B1"}, {"k1a0b", "CA", ""}, {"902101234", "US", "90210-1234"}, {"90210", "US", "90210"}, {"9021", "US", ""},
		{"d02 af30", "IE", "D02 AF30"}, {"D6WXY00", "IE", "D6W XY00"}, {"1000001", "JP", "100-0001"}, {"1000205", "PT", "1000-205"}, {"VLT 1117", "MT", "VLT 1117"},
		{"anything 9", "HK", "ANYTHING 9"}, {"x", "HK", ""}, {"12345678901", "HK", ""}, {"a_b", "HK", ""}, {"12", "", "12"},
	} {
		got, ok := PostalCode(c.code, c.country)
		if ok != (c.want != "") || ok && got != c.want {
			t.Errorf("PostalCode(%q, %q) = %q, %v; want %q", c.code, c.country, got, ok, c.want)
		}
	}
}

// Every country of the table is one, what we show as an example is taken, and a code that was written once
// is written the same again.
func TestExamplesOfPostalCodes(t *testing.T) {
	for country, forms := range postalCodes {
		if _, err := language.ParseRegion(country); err != nil || len(forms) == 0 {
			t.Errorf("%s is no country: %v", country, err)
		}
		words := badPostalCode(country)
		example := strings.TrimSuffix(strings.TrimPrefix(words, "In this country a postal code looks like "), ".")
		got, ok := PostalCode(example, country)
		if !ok || got != example {
			t.Errorf("%s: the example %q is read as %q, %v", country, example, got, ok)
		}
		if again, _ := PostalCode(strings.ToLower(strings.NewReplacer(" ", "", "-", "").Replace(got)), country); again != got {
			t.Errorf("%s: %q again is %q", country, got, again)
		}
		if _, ok := PostalCode(example+"0", country); ok && country != "IL" && country != "RS" {
			t.Errorf("%s takes %q with one more", country, example)
		}
	}
	if got := badPostalCode("HK"); got != "This postal code does not look right." {
		t.Error(got)
	}
}

func FuzzPostalCode(f *testing.F) {
	f.Add("00-950", "PL")
	f.Add("sw1a 1aa", "GB")
	f.Fuzz(func(t *testing.T, code, country string) {
		if got, ok := PostalCode(code, country); ok {
			if again, same := PostalCode(got, country); !same || again != got {
				t.Errorf("%q of %q is %q, and then %q", code, country, got, again)
			}
		}
	})
}
