package rdb

import (
	"bufio"
	"context"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"waybill/store"
	"waybill/store/demo"
	"waybill/store/storetest"
)

// working runs the store's own work beside a test, and ends it with the test.
func working(t testing.TB, s *Store) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() {
		if err := s.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() { cancel(); running.Wait() })
}

// send sends commands as an outside program would, one line after the other on one connection; keys get
// their tags.
func send(t testing.TB, s *Store, client *redis.Client, lines ...string) {
	t.Helper()
	conn := client.Conn()
	defer conn.Close()
	for _, command := range lines {
		var args []any
		for i, part := range strings.Split(command, `"`) {
			if i%2 == 1 {
				args = append(args, part)
				continue
			}
			for _, word := range strings.Fields(part) {
				args = append(args, word)
			}
		}
		if len(args) > 1 {
			args[1] = theirKey(s, text(args[1]), text(args[len(args)-1]))
		}
		if err := conn.Do(t.Context(), args...).Err(); err != nil && err != redis.Nil {
			t.Fatalf("%s: %v", command, err)
		}
	}
}

func commands(t testing.TB) []string {
	t.Helper()
	file, err := os.Open("testdata/commands.redis")
	must(t, err)
	defer file.Close()
	var lines []string
	for scan := bufio.NewScanner(file); scan.Scan(); {
		if text := scan.Text(); !strings.HasPrefix(text, "#") {
			lines = append(lines, text)
		}
	}
	return lines
}

// queuesAre waits until the lists hold exactly these orders, and all invariants hold.
func queuesAre(t testing.TB, s *Store, wanted map[store.Status][]string) {
	t.Helper()
	eventually(t, 5*time.Second, "the lists follow", func() (bool, string) {
		seen, same := "", true
		for _, status := range store.Statuses() {
			members := queued(t.Context(), s, status)
			slices.Sort(members)
			seen += string(status) + " " + strings.Join(members, " ") + "; "
			same = same && slices.Equal(members, wanted[status])
			for _, n := range orderNumbers(members) {
				ours := mustOrder(t, s, n).Version > 0
				same = same && ours
			}
		}
		return same, seen
	})
	check(t, s)
}

// All that the first outside programs do, sent line by line to a working shop: to the demo, in which
// those orders are already there, and to a shop that has only their products.
func TestAllCommandsOfTheOutsidePrograms(t *testing.T) {
	t.Parallel()
	wanted := map[store.Status][]string{
		store.Delivered: {"order:123"}, store.Sent: {"order:124"}, store.Placed: {"order:125"},
	}
	for name, load := range map[string]func(*testing.T, *Store){
		"demo":      func(t *testing.T, s *Store) { must(t, demo.Load(t.Context(), s)) },
		"no orders": func(t *testing.T, s *Store) { must(t, demo.Load(t.Context(), withoutOrders{s})) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := storetest.Redis(t)
			s := newStore(server.Client())
			load(t, s)
			working(t, s)
			eventually(t, 3*time.Second, "it listens", func() (bool, string) {
				return s.client.PubSubNumSub(t.Context(), "warehouse2.channel").Val()["warehouse2.channel"] > 0 && s.client.Exists(t.Context(), s.keyLease("keeper")).Val() == 1, ""
			})
			send(t, s, server.NewClient(), commands(t)...)
			queuesAre(t, s, wanted)
			eventually(t, 3*time.Second, "the sentence is on the page", func() (bool, string) {
				board, err := s.Board(t.Context(), "warehouse2")
				must(t, err)
				return slices.ContainsFunc(board.Messages, func(h store.Heard) bool { return h.Text == "prod1 delivered to warehouse2" }), asJSON(board.Messages)
			})
			eventually(t, 5*time.Second, "what was written to product_list is proposed", func() (bool, string) {
				board, err := s.Board(t.Context(), "warehouse2")
				must(t, err)
				return slices.ContainsFunc(board.Proposals, func(p store.Proposal) bool { return p.Product == "prod1" && p.Present }), asJSON(board.Proposals)
			})
			secondPassRepairsNothing(t, s)
		})
	}
}

// withoutOrders loads the demo shop but for its orders.
type withoutOrders struct{ *Store }

func (withoutOrders) Place(context.Context, store.Placement) (store.Order, bool, error) {
	return store.Order{}, false, nil
}

func secondPassRepairsNothing(t testing.TB, s *Store) {
	t.Helper()
	_, err := s.Reconcile(t.Context(), false)
	must(t, err)
	check(t, s)
	repairs, err := s.Reconcile(t.Context(), false)
	must(t, err)
	if len(repairs) > 0 {
		t.Errorf("the second pass repaired %v", repairs)
	}
}

// An outside program's order goes all the way, even when its list is pushed long before its products.
func TestAdoption(t *testing.T) {
	t.Parallel()
	server := storetest.Redis(t)
	s := newStore(server.Client())
	must(t, demo.Load(t.Context(), s))
	working(t, s)
	ctx, outside := t.Context(), server.NewClient()

	send(t, s, outside, `RPUSH placed.orders order:126`, `HSET order:126 recipient "Zielińska" order_date "2024-11-12" product_list "products" status "placed"`)
	eventually(t, 5*time.Second, "staff see that it has no products", func() (bool, string) {
		list, err := s.Attention(ctx)
		must(t, err)
		return len(list) == 1 && list[0].Order == 126, asJSON(list)
	})
	send(t, s, outside, `RPUSH order:126:products prod1 prod6 prod1`)
	eventually(t, 5*time.Second, "it is adopted", func() (bool, string) {
		o, err := s.Order(ctx, 126)
		return err == nil && o.Version > 0 && o.Warehouse != "" && len(o.Transfers) == 1, asJSON(o)
	})
	o := mustOrder(t, s, 126)
	if store.Quantity(o.Lines, "prod1") != 2 || o.Recipient.Name != "Zielińska" || !o.Recipient.Address.Missing() {
		t.Errorf("adopted as %s", asJSON(o))
	}
	if list, _ := s.Attention(ctx); len(list) != 0 {
		t.Errorf("still needs attention: %v", list)
	}
	bringAll(t, s, 126)
	packAll(t, s, 126)
	must(t, s.Ready(ctx, clerk, 126))
	must(t, s.PickUp(ctx, courier, 126))
	must(t, s.Deliver(ctx, courier, 126, store.Proof{}))
	check(t, s)
}

// Two looks come to the same order of an outside program: while one has read it and not begun, the other adopts it.
// What it holds then stays held.
func TestTwoLooksAdoptOnce(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	s, client, ctx := l.shop(t), l.newClient(), t.Context()
	send(t, s, client, `HSET order:126 recipient "Zielińska" status "placed"`, `RPUSH order:126:products prod1 prod6 prod1`, `RPUSH placed.orders order:126`)
	meanwhile := func() { must(t, s.adopt(ctx, 126, store.Placed)) }
	client.AddHook(between(func(cmds []redis.Cmder, next func([]redis.Cmder) error) error {
		if args := cmds[0].Args(); meanwhile != nil && cmds[0].Name() == "hincrby" && args[2] == "turn" {
			do := meanwhile
			meanwhile = nil
			do()
		}
		return next(cmds)
	}))
	must(t, newStore(client).adopt(ctx, 126, store.Placed))
	if meanwhile != nil {
		t.Fatal("nothing came between")
	}
	check(t, s)
	bringAll(t, s, 126)
	packAll(t, s, 126)
	check(t, s)
}

// An order that cannot be adopted stays, and staff read why; when the shop has learnt the product, it
// goes on.
func TestAdoptionOfWhatIsUnknown(t *testing.T) {
	t.Parallel()
	server := storetest.Redis(t)
	s := newStore(server.Client())
	must(t, demo.Load(t.Context(), s))
	working(t, s)
	ctx := t.Context()
	send(t, s, server.NewClient(), `HSET order:127 recipient "Wiśniewski" status "placed"`, `RPUSH order:127:products prod77`, `RPUSH placed.orders order:127`)
	eventually(t, 5*time.Second, "staff read why", func() (bool, string) {
		list, err := s.Attention(ctx)
		must(t, err)
		return len(list) == 1 && strings.Contains(list[0].Reason, "prod77"), asJSON(list)
	})
	must(t, s.SaveProduct(ctx, store.Product{ID: "prod77", Name: "Teapot"}))
	eventually(t, 5*time.Second, "it waits for stock", func() (bool, string) {
		o := mustOrder(t, s, 127)
		return o.Status == store.Backordered, string(o.Status)
	})
	_, err := s.SetStock(ctx, clerk, "warehouse2", "prod77", 3, "delivery")
	must(t, err)
	eventually(t, 3*time.Second, "it is placed", func() (bool, string) {
		o := mustOrder(t, s, 127)
		return o.Status == store.Placed && o.Warehouse == "warehouse2", string(o.Status)
	})
	check(t, s)
}

// A status that an outside program sets is followed forward, with stock and transfers; one that makes no
// sense is put back.
func TestStatusFromOutside(t *testing.T) {
	t.Parallel()
	server := storetest.Redis(t)
	s := newStore(server.Client())
	must(t, demo.Load(t.Context(), s))
	working(t, s)
	ctx, outside := t.Context(), server.NewClient()
	o := mustPlace(t, s, line("prod1", 1), line("prod6", 1))
	send(t, s, outside, `SET order:`+o.Number.String()+`:status "sent"`)
	eventually(t, 5*time.Second, "it is taken over", func() (bool, string) {
		got := mustOrder(t, s, o.Number)
		settled := leftUnsettled(ctx, s) == 0
		return settled && got.Version == 2 && got.History[1].Type == store.EventTakenOver && got.Transfers[0].State == store.TransferClosed, asJSON(got)
	})
	for _, status := range []string{"placed", "on the moon"} {
		send(t, s, outside, `SET order:`+o.Number.String()+`:status "`+status+`"`)
		eventually(t, 5*time.Second, "it is put back", func() (bool, string) {
			got := mustOrder(t, s, o.Number)
			return got.Status == store.Sent && got.History[len(got.History)-1].Type == store.EventUndone, asJSON(got)
		})
	}
	check(t, s)
}

// Damage of all sorts to lists and sets is repaired from what the status keys and the stock say.
func TestDamageIsRepaired(t *testing.T) {
	t.Parallel()
	s := demoShop(t)
	ctx := t.Context()
	o := mustPlace(t, s, line("prod1", 1))
	n, member := o.Number, orderName(o.Number)
	pull(ctx, s, store.Placed, member)
	s.client.ZRem(ctx, keyToAssemble(s.part(n), o.Warehouse), member)
	push(ctx, s, store.Ready, "order:123", "order:123", "banana", "order:")
	push(ctx, s, store.Delivered, member, "order:124")
	s.client.RPush(ctx, s.keyLines(n), "prod1", "prod9")
	s.client.Del(ctx, s.keyStatus(125))
	s.client.SRem(ctx, s.keyProductList("warehouse1"), "prod4")
	s.client.SAdd(ctx, s.keyProductList("warehouse2"), "prod9", "nonsense")
	before, err := s.Reconcile(ctx, true)
	must(t, err)
	if len(before) == 0 {
		t.Error("a dry run saw nothing")
	}
	secondPassRepairsNothing(t, s)
	if left := s.client.LRange(ctx, s.keyLines(n), 0, -1).Val(); !slices.Equal(left, []string{"prod1"}) {
		t.Errorf("products %v", left)
	}
}

// Sentences that are no sentences are ignored, and a flood of them does not keep the others away.
func TestFloodOfMessages(t *testing.T) {
	t.Parallel()
	server := storetest.Redis(t)
	s := newStore(server.Client())
	must(t, demo.Load(t.Context(), s))
	working(t, s)
	ctx := t.Context()
	eventually(t, 3*time.Second, "it listens", func() (bool, string) {
		return s.client.PubSubNumSub(ctx, "warehouse1").Val()["warehouse1"] > 0 && s.client.Exists(ctx, s.keyLease("keeper")).Val() == 1, ""
	})
	_, err := server.NewClient().Pipelined(ctx, func(p redis.Pipeliner) error {
		for range 10_000 {
			p.Publish(ctx, "warehouse1.channel", "<script>alert(1)</script> needed in warehouse1")
		}
		p.Publish(ctx, "warehouse1", "prod1 needed in warehouse1")
		return nil
	})
	must(t, err)
	eventually(t, 3*time.Second, "the one sentence is kept", func() (bool, string) {
		board, err := s.Board(ctx, "warehouse1")
		must(t, err)
		return len(board.Messages) > 0 && board.Messages[len(board.Messages)-1].Text == "prod1 needed in warehouse1" && !strings.Contains(asJSON(board.Messages), "script"), asJSON(board.Messages)
	})
}
