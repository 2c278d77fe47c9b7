package rdb

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	homeTries = 6                     // how often the server of a key is looked for anew
	homePause = 50 * time.Millisecond // in between: the client learns meanwhile who serves what
)

// server is a client of one server.
type server interface {
	Watch(ctx context.Context, fn func(*redis.Tx) error, keys ...string) error
	Pipelined(ctx context.Context, fn func(redis.Pipeliner) error) ([]redis.Cmder, error)
}

// sharded tells whether a part of Redis may be away while the rest works.
func (s *Store) sharded() bool {
	_, cluster := s.client.(*redis.ClusterClient)
	return cluster
}

// masters are the servers of a cluster that have a part of the shop, as far as the client knows.
func (s *Store) masters(ctx context.Context, cluster *redis.ClusterClient) (map[string]*redis.Client, error) {
	masters := map[string]*redis.Client{}
	for _, at := range s.parts() {
		master, err := cluster.MasterForKey(ctx, keyEvents(at))
		if err != nil {
			return nil, err
		}
		masters[master.Options().Addr] = master
	}
	return masters, nil
}

// home does something at the server that has a key. On a cluster it is done again elsewhere when the key
// has moved: whoever is asked in vain has done nothing.
func (s *Store) home(ctx context.Context, key string, do func(server) error) error {
	cluster, ok := s.client.(*redis.ClusterClient)
	if !ok {
		return do(s.client)
	}
	for try := 1; ; try++ {
		master, err := cluster.MasterForKey(ctx, key)
		if err != nil {
			return err
		}
		if err = do(master); !elsewhere(err) || try == homeTries {
			return err
		}
		cluster.ReloadState(ctx)
		select {
		case <-ctx.Done():
			return err
		case <-time.After(homePause):
		}
	}
}

// elsewhere tells whether a server refused because another one serves the key, or will in a moment.
func elsewhere(err error) bool {
	for _, prefix := range []string{"MOVED", "ASK", "TRYAGAIN", "READONLY"} {
		if redis.HasErrorPrefix(err, prefix) {
			return true
		}
	}
	return false
}
