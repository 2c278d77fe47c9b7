package rdb

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// oneSlot stands between a client and Redis and ends the test run when a step that has to be atomic
// touches two slots: a Redis Cluster would refuse it. So every test of the package, run with partitions,
// is a proof that all steps would work there.
type oneSlot struct{}

// watchedClients are those that have one already: a test may make many Stores on one client.
var watchedClients sync.Map

func (oneSlot) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

func (oneSlot) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		mustBeOneSlot(cmd)
		return next(ctx, cmd)
	}
}

func (oneSlot) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		if name := cmds[0].Name(); name == "multi" || name == "watch" {
			mustBeOneSlot(cmds...)
		}
		for _, cmd := range cmds {
			mustBeOneSlot(cmd)
		}
		return next(ctx, cmds)
	}
}

func mustBeOneSlot(cmds ...redis.Cmder) {
	slots := map[uint16]string{}
	for _, cmd := range cmds {
		for _, key := range keysOf(cmd.Args()) {
			slots[slotOfKey(key)] = key
		}
	}
	if len(slots) > 1 {
		panic(fmt.Sprintf("one step touches %d slots, by %v in %v", len(slots), slots, cmds))
	}
}

// keysOf are the keys that a command names.
func keysOf(args []any) []string {
	name := strings.ToLower(fmt.Sprint(args[0]))
	from, to := 1, 2
	switch name {
	case "multi", "exec", "unwatch", "publish", "ping", "scan", "keys", "subscribe", "script", "hello", "client", "info", "pubsub", "command", "cluster", "flushall", "dbsize":
		return nil
	case "eval", "evalsha":
		from, to = 3, 3+args[2].(int)
	case "del", "unlink", "exists", "mget", "watch", "rename":
		to = len(args)
	}
	var keys []string
	for _, arg := range args[from:to] {
		keys = append(keys, fmt.Sprint(arg))
	}
	return keys
}

// slotOfKey is the slot in which Redis Cluster keeps a key: CRC16 (XMODEM) of its tag, or of all of it.
func slotOfKey(key string) uint16 {
	if _, rest, ok := strings.Cut(key, "{"); ok {
		if tag, _, closed := strings.Cut(rest, "}"); closed && tag != "" {
			key = tag
		}
	}
	crc := uint16(0)
	for _, b := range []byte(key) {
		crc ^= uint16(b) << 8
		for range 8 {
			if carry := crc&0x8000 != 0; carry {
				crc = crc<<1 ^ 0x1021
			} else {
				crc <<= 1
			}
		}
	}
	return crc % 16384
}

// The checks above find what they are for, and slots are counted as Redis counts them.
func TestTwoSlotsAreNoticed(t *testing.T) {
	if got := slotOfKey("123456789"); got != 12739 { // as the specification of Redis Cluster says
		t.Errorf("slot %d", got)
	}
	k := newKeys(16)
	ctx := t.Context()
	for name, cmds := range map[string][]redis.Cmder{
		"a script": {redis.NewCmd(ctx, "evalsha", "sum", 2, k.keyStock("warehouse1"), k.keyStock("warehouse2"), "x")},
		"a step":   {redis.NewCmd(ctx, "multi"), redis.NewCmd(ctx, "set", k.keyStatus(1), "x"), redis.NewCmd(ctx, "rpush", keyQueue(k.part(2), store.Placed), "x")},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s over two slots went through", name)
				}
			}()
			mustBeOneSlot(cmds...)
		}()
	}
	mustBeOneSlot(redis.NewCmd(ctx, "set", k.keyStatus(17), "x"), redis.NewCmd(ctx, "rpush", keyQueue(k.part(1), store.Placed), "x"))
}
