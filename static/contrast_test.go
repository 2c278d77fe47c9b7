package static

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"testing"
)

// token is one colour by day and by night.
type token [2]string

// tokens reads every light-dark(#rrggbb, #rrggbb) of tokens.css.
func tokens(t *testing.T) map[string]token {
	t.Helper()
	css, err := files.ReadFile("css/tokens.css")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]token{}
	re := regexp.MustCompile(`--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);`)
	for _, m := range re.FindAllStringSubmatch(string(css), -1) {
		found[m[1]] = token{m[2], m[3]}
	}
	return found
}

// luminance is the relative luminance of WCAG 2.
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	v, err := strconv.ParseUint(hex[1:], 16, 32)
	if err != nil {
		t.Fatal(err)
	}
	linear := func(c uint64) float64 {
		f := float64(c&255) / 255
		if f <= 0.04045 {
			return f / 12.92
		}
		return math.Pow((f+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(v>>16) + 0.7152*linear(v>>8) + 0.0722*linear(v)
}

// contrast is the ratio of WCAG 2, from 1 to 21.
func contrast(t *testing.T, a, b string) float64 {
	la, lb := luminance(t, a), luminance(t, b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

// TestContrast holds every pair that the style sheets put together to WCAG AA, in both themes:
// 4.5 for text, 3 for the lines of controls and marks.
func TestContrast(t *testing.T) {
	type pair struct {
		front, back string
		least       float64
	}
	var pairs []pair
	for _, back := range []string{"paper", "surface", "sunken"} {
		pairs = append(pairs, pair{"ink", back, 7}, pair{"ink-soft", back, 4.5}, pair{"accent", back, 4.5},
			pair{"accent-deep", back, 4.5}, pair{"focus", back, 3}, pair{"line-strong", back, 3})
	}
	for _, c := range []string{"grey", "amber", "plum", "teal", "blue", "green", "red", "brown"} {
		pairs = append(pairs, pair{c, c + "-tint", 4.5}, pair{c, "surface", 4.5}, pair{c, "paper", 4.5})
	}
	pairs = append(pairs, pair{"accent-ink", "accent", 4.5}, pair{"accent-ink", "accent-deep", 4.5},
		pair{"ink", "accent-soft", 7}, pair{"ink-soft", "accent-soft", 4.5}, pair{"accent", "accent-soft", 4.5},
		pair{"ink", "glow", 4.5}, pair{"ink-soft", "glow", 4.5}, pair{"paper", "ink", 7}, pair{"surface", "green", 3})

	all := tokens(t)
	for _, p := range pairs {
		front, ok := all[p.front]
		back, ok2 := all[p.back]
		if !ok || !ok2 {
			t.Fatalf("tokens.css has no %s or no %s", p.front, p.back)
		}
		for i, theme := range []string{"light", "dark"} {
			t.Run(fmt.Sprintf("%s/%s on %s", theme, p.front, p.back), func(t *testing.T) {
				if got := contrast(t, front[i], back[i]); got < p.least {
					t.Errorf("%s on %s: %.2f, want at least %.1f", front[i], back[i], got, p.least)
				}
			})
		}
	}
}
