package engine

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// target is a Redis as an address names it: one server, or one that Sentinels watch over, or a cluster.
type target struct {
	opt    *redis.Options // for each of its servers: user, password, TLS, database, sizes and times
	kind   topology
	nodes  []string // the Sentinels, or some nodes of the cluster
	master string   // the name by which the Sentinels know it

	sentinelUser, sentinelPassword string
}

type topology string

const (
	single   topology = ""
	sentinel topology = "sentinel"
	cluster  topology = "cluster"
)

// parseURL reads an address; an empty one gives nil.
//
//	redis://user:password@host:6379/0?pool_size=64      one server; rediss:// with TLS
//	unix:///path/to/redis.sock?db=0                     one server on this machine
//	redis+sentinel://user:password@host1:26379,host2:26379/mastername/0
//	redis+cluster://user:password@host1:7000,host2:7001
//
// User and password are those of Redis itself; Sentinels that want their own get them by
// ?sentinel_username=…&sentinel_password=….
func parseURL(raw string) (*target, error) {
	if raw == "" {
		return nil, nil
	}
	scheme, rest, ok := strings.Cut(raw, "://")
	base, kind, _ := strings.Cut(scheme, "+")
	if !ok || base != "redis" && base != "rediss" && base != "unix" || strings.Contains(scheme, "+") && (base == "unix" || kind != string(sentinel) && kind != string(cluster)) {
		return nil, fmt.Errorf("%w: it must begin with redis://, rediss://, unix://, redis+sentinel:// or redis+cluster://", ErrBadURL)
	}
	t := &target{kind: topology(kind)}
	if t.kind == single {
		return t, t.parseOne(raw)
	}
	return t, t.parseMany(base, rest)
}

// parseOne reads the address of one server.
func (t *target) parseOne(raw string) error {
	u, err := url.Parse(raw)
	if err != nil {
		return fmt.Errorf("%w: it should look like redis://user:password@host:6379/0, rediss://… (TLS) or "+
			"unix:///path/to/redis.sock; write / # ? %% @ in a password as %%2F %%23 %%3F %%25 %%40", ErrBadURL)
	}
	if u.Scheme == "unix" && u.Host != "" {
		return fmt.Errorf("%w: the path of a unix:// address is absolute, with three slashes: unix:///path/to/redis.sock", ErrBadURL)
	}
	if t.opt, err = redis.ParseURL(raw); err != nil {
		return fmt.Errorf("%w: after the host may come the number of a database (/0) and settings that go-redis "+
			"knows (?pool_size=64); for unix://, the path of a socket", ErrBadURL)
	}
	return nil
}

// parseMany reads what stands after the scheme of an address with several hosts: it is the address of one
// server, with more hosts and, for Sentinels, with the master's name before the database.
func (t *target) parseMany(base, rest string) error {
	bad := fmt.Errorf("%w: it should look like redis+sentinel://user:password@host1:26379,host2:26379/mastername/0", ErrBadURL)
	if t.kind == cluster {
		bad = fmt.Errorf("%w: it should look like redis+cluster://user:password@host1:7000,host2:7001, without a database", ErrBadURL)
	}
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	authority, tail := rest[:end], rest[end:]
	user := ""
	if at := strings.LastIndex(authority, "@"); at >= 0 {
		user, authority = authority[:at+1], authority[at+1:]
	}
	for host := range strings.SplitSeq(authority, ",") {
		name, port, err := net.SplitHostPort(host)
		if n, _ := strconv.Atoi(port); err != nil || name == "" || n < 1 || n > 65535 {
			return bad
		}
		t.nodes = append(t.nodes, host)
	}
	u, err := url.Parse(base + "://" + user + t.nodes[0] + tail)
	if err != nil || u.Fragment != "" {
		return bad
	}
	path := strings.TrimPrefix(u.Path, "/")
	if t.kind == sentinel {
		t.master, path, _ = strings.Cut(path, "/")
	}
	if t.kind == cluster && path != "" || t.kind == sentinel && t.master == "" {
		return bad
	}
	query := u.Query()
	t.sentinelUser, t.sentinelPassword = query.Get("sentinel_username"), query.Get("sentinel_password")
	query.Del("sentinel_username")
	query.Del("sentinel_password")
	u.Path, u.RawPath, u.RawQuery = "/"+path, "", query.Encode()
	if t.opt, err = redis.ParseURL(u.String()); err != nil {
		return bad
	}
	return nil
}

// address writes a target without users and passwords.
func (t *target) address() string {
	u := url.URL{Scheme: "redis", Host: t.opt.Addr}
	if t.opt.TLSConfig != nil {
		u.Scheme = "rediss"
	}
	switch {
	case t.kind != single:
		u.Scheme += "+" + string(t.kind)
		u.Host = strings.Join(t.nodes, ",")
		u.Path = t.master
	case t.opt.Network == "unix":
		u = url.URL{Scheme: "unix", Path: t.opt.Addr}
	}
	switch {
	case t.opt.DB != 0 && t.opt.Network == "unix":
		u.RawQuery = fmt.Sprintf("db=%d", t.opt.DB)
	case t.opt.DB != 0:
		u.Path += fmt.Sprintf("/%d", t.opt.DB)
	}
	return u.String()
}

// reloadEvery is how old a client's knowledge of who serves which part of a cluster may become. The
// library's own minute leaves the part of a dead master refused for that long.
const reloadEvery = time.Second

// client makes a client with settings that were made from the target's own. With guarded, a breaker stands
// in front of each server: of a cluster, those that are there do not suffer from one that is not.
func (t *target) client(opt *redis.Options, guarded bool) redis.UniversalClient {
	switch t.kind {
	case cluster:
		client := redis.NewClusterClient(t.clusterOptions(opt))
		client.OnNewNode(func(node *redis.Client) {
			node.AddHook(cause{})
			if guarded {
				b := newBreaker(time.Now)
				b.failed = func() { client.ReloadState(context.Background()) } // in the background, and never twice at once
				node.AddHook(b)
			}
		})
		return client
	case sentinel:
		return guard(redis.NewFailoverClient(t.failoverOptions(opt)), guarded)
	}
	return guard(redis.NewClient(opt), guarded)
}

func guard(client *redis.Client, guarded bool) *redis.Client {
	client.AddHook(cause{})
	if guarded {
		client.AddHook(newBreaker(time.Now))
	}
	return client
}

// clusterOptions are the settings of each server as those of a cluster. A command may be sent twice: where
// the client thinks that its key is, and where it is. The library uses the second time also after a
// time-out, so everything that is sent must bear being done twice.
func (t *target) clusterOptions(o *redis.Options) *redis.ClusterOptions {
	return &redis.ClusterOptions{
		Addrs: t.nodes, ClientName: o.ClientName, Username: o.Username, Password: o.Password, TLSConfig: o.TLSConfig, Protocol: o.Protocol,
		OnConnect: o.OnConnect, DialTimeout: o.DialTimeout, DialerRetries: o.DialerRetries, ReadTimeout: o.ReadTimeout, WriteTimeout: o.WriteTimeout,
		PoolTimeout: o.PoolTimeout, PoolSize: o.PoolSize, MinIdleConns: o.MinIdleConns, MaxIdleConns: o.MaxIdleConns, MaxActiveConns: o.MaxActiveConns,
		PoolFIFO: o.PoolFIFO, ConnMaxIdleTime: o.ConnMaxIdleTime, ConnMaxLifetime: o.ConnMaxLifetime, PipelinePoolSize: o.PipelinePoolSize,
		MaxRetries: o.MaxRetries, MaxRedirects: 1, ContextTimeoutEnabled: o.ContextTimeoutEnabled, DisableIdentity: o.DisableIdentity,
		MaintNotificationsConfig: o.MaintNotificationsConfig, ClusterStateReloadInterval: reloadEvery,
	}
}

func (t *target) failoverOptions(o *redis.Options) *redis.FailoverOptions {
	return &redis.FailoverOptions{
		MasterName: t.master, SentinelAddrs: t.nodes, SentinelUsername: t.sentinelUser, SentinelPassword: t.sentinelPassword,
		ClientName: o.ClientName, Username: o.Username, Password: o.Password, DB: o.DB, TLSConfig: o.TLSConfig, Protocol: o.Protocol,
		OnConnect: o.OnConnect, DialTimeout: o.DialTimeout, DialerRetries: o.DialerRetries, ReadTimeout: o.ReadTimeout, WriteTimeout: o.WriteTimeout,
		PoolTimeout: o.PoolTimeout, PoolSize: o.PoolSize, MinIdleConns: o.MinIdleConns, MaxIdleConns: o.MaxIdleConns, MaxActiveConns: o.MaxActiveConns,
		PoolFIFO: o.PoolFIFO, ConnMaxIdleTime: o.ConnMaxIdleTime, ConnMaxLifetime: o.ConnMaxLifetime, PipelinePoolSize: o.PipelinePoolSize,
		MaxRetries: o.MaxRetries, ContextTimeoutEnabled: o.ContextTimeoutEnabled, DisableIdentity: o.DisableIdentity,
	}
}

// errNotReady says that a cluster answers, but does not serve.
var errNotReady = errors.New("the cluster is not ready: some of its slots are served by nobody")

// ping asks once whether the target serves. A single server is dialled by itself first, and with a client
// of its own: a client that failed to dial remembers it for a second.
func (t *target) ping(ctx context.Context) error {
	opt := patient(t.opt)
	opt.ReadTimeout, opt.MinIdleConns, opt.PoolSize = time.Second, 0, 1
	switch t.kind {
	case cluster:
		return t.pingCluster(ctx, opt)
	case single:
		conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, opt.Network, opt.Addr)
		if err != nil {
			return err
		}
		_ = conn.Close()
	}
	client := t.client(opt, false)
	defer func() { _ = client.Close() }()
	err := client.Ping(ctx).Err()
	if t.kind == sentinel && errors.Is(err, redis.Nil) {
		return fmt.Errorf("the Sentinels know no master %q: %w", t.master, err)
	}
	return err
}

// pingCluster is content with one node that says that all is well.
func (t *target) pingCluster(ctx context.Context, opt *redis.Options) error {
	var errs []error
	for _, node := range t.nodes {
		one := *opt
		one.Addr = node
		client := redis.NewClient(&one)
		info, err := client.ClusterInfo(ctx).Result()
		_ = client.Close()
		switch {
		case err == nil && strings.Contains(info, "cluster_state:ok"):
			return nil
		case err == nil:
			err = errNotReady
		}
		errs = append(errs, fmt.Errorf("%s: %w", node, err))
	}
	return errors.Join(errs...)
}
