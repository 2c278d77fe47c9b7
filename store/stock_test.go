package store

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestValidGTIN(t *testing.T) {
	for _, code := range []string{
		"6291041500213",  // GTIN-13: the worked example of GS1's check digit page
		"4006381333931",  // GTIN-13: a highlighter pen
		"5901234123457",  // GTIN-13 of the Polish range
		"9780306406157",  // GTIN-13: a book's ISBN
		"036000291452",   // GTIN-12: a box of tissues
		"012345678905",   // GTIN-12
		"73513537",       // GTIN-8
		"96385074",       // GTIN-8
		"10614141000415", // GTIN-14: a carton
		"00012345600012", // GTIN-14
	} {
		if !ValidGTIN(code) {
			t.Errorf("%s is refused", code)
		}
		last := code[len(code)-1]
		if wrong := code[:len(code)-1] + string('0'+(last-'0'+1)%10); ValidGTIN(wrong) {
			t.Errorf("%s is taken", wrong)
		}
	}
	for _, code := range []string{"", "0", "4006381333930", "400638133393", "40063813339310", "400638133393a", "4006381333 31", "٤٠٠٦٣٨١", "-735135", "7351353\x00", strings.Repeat("0", 15)} {
		if ValidGTIN(code) {
			t.Errorf("%q is taken", code)
		}
	}
}

// A check digit is there to catch a digit that was read wrongly.
func TestGTINCatchesOneWrongDigit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		code := []byte("4006381333931")
		i := rapid.IntRange(0, len(code)-1).Draw(t, "where")
		code[i] = '0' + (code[i]-'0'+byte(rapid.IntRange(1, 9).Draw(t, "by")))%10
		if ValidGTIN(string(code)) {
			t.Fatalf("%s is taken", code)
		}
	})
}

func TestFreeIsNeverNegative(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		level := Level{rapid.IntRange(-1e9, 1e9).Draw(t, "on hand"), rapid.IntRange(-1e9, 1e9).Draw(t, "reserved")}
		free := level.Free()
		if free < 0 || level.OnHand >= level.Reserved && free != level.OnHand-level.Reserved {
			t.Fatalf("%+v has %d free", level, free)
		}
	})
	if free := (Level{OnHand: 3, Reserved: 5}).Free(); free != 0 {
		t.Errorf("more is promised than there is, and %d are free", free)
	}
}

func TestProductCheck(t *testing.T) {
	good := Product{ID: "prod1", Name: "Kubek „Zażółć” 🫖", Description: "350 ml", GTIN: "4006381333931"}
	if err := good.Check(); err != nil {
		t.Fatal(err)
	}
	for field, spoil := range map[string]func(*Product){
		"id":          func(p *Product) { p.ID = "prod 1" },
		"name":        func(p *Product) { p.Name = strings.Repeat("ż", 121) },
		"description": func(p *Product) { p.Description = "a\u202eb" },
		"gtin":        func(p *Product) { p.GTIN = "4006381333930" },
	} {
		p := good
		spoil(&p)
		wantFields(t, p.Check(), field)
	}
}
