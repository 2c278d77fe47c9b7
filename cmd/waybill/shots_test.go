package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestScreenshots writes a picture of every page in every state into .shots. It is a tool for
// eyes, run by `make shots`, and checks nothing. WAYBILL_SHOTS=board,ledger takes those scenes
// only whose names begin so.
func TestScreenshots(t *testing.T) {
	asked := os.Getenv("WAYBILL_SHOTS")
	if asked == "" {
		t.Skip("makes pictures for people: run `make shots`")
	}
	wanted := func(name string) bool {
		return asked == "1" || slices.ContainsFunc(strings.Split(asked, ","), func(begin string) bool { return strings.HasPrefix(name, begin) })
	}
	dir := filepath.Join("..", "..", ".shots")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	st := newStage(t)
	scenes := append(st.scenes(), scene{name: "error-503", shop: st.busy, login: "sylwia", path: "/service"})
	for _, width := range []int64{1280, 360} {
		p := &players{c: newChromium(t), tabs: map[string]*tab{}}
		for _, sc := range scenes {
			if !wanted(sc.name) {
				continue
			}
			if sc.name == "error-503" {
				st.link.Cut()
			}
			b := p.play(sc, width)
			for _, scheme := range []string{"light", "dark"} {
				b.paint(scheme)
				png, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
				if err != nil {
					t.Fatalf("%s: %v", sc.name, err)
				}
				file := filepath.Join(dir, fmt.Sprintf("%s-%d-%s.png", strings.ReplaceAll(sc.name, " ", "-"), width, scheme))
				if err := os.WriteFile(file, png, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			b.paint("light")
		}
		st.link.Heal()
	}
}
