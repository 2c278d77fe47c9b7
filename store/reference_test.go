package store

import (
	"strings"
	"testing"
)

func TestReferences(t *testing.T) {
	for _, good := range []string{"NO2YBLWQRTU6B3OQJMLHJ6WCBA", "1aZ_-", "1aZ_-.b0", strings.Repeat("a", LongestReference)} {
		if !ValidReference(good) {
			t.Errorf("%q is refused", good)
		}
		if token, note := SplitReference(good); JoinReference(token, note) != good {
			t.Errorf("%q comes apart as %q and %q", good, token, note)
		}
	}
	for _, bad := range []string{"", ".", "a.", ".a", "a.b.c", "a b", "a\n", "a/b", "ą", strings.Repeat("a", LongestReference+1)} {
		if ValidReference(bad) {
			t.Errorf("%q is taken", bad)
		}
	}
}
