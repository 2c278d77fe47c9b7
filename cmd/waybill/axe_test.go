package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// finding is what axe-core says against a page.
type finding struct {
	ID, Impact, Help string
	Nodes            []struct {
		HTML           string
		FailureSummary string
	}
}

// TestNothingShutsPeopleOut runs axe-core on every page in its states, on a wide screen and
// on a telephone, in light and in dark. Nothing of it may be serious, or wider than the screen.
func TestNothingShutsPeopleOut(t *testing.T) {
	axe, err := os.ReadFile("../../.tools/axe/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	st := newStage(t)
	for _, width := range []int64{1280, 360} {
		t.Run(fmt.Sprintf("%d px", width), func(t *testing.T) {
			t.Parallel()
			p := &players{c: newChromium(t), tabs: map[string]*tab{}}
			for _, sc := range st.scenes() {
				if sc.twin {
					continue
				}
				b := p.play(sc, width)
				js[bool](b, string(axe)+"; true")
				b.judge(sc.name, `{ rules: { "target-size": { enabled: true } } }`)
				b.paint("dark")
				b.judge(sc.name+", dark", `{ runOnly: ["color-contrast", "link-in-text-block"] }`)
				b.paint("light")
			}
		})
	}
}

// judge runs axe-core on the page as it is. While a dialog is open it is judged alone: what lies below it,
// half covered, cannot be pressed.
func (b *tab) judge(where, options string) {
	b.t.Helper()
	if wide := js[float64](b, `document.documentElement.scrollWidth - innerWidth`); wide > 0 {
		b.t.Errorf("%s: %.0f px wider than the screen", where, wide)
	}
	text, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](
		`axe.run(document.querySelector(".dialog:popover-open") || document, `+options+`).then(r => JSON.stringify(r.violations.map(v => ({ID: v.id, Impact: v.impact, Help: v.help, Nodes: v.nodes.map(n => ({HTML: n.html, FailureSummary: n.failureSummary}))}))))`,
		chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Errorf("%s: %v", where, err)
		return
	}
	var found []finding
	if err := json.Unmarshal([]byte(text), &found); err != nil {
		b.t.Errorf("%s: %v", where, err)
	}
	for _, f := range found {
		say := b.t.Logf
		if f.Impact == "serious" || f.Impact == "critical" {
			say = b.t.Errorf
		}
		say("%s: %s: %s (%s)", where, f.Impact, f.Help, f.ID)
		for _, node := range f.Nodes[:min(len(f.Nodes), 5)] {
			say("  %s\n  %s", node.HTML, strings.ReplaceAll(node.FailureSummary, "\n", "\n  "))
		}
	}
}

// paint chooses light or dark as a person's system does.
func (b *tab) paint(scheme string) {
	b.t.Helper()
	b.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
		}})
		return err
	}))
}
