package intake

import (
	"context"
	"sync"
	"time"
)

// diskPatience is how long the disk has for one order: no answer takes longer than a second or two.
const diskPatience = time.Second

// disk knows whether orders can be written down.
type disk struct {
	mu  sync.Mutex
	err error
}

func (d *disk) failed(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.err = err
}

func (d *disk) failing() bool { return d.why() != nil }

func (d *disk) why() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.err
}

// probeDisk tries whether a disk that has failed works again.
func (i *Intake) probeDisk(ctx context.Context) {
	probing, cancel := context.WithTimeout(ctx, diskPatience)
	defer cancel()
	err := i.Journal.Probe(probing)
	if err == nil {
		i.Log.Warn("orders can be written down again")
	}
	if ctx.Err() == nil {
		i.disk.failed(err)
	}
}
