package intake

import (
	"context"
	"time"
)

// diskPatience is how long the disk has for one order: no answer takes longer than a second or two.
const diskPatience = time.Second

// probeDisk tries whether a disk that fails works again: then what waits for it is written down, orders are
// taken and people may change things again. The log tells of each outage once.
func (i *Intake) probeDisk(ctx context.Context, told bool) (stillFailing bool) {
	why := i.Journal.Failing()
	if why == nil {
		return false
	}
	if !told {
		i.Log.Error("this node's disk cannot be written to: it takes no orders, and people change nothing here", "error", why)
	}
	waited := i.Journal.Stats().Owed
	probing, cancel := context.WithTimeout(ctx, diskPatience)
	defer cancel()
	if err := i.Journal.Probe(probing); err != nil || i.Journal.Failing() != nil {
		return true
	}
	i.Log.Warn("this node's disk can be written to again", "written_late", waited, "not_kept", i.Journal.Stats().NotKept)
	return false
}
