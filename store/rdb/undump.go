package rdb

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// ImportDump brings a dump of Export into an empty Redis, laid out as that one is. progress hears how many
// records have been brought in. Afterwards what is there is counted and compared with the dump. When it
// fails in the midst, no node opens a shop on this Redis until it has been emptied.
//
// Keys: all. Errors: Conflict when the Redis is not empty; Invalid when the dump is damaged or of another
// version.
func (s *Store) ImportDump(ctx context.Context, r io.Reader, progress func(records int)) (DumpResult, error) {
	result, err := s.importDump(ctx, r, progress)
	return result, wrap("import a dump", err)
}

func badDump(line int, format string, args ...any) error {
	return store.Errorf(store.Invalid, "Line %d of the dump: %s", line, fmt.Sprintf(format, args...))
}

func (s *Store) importDump(ctx context.Context, r io.Reader, progress func(records int)) (DumpResult, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 1<<20), dumpLine)
	sum := sha256.New()
	next := func() ([]byte, bool) {
		ok := lines.Scan()
		return lines.Bytes(), ok
	}
	first, _ := next()
	var head dumpHead
	if err := json.Unmarshal(first, &head); err != nil || head.Format != dumpFormat {
		return DumpResult{}, badDump(1, "this is no dump of Waybill.")
	}
	if head.Version != dumpVersion {
		return DumpResult{}, badDump(1, "it has version %d, and this program reads version %d.", head.Version, dumpVersion)
	}
	if err := s.empty(ctx); err != nil {
		return DumpResult{}, err
	}
	if err := s.client.HSet(ctx, keyShop, importingField, stamp(s.now()), partitionsField, s.Partitions()).Err(); err != nil {
		return DumpResult{}, err
	}
	_, _ = sum.Write(append(bytes.Clone(first), '\n'))
	u := &undumper{Store: s, now: s.now(), newest: map[string]streamID{}, loads: map[place]map[store.Day]int{}}
	u.destinations = destinations{keys: s.keys, warehouses: setOf(head.Warehouses)}
	records, ended := 0, false
	var end dumpEnd
	for line := 2; ; line++ {
		data, ok := next()
		if !ok {
			break
		}
		if ended {
			return DumpResult{}, badDump(line, "there is something after its end.")
		}
		if bytes.HasPrefix(data, []byte(`{"end":true`)) {
			if err := json.Unmarshal(data, &end); err != nil {
				return DumpResult{}, badDump(line, "it cannot be read: %v", err)
			}
			ended = true
			continue
		}
		_, _ = sum.Write(append(bytes.Clone(data), '\n'))
		var record dumpRecord
		if err := json.Unmarshal(data, &record); err != nil {
			return DumpResult{}, badDump(line, "it cannot be read: %v", err)
		}
		if err := u.take(record); err != nil {
			return DumpResult{}, badDump(line, "%v", err)
		}
		if records++; len(u.waiting) >= dumpAtOnce {
			if err := u.flush(ctx); err != nil {
				return DumpResult{}, err
			}
			progress(records)
		}
	}
	if err := lines.Err(); err != nil {
		return DumpResult{}, err
	}
	if !ended || end.Records != records || end.Sum != hex.EncodeToString(sum.Sum(nil)) {
		return DumpResult{}, badDump(records+1, "it is cut off or damaged: %d records of %d, or other ones than were written.", records, end.Records)
	}
	if err := u.finish(ctx); err != nil {
		return DumpResult{}, err
	}
	return s.compareTally(ctx, end.Tally)
}

// compareTally says whether all came that was in the dump, and then lets nodes open the shop.
func (s *Store) compareTally(ctx context.Context, want DumpResult) (DumpResult, error) {
	got, err := s.tally(ctx)
	if err != nil {
		return got, err
	}
	if got.Orders != want.Orders || got.Products != want.Products || !maps.Equal(got.Listed, want.Listed) || !maps.Equal(got.Movements, want.Movements) {
		return got, store.Errorf(store.Conflict, "Not all of the dump has arrived: %s is there, and %s was in it.", encode(got), encode(want))
	}
	return got, s.client.HDel(ctx, keyShop, importingField).Err()
}

// empty refuses a Redis in which something is: but for the count of partitions.
func (s *Store) empty(ctx context.Context) error {
	full := errors.New("not empty")
	err := s.scan(ctx, "*", "", func(key string) error {
		if key != keyShop {
			return full
		}
		return nil
	})
	if err == nil {
		var fields []string
		fields, err = s.client.HKeys(ctx, keyShop).Result()
		if slices.ContainsFunc(fields, func(field string) bool { return field != partitionsField }) {
			err = full
		}
	}
	if errors.Is(err, full) {
		return store.Errorf(store.Conflict, "This Redis is not empty. A dump goes into an empty one only, so nothing was changed.")
	}
	return err
}

// undumper brings records into a Redis.
type undumper struct {
	*Store
	destinations destinations
	now          time.Time
	waiting      []func(context.Context, redis.Pipeliner)
	newest       map[string]streamID // the newest entry of each stream
	loads        map[place]map[store.Day]int
}

// take makes a record's commands.
func (u *undumper) take(r dumpRecord) error {
	to := u.destinations.of(r.Name)
	if r.Expires > 0 && !time.UnixMilli(r.Expires).After(u.now) {
		return nil // its time has come on the way
	}
	switch r.Type {
	case "string":
		if len(r.Values) != 1 {
			return fmt.Errorf("%s has %d values", r.Name, len(r.Values))
		}
		u.put(to(""), r.Expires, func(ctx context.Context, p redis.Pipeliner, key string) { p.Set(ctx, key, string(r.Values[0]), 0) })
	case "list", "set":
		for key, members := range u.spread(to, r, 1) {
			u.put(key, r.Expires, func(ctx context.Context, p redis.Pipeliner, key string) {
				if r.Type == "list" {
					p.RPush(ctx, key, members...)
				} else {
					p.SAdd(ctx, key, members...)
				}
			})
		}
	case "hash":
		return u.takeHash(to, r)
	case "zset":
		return u.takeRanked(to, r)
	case "stream":
		return u.takeEntries(to, r)
	default:
		return fmt.Errorf("%s is of a type that is not known: %q", r.Name, r.Type)
	}
	return nil
}

// put waits with a command, and with the end of what it makes.
func (u *undumper) put(key string, expires int64, do func(context.Context, redis.Pipeliner, string)) {
	u.waiting = append(u.waiting, func(ctx context.Context, p redis.Pipeliner) {
		do(ctx, p, key)
		if expires > 0 {
			p.PExpireAt(ctx, key, time.UnixMilli(expires))
		}
	})
}

// spread sorts a record's values by the keys to which they go; of each step values the first decides.
func (u *undumper) spread(to destination, r dumpRecord, step int) map[string][]any {
	spread := map[string][]any{}
	for i := 0; i+step <= len(r.Values); i += step {
		member := u.destinations.member(r.Name, string(r.Values[i]))
		key := to(member)
		spread[key] = append(spread[key], member)
		for _, more := range r.Values[i+1 : i+step] {
			spread[key] = append(spread[key], string(more))
		}
	}
	return spread
}

func (u *undumper) takeHash(to destination, r dumpRecord) error {
	if len(r.Values)%2 != 0 {
		return fmt.Errorf("%s has a field without a value", r.Name)
	}
	if r.Name == keyShop { // how this Redis is laid out is its own affair
		for i := 0; i < len(r.Values); i += 2 {
			if field := r.Values[i]; field == partitionsField || field == importingField {
				r.Values = slices.Delete(slices.Clone(r.Values), i, i+2)
				i -= 2
			}
		}
	}
	for key, fields := range u.spread(to, r, 2) {
		u.put(key, r.Expires, func(ctx context.Context, p redis.Pipeliner, key string) { p.HSet(ctx, key, fields...) })
	}
	if n, ok := orderOf(r.Name); ok {
		u.count(n, r.Values)
	}
	return nil
}

// count notes on which day an order counts at its warehouse.
func (u *undumper) count(n store.Number, fields []dumpText) {
	h := map[string]string{}
	for i := 0; i+1 < len(fields); i += 2 {
		h[string(fields[i])] = string(fields[i+1])
	}
	at := slotIn(store.Status(h["ours"]), h["warehouse"], store.Day(h[leavesOn]))
	if at == (slot{}) || at.day < u.calendar().DayOf(u.now) {
		return
	}
	where := place{u.part(n), at.warehouse}
	if u.loads[where] == nil {
		u.loads[where] = map[store.Day]int{}
	}
	u.loads[where][at.day]++
}

func (u *undumper) takeRanked(to destination, r dumpRecord) error {
	for i := 0; i+1 < len(r.Values); i += 2 {
		score, err := strconv.ParseFloat(string(r.Values[i+1]), 64)
		if err != nil {
			return fmt.Errorf("%s: %q is no score", r.Name, string(r.Values[i+1]))
		}
		member := u.destinations.member(r.Name, string(r.Values[i]))
		u.put(to(member), r.Expires, func(ctx context.Context, p redis.Pipeliner, key string) {
			p.ZAdd(ctx, key, redis.Z{Score: score, Member: member})
		})
	}
	return nil
}

func (u *undumper) takeEntries(to destination, r dumpRecord) error {
	for _, entry := range r.Entries {
		if len(entry) < 3 || len(entry)%2 == 0 || !entryID.MatchString(string(entry[0])) {
			return fmt.Errorf("%s has an entry that makes no sense", r.Name)
		}
		fields, values := map[string]any{}, make([]any, 0, len(entry)-1)
		for i := 1; i+1 < len(entry); i += 2 {
			fields[string(entry[i])] = string(entry[i+1])
			values = append(values, string(entry[i]), string(entry[i+1]))
		}
		key := to("")
		if r.Name == keyEvents("") {
			key = u.destinations.ofEvent(fields)
		}
		id := parseStreamID(string(entry[0]))
		if !u.newest[key].less(id) { // two streams that have become one had the same id
			id = u.newest[key].next()
		}
		u.newest[key] = id
		u.put(key, r.Expires, func(ctx context.Context, p redis.Pipeliner, key string) {
			p.XAdd(ctx, &redis.XAddArgs{Stream: key, ID: fmt.Sprintf("%d-%d", id.ms, id.seq), Values: values})
		})
	}
	return nil
}

// flush sends what waits.
func (u *undumper) flush(ctx context.Context) error {
	for part := range slices.Chunk(u.waiting, dumpAtOnce) {
		if _, err := u.client.Pipelined(ctx, func(p redis.Pipeliner) error {
			for _, do := range part {
				do(ctx, p)
			}
			return nil
		}); err != nil {
			return err
		}
	}
	u.waiting = u.waiting[:0]
	return nil
}

// finish sends the rest, and what was counted.
func (u *undumper) finish(ctx context.Context) error {
	for at, days := range u.loads {
		for day, orders := range days {
			u.put(keyLoad(at.part, at.warehouse), 0, func(ctx context.Context, p redis.Pipeliner, key string) {
				p.HSet(ctx, key, string(day), orders)
			})
		}
	}
	return u.flush(ctx)
}
