package live

import "sync/atomic"

type counters struct {
	opened, refused, misbehaved  atomic.Int64
	hints, sweeps, repaired      atomic.Int64
	gaps                         atomic.Int64
	renders, failures, unchanged atomic.Int64
	sent, skipped                atomic.Int64
}

// Stats is what the hub did since it began, and what it holds now.
type Stats struct {
	Sockets, Topics, Channels int   // now
	Live                      bool  // the store can be heard and read
	Opened                    int64 // sockets
	Refused                   int64 // requests that got no socket
	Misbehaved                int64 // sockets closed for what the page sent
	Hints                     int64 // messages heard
	Sweeps                    int64 // comparisons of all revisions
	Repaired                  int64 // topics that a sweep found changed without a hint
	Gaps                      int64 // times that the store was lost or came back
	Renders                   int64
	Failures                  int64 // passes that could not read or render
	Unchanged                 int64 // passes with nothing new to send
	Sent                      int64 // fragments that left
	Skipped                   int64 // fragments that a newer one overtook in the mailbox
}

// Stats may be called at any time.
func (h *Hub) Stats() Stats {
	h.mu.Lock()
	defer h.mu.Unlock()
	return Stats{
		Sockets: len(h.clients), Topics: len(h.feeds), Channels: len(h.channels),
		Live:   h.heard && h.read,
		Opened: h.count.opened.Load(), Refused: h.count.refused.Load(), Misbehaved: h.count.misbehaved.Load(),
		Hints: h.count.hints.Load(), Sweeps: h.count.sweeps.Load(), Repaired: h.count.repaired.Load(),
		Gaps: h.count.gaps.Load(), Renders: h.count.renders.Load(), Failures: h.count.failures.Load(),
		Unchanged: h.count.unchanged.Load(), Sent: h.count.sent.Load(), Skipped: h.count.skipped.Load(),
	}
}
