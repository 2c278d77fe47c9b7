package faults

import (
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"waybill/store/storetest"
)

// group are several servers that stand in for one another.
type group struct {
	url    string
	client redis.UniversalClient
	master func() *storetest.Server
	whole  func() // waits until everybody is there and agrees
}

// groups are the kinds of them: a cluster of which one shard in three is hurt, and a master under Sentinels.
var groups = map[string]func(t *testing.T) group{
	"cluster": func(t *testing.T) group {
		c := storetest.Cluster(t)
		return group{c.URL(), c.NewClient(), func() *storetest.Server { return c.Master("events{p00}") }, c.Whole}
	},
	"sentinel": func(t *testing.T) group {
		w := storetest.Sentinel(t)
		return group{w.URL(), w.NewClient(), w.Master, w.Whole}
	},
}

// losses are the ways in which a master is lost. The last two are back before anybody takes their place: then
// the replica follows, also when the master has less than it.
var losses = map[string]func(master *storetest.Server, c *crowd){
	"killed": func(m *storetest.Server, _ *crowd) {
		m.Kill()
		time.Sleep(lasting(4*time.Second, 10*time.Second))
		m.Restart()
	},
	"stopped": func(m *storetest.Server, _ *crowd) {
		m.Stop()
		time.Sleep(lasting(4*time.Second, 10*time.Second))
		m.Cont()
	},
	"restarted": func(m *storetest.Server, _ *crowd) { m.Restart() },
	"restarted on less": func(m *storetest.Server, c *crowd) {
		past := m.Past()
		c.more(calm)
		m.SetBack(past)
	},
}

// TestAMasterGoesAway takes a master from under two nodes of a shop while customers order. Orders go on being
// acknowledged, what the one that takes its place has not heard of is put back, and open pages show the truth
// again as soon as everybody is there.
func TestAMasterGoesAway(t *testing.T) {
	for kind, open := range groups {
		for name, lose := range losses {
			if !long() && kind+" "+name != "cluster restarted on less" && kind+" "+name != "sentinel killed" {
				continue
			}
			t.Run(kind+" "+name, func(t *testing.T) {
				g := open(t)
				nodes := []*node{startNode(t, "node1", g.url, "--demo"), startNode(t, "node2", g.url)}
				stock(t, nodes[0])
				pages := []*watcher{watch(t, nodes[0]), watch(t, nodes[1])}
				c := order(t, customers, nodes...)
				c.more(calm)
				for round := range lasting(1, 3) {
					before := c.acknowledged()
					lose(g.master(), c)
					if name != "restarted" && c.acknowledged() == before {
						t.Errorf("nothing was acknowledged without the master, round %d", round)
					}
					g.whole()
					for _, page := range pages {
						if gap := page.again(t); gap > crowded*pageGap {
							t.Errorf("an open page shows the truth %s after everybody was there, round %d", gap, round)
						}
					}
					c.more(calm)
				}
				inTime(t, judge(t, c, g.client, nodes...))
				for _, n := range nodes {
					t.Logf("%s put back %v orders", n.name, n.metric(`waybill_restored_total\{kind="order"\}`))
				}
			})
		}
	}
}
