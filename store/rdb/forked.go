package rdb

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strconv"
	"strings"

	"waybill/store"
)

// mergeOrders decides what an order is, of which Redis has one image and a journal another.
//
// Mostly one story continues the other, and the longer one holds. When Redis had forgotten some steps and
// others were taken before they were put back, there are two stories with a common beginning. Then what
// weighs more holds: a parcel that has left has left; else what was cancelled stays cancelled; else the
// longer story. Redis's story stays, and each step of the other one is told after it; if that one weighs
// more, the last of them takes the order there. The entries name the steps, so that none is told twice.
func mergeOrders(have, kept image) (image, Outcome) {
	switch outside := strings.HasPrefix(kept.Hash["uid"], outsidersUID); {
	case len(have.Hash) == 0 && len(have.History) == 0, have.Hash["uid"] == "" && outside:
		return kept, WasLost // there is nothing, or what the outsider wrote before it was adopted
	case have.Hash["uid"] != kept.Hash["uid"]:
		return have, WasTaken
	}
	common := commonBeginning(have.History, kept.History)
	switch {
	case common == len(kept.History):
		return have, StillThere
	case common == len(have.History):
		return kept, WasLost
	}
	untold := slices.DeleteFunc(slices.Clone(kept.History[common:]), func(step string) bool { return tells(have.History, step) })
	if len(untold) == 0 {
		return have, StillThere
	}
	result := have
	if outweighs(kept, have) {
		result = kept
	}
	return result.telling(have, untold), WasForked
}

// commonBeginning is how many entries two histories share.
func commonBeginning(a, b []string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// weight ranks statuses by how little they can be taken back.
func weight(s store.Status) int {
	switch s {
	case store.Sent, store.Delivered, store.Returned:
		return 2 + slices.Index(store.Statuses(), s)
	case store.Cancelled:
		return 1
	}
	return 0
}

func outweighs(a, b image) bool {
	last := func(i image) string { return i.History[len(i.History)-1] }
	return cmp.Or(
		cmp.Compare(weight(store.Status(a.Status)), weight(store.Status(b.Status))),
		cmp.Compare(len(a.History), len(b.History)),
		cmp.Compare(last(a), last(b)), // whatever decides, it decides the same everywhere
	) > 0
}

// The details of an entry that tells a step of the other story: its type, and its mark.
const (
	otherEvent = "event"
	otherStep  = "step"
)

// telling is an image after Redis's own story and the untold steps of the other one.
func (i image) telling(have image, untold []string) image {
	i.History = slices.Clone(have.History)
	for at, entry := range untold {
		e := firstOf(decodeEvents([]string{entry}))
		data := maps.Clone(e.Data)
		if data == nil {
			data = map[string]string{}
		}
		data[otherEvent], data[otherStep] = string(e.Type), mark(entry)
		e.Type, e.Version, e.Data, e.Status = store.EventMerged, len(i.History)+1, data, store.Status(have.Status)
		if at == len(untold)-1 {
			e.Status = store.Status(i.Status)
		}
		i.History = append(i.History, encode(e))
	}
	i.Hash = maps.Clone(i.Hash)
	i.Hash["version"], i.Hash["status"], i.Hash["ours"] = strconv.Itoa(len(i.History)), i.Status, i.Status
	return i
}

func firstOf(events []store.Event) store.Event {
	if len(events) == 0 {
		return store.Event{}
	}
	return events[0]
}

// mark names an entry of a history.
func mark(entry string) string {
	sum := sha256.Sum256([]byte(entry))
	return hex.EncodeToString(sum[:6])
}

// tells tells whether a history has an entry that speaks of a step of another one.
func tells(history []string, step string) bool {
	name := mark(step)
	return slices.ContainsFunc(decodeEvents(history), func(e store.Event) bool {
		return e.Type == store.EventMerged && e.Data[otherStep] == name
	})
}
