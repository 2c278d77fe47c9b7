package signin

import (
	"sync"
	"time"
)

// limit counts failed tries by a key, such as a login or an address: so many in a row, and
// then one more each period. It forgets keys that have had their rest.
type limit struct {
	now    func() time.Time
	tries  int
	period time.Duration

	mu    sync.Mutex
	spent map[string]debt
}

// debt is how many tries a key had used up at a moment.
type debt struct {
	used float64
	at   time.Time
}

const limitKeys = 10_000 // keys remembered at once

func newLimit(now func() time.Time, tries int, period time.Duration) *limit {
	return &limit{now: now, tries: tries, period: period, spent: map[string]debt{}}
}

// take uses up a try and tells whether there was one left. Taking before the outcome is
// known keeps many tries at once from passing together; giveBack returns it.
func (l *limit) take(key string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	used := l.used(key, now)
	if used+1 > float64(l.tries) {
		return false
	}
	if _, known := l.spent[key]; !known && len(l.spent) >= limitKeys {
		l.tidy(now)
	}
	l.spent[key] = debt{used + 1, now}
	return true
}

// giveBack returns a try that did not fail.
func (l *limit) giveBack(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	if used := l.used(key, now) - 1; used > 0 {
		l.spent[key] = debt{used, now}
	} else {
		delete(l.spent, key)
	}
}

// used is what a key has used up and not yet regained.
func (l *limit) used(key string, now time.Time) float64 {
	d, ok := l.spent[key]
	if !ok {
		return 0
	}
	return max(0, d.used-now.Sub(d.at).Seconds()/l.period.Seconds())
}

// tidy forgets keys that owe nothing. If all still owe, it forgets every one: a flood of
// made-up logins must not fill the memory, and addresses are limited by themselves.
func (l *limit) tidy(now time.Time) {
	for key := range l.spent {
		if l.used(key, now) == 0 {
			delete(l.spent, key)
		}
	}
	if len(l.spent) >= limitKeys {
		clear(l.spent)
	}
}
