package rdb

import (
	"bufio"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"hash"
	"hash/maphash"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

const dumpAtOnce = 500 // keys that are read in one round trip

// Export writes all that the shop is, for ImportDump into another Redis of any layout. progress hears how
// many keys have been written. Nobody may work on the shop meanwhile: Conflict while a node does.
//
// Keys: all. Writes nothing to Redis.
func (s *Store) Export(ctx context.Context, w io.Writer, progress func(keys int)) (DumpResult, error) {
	result, err := s.export(ctx, w, progress)
	return result, wrap("export", err)
}

func (s *Store) export(ctx context.Context, w io.Writer, progress func(keys int)) (DumpResult, error) {
	if working, err := s.client.Exists(ctx, s.keyLease("keeper")).Result(); err != nil || working > 0 {
		return DumpResult{}, cmp.Or(err, error(store.Errorf(store.Conflict, "A node is working on this shop, so the file would not be of one moment. Stop all nodes, wait five seconds, and export again.")))
	}
	head := dumpHead{Format: dumpFormat, Version: dumpVersion, At: s.now().UTC()}
	found, err := s.IdentityInRedis(ctx)
	if err != nil {
		return DumpResult{}, err
	}
	if head.Shop = found.ID; found.ID == "" {
		return DumpResult{}, store.Errorf(store.NotFound, "There is no shop in this Redis.")
	}
	if head.Warehouses, err = s.client.SMembers(ctx, keyWarehouses).Result(); err != nil {
		return DumpResult{}, err
	}
	slices.Sort(head.Warehouses)
	d := &dumper{Store: s, out: bufio.NewWriterSize(w, 1<<20), sum: sha256.New(), progress: progress, seen: map[uint64]struct{}{}, seed: maphash.MakeSeed()}
	d.destinations = destinations{keys: s.keys, warehouses: setOf(head.Warehouses)}
	if err := d.line(head); err != nil {
		return DumpResult{}, err
	}
	if err := s.scan(ctx, "*", "", func(key string) error { return d.found(ctx, key) }); err != nil {
		return DumpResult{}, err
	}
	if err := d.flush(ctx); err != nil {
		return DumpResult{}, err
	}
	if err := d.events(ctx, head.Warehouses); err != nil {
		return DumpResult{}, err
	}
	end := dumpEnd{End: true, Records: d.records}
	if end.Tally, err = s.tally(ctx); err != nil {
		return DumpResult{}, err
	}
	end.Sum = hex.EncodeToString(d.sum.Sum(nil))
	if err := d.line(end); err != nil {
		return DumpResult{}, err
	}
	return end.Tally, d.out.Flush()
}

func setOf(names []string) map[string]bool {
	set := make(map[string]bool, len(names))
	for _, name := range names {
		set[name] = true
	}
	return set
}

// dumper writes one dump.
type dumper struct {
	*Store
	destinations destinations
	out          *bufio.Writer
	sum          hash.Hash
	records      int
	progress     func(keys int)
	written      int

	batch []string
	seen  map[uint64]struct{} // hashes of the keys that came, for a scan may tell of one twice
	seed  maphash.Seed
}

// line writes a line and adds it to the sum.
func (d *dumper) line(v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	data = append(data, '\n')
	_, _ = d.sum.Write(data) // it never fails
	_, err = d.out.Write(data)
	return err
}

func (d *dumper) record(r dumpRecord) error {
	d.records++
	return d.line(r)
}

// found takes a key that a scan has come upon.
func (d *dumper) found(ctx context.Context, key string) error {
	sum := maphash.String(d.seed, key)
	if _, twice := d.seen[sum]; twice || d.destinations.left(d.plainName(key)) {
		return nil
	}
	d.seen[sum] = struct{}{}
	if d.batch = append(d.batch, key); len(d.batch) < dumpAtOnce {
		return nil
	}
	return d.flush(ctx)
}

// flush writes the keys that have been found.
func (d *dumper) flush(ctx context.Context) error {
	keys := d.batch
	d.batch = nil
	if len(keys) == 0 {
		return nil
	}
	kinds, ends := make([]*redis.StatusCmd, len(keys)), make([]*redis.DurationCmd, len(keys))
	if _, err := d.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, key := range keys {
			kinds[i], ends[i] = p.Type(ctx, key), p.PTTL(ctx, key)
		}
		return nil
	}); err != nil {
		return err
	}
	pieces := make([]dumpPiece, len(keys))
	commands, err := d.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, key := range keys {
			pieces[i] = dumpPiece{key: key, kind: kinds[i].Val()}
			pieces[i].ask(ctx, p)
		}
		return nil
	})
	if err := failed(commands, err); err != nil {
		return err
	}
	for i := range pieces {
		expires := int64(0)
		if left := ends[i].Val(); left > 0 {
			expires = d.now().Add(left).UnixMilli()
		}
		if err := d.whole(ctx, &pieces[i], expires); err != nil {
			return err
		}
	}
	d.written += len(keys)
	d.progress(d.written)
	return nil
}

// whole writes one key, of which the first piece has been read.
func (d *dumper) whole(ctx context.Context, p *dumpPiece, expires int64) error {
	name := d.plainName(p.key)
	for {
		r := dumpRecord{Name: name, Type: p.kind, Expires: expires}
		r.Values, r.Entries = p.values(func(member string) string { return d.plainMember(name, member) })
		for len(r.Values) > 2*dumpPart { // a hash or a set comes at once
			part := r
			part.Values, r.Values = r.Values[:2*dumpPart], r.Values[2*dumpPart:]
			if err := d.record(part); err != nil {
				return err
			}
		}
		if len(r.Values)+len(r.Entries) > 0 {
			if err := d.record(r); err != nil {
				return err
			}
		}
		if !p.more() {
			return nil
		}
		commands, err := d.client.Pipelined(ctx, func(pipe redis.Pipeliner) error { p.ask(ctx, pipe); return nil })
		if err := failed(commands, err); err != nil {
			return err
		}
	}
}

// dumpPiece reads a key piece by piece.
type dumpPiece struct {
	key, kind string
	from      int64
	last      string // the last entry of a stream that was read

	text    *redis.StringCmd
	list    *redis.StringSliceCmd
	hash    *redis.MapStringStringCmd
	ranked  *redis.ZSliceCmd
	entries *redis.XMessageSliceCmd
}

func (p *dumpPiece) ask(ctx context.Context, pipe redis.Pipeliner) {
	switch p.kind {
	case "string":
		p.text = pipe.Get(ctx, p.key)
	case "list":
		p.list = pipe.LRange(ctx, p.key, p.from, p.from+dumpPart-1)
	case "set":
		p.list = pipe.SMembers(ctx, p.key)
	case "hash":
		p.hash = pipe.HGetAll(ctx, p.key)
	case "zset":
		p.ranked = pipe.ZRangeWithScores(ctx, p.key, p.from, p.from+dumpPart-1)
	case "stream":
		p.entries = pipe.XRangeN(ctx, p.key, after(p.last), "+", dumpPart)
	}
	p.from += dumpPart
}

// more tells whether there may be another piece.
func (p *dumpPiece) more() bool {
	switch p.kind {
	case "list":
		return len(p.list.Val()) == dumpPart
	case "zset":
		return len(p.ranked.Val()) == dumpPart
	case "stream":
		return len(p.entries.Val()) == dumpPart
	}
	return false
}

func (p *dumpPiece) values(member func(string) string) (values []dumpText, entries [][]dumpText) {
	switch p.kind {
	case "string":
		values = []dumpText{dumpText(p.text.Val())}
	case "list", "set":
		for _, m := range p.list.Val() {
			values = append(values, dumpText(member(m)))
		}
	case "hash":
		for _, field := range sortedKeys(p.hash.Val()) {
			values = append(values, dumpText(field), dumpText(p.hash.Val()[field]))
		}
	case "zset":
		for _, z := range p.ranked.Val() {
			values = append(values, dumpText(member(text(z.Member))), dumpText(strconv.FormatFloat(z.Score, 'g', 17, 64)))
		}
	case "stream":
		for _, e := range p.entries.Val() {
			p.last = e.ID
			entries = append(entries, dumpEntry(e))
		}
	}
	return values, entries
}

func dumpEntry(e redis.XMessage) []dumpText {
	entry := []dumpText{dumpText(e.ID)}
	for _, field := range sortedKeys(e.Values) {
		entry = append(entry, dumpText(field), dumpText(text(e.Values[field])))
	}
	return entry
}

// events writes the events of all streams in the order of their time.
func (d *dumper) events(ctx context.Context, warehouses []string) error {
	streams := map[string]*dumpPiece{}
	for _, at := range d.parts() {
		streams[keyEvents(at)] = nil
	}
	for _, w := range warehouses {
		streams[keyEvents(d.at(w))] = nil
	}
	heads := map[string][]redis.XMessage{}
	read := func(key string) error {
		p := streams[key]
		if p == nil {
			p = &dumpPiece{key: key, kind: "stream"}
			streams[key] = p
		} else if !p.more() {
			delete(heads, key)
			return nil
		}
		commands, err := d.client.Pipelined(ctx, func(pipe redis.Pipeliner) error { p.ask(ctx, pipe); return nil })
		if err := failed(commands, err); err != nil {
			return err
		}
		if heads[key] = p.entries.Val(); len(heads[key]) == 0 {
			delete(heads, key)
			return nil
		}
		p.last = heads[key][len(heads[key])-1].ID
		return nil
	}
	for _, key := range sortedKeys(streams) {
		if err := read(key); err != nil {
			return err
		}
	}
	var part [][]dumpText
	write := func() error {
		if len(part) == 0 {
			return nil
		}
		r := dumpRecord{Name: keyEvents(""), Type: "stream", Entries: part}
		part = nil
		return d.record(r)
	}
	for len(heads) > 0 {
		first := ""
		for _, key := range sortedKeys(heads) {
			if first == "" || compareIDs(heads[key][0].ID, heads[first][0].ID) < 0 {
				first = key
			}
		}
		part = append(part, dumpEntry(heads[first][0]))
		if heads[first] = heads[first][1:]; len(heads[first]) == 0 {
			if err := read(first); err != nil {
				return err
			}
		}
		if len(part) == dumpPart {
			if err := write(); err != nil {
				return err
			}
		}
	}
	return write()
}

// compareIDs compares the ids of entries of streams.
func compareIDs(a, b string) int {
	x, y := parseStreamID(a), parseStreamID(b)
	switch {
	case x.less(y):
		return -1
	case y.less(x):
		return 1
	}
	return 0
}

// tally counts what can be compared after a move.
func (s *Store) tally(ctx context.Context) (DumpResult, error) {
	t := DumpResult{Listed: map[string]int{}, Movements: map[string]int{}}
	seen := map[store.Number]struct{}{}
	err := s.scan(ctx, "order:*:status*", "", func(key string) error {
		name, _, _ := strings.Cut(key, ":status")
		if n, ok := orderOf(name); ok && s.keyStatus(n) == key {
			seen[n] = struct{}{}
		}
		return nil
	})
	if err != nil {
		return t, err
	}
	t.Orders = len(seen)
	listed, movements := map[store.Status][]*redis.IntCmd{}, map[string]*redis.IntCmd{}
	warehouses, err := s.client.SMembers(ctx, keyWarehouses).Result()
	if err != nil {
		return t, err
	}
	var products *redis.IntCmd
	commands, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		products = p.SCard(ctx, s.keyProducts())
		for _, status := range store.Statuses() {
			for _, at := range s.parts() {
				listed[status] = append(listed[status], p.LLen(ctx, keyQueue(at, status)))
			}
		}
		for _, w := range warehouses {
			movements[w] = p.XLen(ctx, s.keyMovements(w))
		}
		return nil
	})
	if err := failed(commands, err); err != nil {
		return t, err
	}
	t.Products = int(products.Val())
	for status, asked := range listed {
		for _, length := range asked {
			t.Listed[string(status)] += int(length.Val())
		}
	}
	for w, length := range movements {
		t.Movements[w] = int(length.Val())
	}
	return t, nil
}
