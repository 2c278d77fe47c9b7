package journal

import (
	"os"
	"path/filepath"
	"testing"

	"waybill/store"
)

// TestTornAtEachByte stops a transaction's writes as a power cut does: first the pages of data are written,
// then, after an fsync, one of the two pages that say which of them count. Those are torn at each of their
// bytes, the data at one in each sector; at many more with WAYBILL_FAULTS=long. What was promised before is
// there each time, and the file can be written again.
func TestTornAtEachByte(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "journal.db")
	j := open(t, path)
	for n := range store.Number(30) {
		mustAccept(t, j, order(n+1))
	}
	before := copyOf(t, path)
	mustAccept(t, j, order(31))
	after := copyOf(t, path)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	metas := 2 * os.Getpagesize()
	check := func(name string, file []byte) {
		torn := filepath.Join(dir, "torn.db")
		if err := os.WriteFile(torn, file, 0o600); err != nil {
			t.Fatal(err)
		}
		j := open(t, torn)
		defer func() { _ = j.Close() }()
		if pending := j.Pending(0, 100); len(pending) < 30 {
			t.Errorf("%s: %d of 30 promised orders", name, len(pending))
		}
		mustAccept(t, j, order(1000))
	}
	before = append(before, make([]byte, len(after)-len(before))...)
	step := 509
	if os.Getenv("WAYBILL_FAULTS") == "long" {
		step = 31
	}
	for at := metas; at < len(after); at += step {
		check("data", append(append([]byte{}, before[:metas]...), append(append([]byte{}, after[metas:at]...), before[at:]...)...))
	}
	for at := range metas {
		if at%os.Getpagesize() < 96 { // what is in them is no longer
			check("meta", append(append([]byte{}, after[:at]...), append(append([]byte{}, before[at:metas]...), after[metas:]...)...))
		}
	}
}

func copyOf(t *testing.T, path string) []byte {
	t.Helper()
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return file
}
