package session

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/redis/go-redis/v9"
)

// Tries counts failed sign-ins by somebody, such as a login or an address, over all nodes: so many in a row,
// and then one more each period. Redis forgets those who have had their rest.
type Tries struct {
	client redis.Scripter
	now    func() time.Time
	name   string
	tries  int
	period time.Duration
}

// NewTries counts under a name, so that logins and addresses are counted apart.
func NewTries(client redis.Scripter, now func() time.Time, name string, tries int, period time.Duration) *Tries {
	return &Tries{client, now, name, tries, period}
}

// change is used and regained tries in one atomic step: KEYS[1] is who, ARGV are the time in ms, how many
// tries there are, the ms in which one comes back, and what is to be used up (1) or given back (-1). It
// answers 0 when there is none left.
var change = redis.NewScript(`
local now, tries, period, change = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local was = redis.call('HMGET', KEYS[1], 'used', 'at')
local rest = math.max(0, now - (tonumber(was[2]) or now))
local used = math.max(0, (tonumber(was[1]) or 0) - rest / period)
if change > 0 and used + change > tries then return 0 end
used = math.max(0, used + change)
redis.call('HSET', KEYS[1], 'used', tostring(used), 'at', ARGV[1])
redis.call('PEXPIRE', KEYS[1], tries * period)
return 1
`)

// Take uses up a try and tells whether there was one left. Taking before the outcome is known keeps many
// tries at once from passing together; GiveBack returns it. Unavailable without Redis.
func (t *Tries) Take(ctx context.Context, who string) (bool, error) { return t.change(ctx, who, 1) }

// GiveBack returns a try that did not fail.
func (t *Tries) GiveBack(ctx context.Context, who string) error {
	_, err := t.change(ctx, who, -1)
	return err
}

func (t *Tries) change(ctx context.Context, who string, by int) (bool, error) {
	sum := sha256.Sum256([]byte(who))
	key := "signin:" + t.name + ":" + hex.EncodeToString(sum[:12])
	ok, err := change.Run(ctx, t.client, []string{key}, t.now().UnixMilli(), t.tries, t.period.Milliseconds(), by).Bool()
	if err != nil {
		return false, away("count tries to sign in", err)
	}
	return ok, nil
}
