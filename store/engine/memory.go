package engine

import (
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"
)

// memoryTick is how often keys in memory grow older: miniredis has no clock of its own for them.
const memoryTick = 250 * time.Millisecond

// memory is a Redis inside this process, on a port of 127.0.0.1 that the system chose.
type memory struct {
	server *miniredis.Miniredis
	stop   chan struct{}
	wait   sync.WaitGroup
}

func startMemory() (*memory, error) {
	server, err := miniredis.Run()
	if err != nil {
		return nil, err
	}
	m := &memory{server: server, stop: make(chan struct{})}
	m.wait.Go(m.age)
	return m, nil
}

// age lets times to live pass by the time that really went by, also when a tick was late.
func (m *memory) age() {
	tick := time.NewTicker(memoryTick)
	defer tick.Stop()
	last := time.Now()
	for {
		select {
		case <-m.stop:
			return
		case <-tick.C:
			now := time.Now()
			m.server.FastForward(now.Sub(last))
			last = now
		}
	}
}

func (m *memory) close() {
	close(m.stop)
	m.wait.Wait()
	m.server.Close()
}
