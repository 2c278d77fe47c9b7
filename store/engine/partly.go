package engine

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	partlyWithin = 150 * time.Millisecond // how long the servers of a cluster are waited for
	partlyKept   = 300 * time.Millisecond // how long their answer counts
	partlyKeys   = 64                     // so many keys lie at every master of any sensible cluster
)

// partly remembers whether some server of a cluster has answered.
type partly struct {
	mu      sync.Mutex
	asked   time.Time
	answers bool
}

// Partly tells, after something has failed, whether a part of a Redis Cluster answers all the same: then
// only another part is away. It is false for a single Redis. It takes 150 ms at the most.
func (e *Engine) Partly() bool {
	cluster, ok := e.client.(*redis.ClusterClient)
	if !ok {
		return false
	}
	e.partly.mu.Lock()
	defer e.partly.mu.Unlock()
	if time.Since(e.partly.asked) > partlyKept {
		e.partly.answers, e.partly.asked = anyAnswers(cluster), time.Now()
	}
	return e.partly.answers
}

// anyAnswers asks all masters that the client knows of, and is content with the first that answers.
func anyAnswers(cluster *redis.ClusterClient) bool {
	ctx, cancel := context.WithTimeout(context.Background(), partlyWithin)
	defer cancel()
	masters := map[string]*redis.Client{}
	for i := range partlyKeys {
		if master, err := cluster.MasterForKey(ctx, strconv.Itoa(i)); err == nil {
			masters[master.Options().Addr] = master
		}
	}
	answers := make(chan error, len(masters))
	for _, master := range masters {
		go func() { answers <- master.Ping(ctx).Err() }()
	}
	for range masters {
		if <-answers == nil {
			return true
		}
	}
	return false
}
