package rdb

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// Whatever a repair says that it did, a dry run says that it would do.
func TestADryRunSaysWhatItWouldDo(t *testing.T) {
	t.Parallel()
	for done, would := range map[string]string{
		"rebuilt the counters of prod1 from the ledger and the reservations": "would rebuild the counters of prod1 from the ledger and the reservations",
		"adopted: an outside program wrote it":                               "would adopt it: an outside program wrote it",
	} {
		if said := (Repair{What: done}).Would(); said != would {
			t.Errorf("%q is told as %q", done, said)
		}
	}
	begins := regexp.MustCompile(`(?:what(?::| =)|differs\(.*,) (?:fmt\.Sprintf\()?"(\w+)`)
	files, err := filepath.Glob("*.go")
	must(t, err)
	found := 0
	for _, file := range files {
		if matched, _ := filepath.Match("*_test.go", file); matched {
			continue
		}
		source, err := os.ReadFile(file)
		must(t, err)
		for _, verb := range begins.FindAllStringSubmatch(string(source), -1) {
			found++
			if plainVerbs[verb[1]] == "" {
				t.Errorf("%s: nothing says what a repair would do that %q", file, verb[0])
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d repairs were found", found)
	}
}
