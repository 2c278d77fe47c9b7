package engine

import (
	"errors"
	"strings"
	"testing"
)

// Addresses of several servers are read as people write them, and shown without secrets.
func TestAddressesOfSeveralServers(t *testing.T) {
	for _, c := range []struct {
		url, shown, nodes, master, user, password, sentinel string
		db                                                  int
		tls                                                 bool
	}{
		{url: "redis+cluster://10.0.0.1:7000", shown: "redis+cluster://10.0.0.1:7000", nodes: "10.0.0.1:7000"},
		{url: "redis+cluster://wb:hunter%402@a:7000,b:7001?pool_size=7", shown: "redis+cluster://a:7000,b:7001", nodes: "a:7000,b:7001", user: "wb", password: "hunter@2"},
		{url: "rediss+cluster://a:7000,[::1]:7001/", shown: "rediss+cluster://a:7000,[::1]:7001", nodes: "a:7000,[::1]:7001", tls: true},
		{url: "redis+sentinel://a:26379,b:26379/shop", shown: "redis+sentinel://a:26379,b:26379/shop", nodes: "a:26379,b:26379", master: "shop"},
		{
			url: "redis+sentinel://:hunter2@a:26379,b:26379/shop/3?sentinel_password=secret&sentinel_username=s", shown: "redis+sentinel://a:26379,b:26379/shop/3",
			nodes: "a:26379,b:26379", master: "shop", password: "hunter2", sentinel: "s secret", db: 3,
		},
	} {
		at, err := parseURL(c.url)
		if err != nil {
			t.Errorf("%s: %v", c.url, err)
			continue
		}
		got := []string{at.address(), strings.Join(at.nodes, ","), at.master, at.opt.Username, at.opt.Password, strings.TrimSpace(at.sentinelUser + " " + at.sentinelPassword)}
		want := []string{c.shown, c.nodes, c.master, c.user, c.password, c.sentinel}
		if strings.Join(got, "|") != strings.Join(want, "|") || at.opt.DB != c.db || (at.opt.TLSConfig != nil) != c.tls {
			t.Errorf("%s: %q, database %d; want %q", c.url, got, at.opt.DB, want)
		}
		if strings.Contains(c.url, "pool_size=7") && at.clusterOptions(impatient(at.opt)).PoolSize != 7 {
			t.Errorf("%s: the size of the pool is lost", c.url)
		}
	}
}

func TestBadAddressesOfSeveralServers(t *testing.T) {
	for _, url := range []string{
		"redis+cluster://", "redis+cluster://hunter2", "redis+cluster://a:7000,hunter2", "redis+cluster://a:7000,b:port", "redis+cluster://a:7000,:7001",
		"redis+cluster://a:7000/3", "redis+cluster://a:7000?hunter2=1", "redis+cluster://hunter2:hunter2:x@a:7000,", "redis+cluster://a:7000#hunter2",
		"redis+sentinel://a:26379", "redis+sentinel://a:26379/", "redis+sentinel://a:26379/shop/hunter2", "redis+sentinel://a:26379/shop/1/hunter2",
		"redis+hunter2://a:7000", "unix+cluster:///hunter2", "http+cluster://a:7000", "redis+cluster://a:7000,b:700000",
	} {
		if _, err := parseURL(url); !errors.Is(err, ErrBadURL) {
			t.Errorf("%q: %v", url, err)
		} else if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: the error repeats the secret: %v", url, err)
		}
	}
}
