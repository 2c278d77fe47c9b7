package store

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// The sentences that the warehouses' agents have always said.
func TestMessagesOfTheWarehouses(t *testing.T) {
	for text, want := range map[string]Message{
		"prod1 needed in warehouse2":    {Needed, "prod1", "warehouse2"},
		"no prod1 in warehouse1":        {None, "prod1", "warehouse1"},
		"prod1 available in warehouse3": {Available, "prod1", "warehouse3"},
		"prod1 sent to warehouse2":      {SentTo, "prod1", "warehouse2"},
		"prod1 delivered to warehouse2": {DeliveredTo, "prod1", "warehouse2"},
	} {
		if got, ok := ParseMessage(text); !ok || got != want {
			t.Errorf("%q is read as %+v, %v", text, got, ok)
		}
		if want.String() != text {
			t.Errorf("%+v is said as %q", want, want.String())
		}
	}
}

func TestParseMessageRejects(t *testing.T) {
	for _, text := range []string{
		"", " ", "hello", "prod1", "prod1 needed", "prod1 needed in", "prod1 needed in ",
		"prod1  needed in warehouse2", " prod1 needed in warehouse2", "prod1 needed in warehouse2 ",
		"prod1 needed in warehouse2\n", "prod1 needed in warehouse2\x00", "prod1\tneeded\tin\twarehouse2",
		"prod1 needed in warehouse2 now", "prod1 needed to warehouse2", "prod1 sent in warehouse2", "prod1 delivered in warehouse2",
		"prod1 no in warehouse2", "no prod1 to warehouse1", "No prod1 in warehouse1", "prod1 Needed in warehouse2", "prod1 NEEDED IN warehouse2",
		"prod1 lost in warehouse2", "prod1  in warehouse2", "no  in warehouse1", "no prod1 in ",
		"proдукт needed in warehouse2", "prod1 needed in magazyn-gdańsk", "prod1\u00a0needed in warehouse2", "prod1 needed in ware\u202ehouse2", "\xff needed in warehouse2",
		"<b>x</b> needed in warehouse2", "prod1 needed in <script>alert(1)</script>", "prod1 needed in warehouse2:stock", "-prod1 needed in warehouse2", "{prod1} needed in w",
		strings.Repeat("p", 65) + " needed in warehouse2",
		"prod1 needed in " + strings.Repeat("w", 65),
		"prod1 needed in warehouse2" + strings.Repeat(" ", 200),
		strings.Repeat("prod1 needed in warehouse2 ", 100_000),
	} {
		if m, ok := ParseMessage(text); ok || m != (Message{}) {
			t.Errorf("%.80q is read as %+v", text, m)
		}
	}
}

func TestMessageRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.StringMatching(`[A-Za-z0-9][A-Za-z0-9._-]{0,63}`)
		m := Message{
			Kind:    rapid.SampledFrom([]MessageKind{Needed, None, Available, SentTo, DeliveredTo}).Draw(t, "kind"),
			Product: id.Filter(func(id string) bool { return id != string(None) }).Draw(t, "product"), Warehouse: id.Draw(t, "warehouse"),
		}
		if got, ok := ParseMessage(m.String()); !ok || got != m {
			t.Fatalf("%q is read as %+v, %v", m.String(), got, ok)
		}
	})
}

func TestParseMessageOfAnything(t *testing.T) {
	word := rapid.OneOf(rapid.SampledFrom([]string{"no", "needed", "available", "sent", "delivered", "in", "to", "prod1", "warehouse2", ""}), rapid.String())
	rapid.Check(t, func(t *rapid.T) {
		space := rapid.SampledFrom([]string{" ", " ", " ", "  ", "\n", "\u2003"})
		text := ""
		for i := range rapid.IntRange(0, 5).Draw(t, "words") {
			if i > 0 {
				text += space.Draw(t, "space")
			}
			text += word.Draw(t, "word")
		}
		m, ok := ParseMessage(text)
		if ok && (m.String() != text || !ValidID(m.Product) || !ValidID(m.Warehouse)) {
			t.Fatalf("%q is read as %+v", text, m)
		}
		if !ok && m != (Message{}) {
			t.Fatalf("%q is refused, but read as %+v", text, m)
		}
	})
}
