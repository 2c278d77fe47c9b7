package rdb

import (
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/redis/go-redis/v9"

	"waybill/store/storetest"
)

// mutant is the shop with one step broken on purpose. caught are the checks that guard the real step: if
// none of them says a word, they guard nothing.
type mutant struct {
	name   string
	hook   redis.Hook
	caught []guard
}

// guard is a check that the tests of this package make of the real thing, in a lab.
type guard func(testing.TB, *lab)

// TestMutantsAreCaught breaks one step after the other and lets the checks look that guard it.
func TestMutantsAreCaught(t *testing.T) {
	t.Parallel()
	server := storetest.Redis(t)
	for _, m := range mutants(t) {
		var words []string
		for _, caught := range m.caught {
			if words = judge(t, caught, labOn(server, m.hook)); len(words) > 0 {
				break
			}
		}
		if len(words) == 0 {
			t.Errorf("nobody notices that %s", m.name)
			continue
		}
		t.Logf("%s: %.160s", m.name, strings.ReplaceAll(words[0], "\n", " "))
	}
}

// verdict hears what a check says about a mutant, in the test's place.
type verdict struct {
	testing.TB
	mu    sync.Mutex
	words []string
}

// fallen ends a check that has said Fatal.
type fallen struct{}

func (v *verdict) say(words string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.words = append(v.words, words)
}

func (v *verdict) Error(args ...any)                 { v.say(fmt.Sprint(args...)) }
func (v *verdict) Errorf(format string, args ...any) { v.say(fmt.Sprintf(format, args...)) }
func (v *verdict) Fatal(args ...any)                 { v.Error(args...); panic(fallen{}) }
func (v *verdict) Fatalf(format string, args ...any) { v.Errorf(format, args...); panic(fallen{}) }
func (v *verdict) FailNow()                          { v.Fatal("failed") }
func (v *verdict) Fail()                             { v.Error("failed") }
func (v *verdict) Log(...any)                        {}
func (v *verdict) Logf(string, ...any)               {}
func (v *verdict) Failed() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.words) > 0
}

// judge lets a check look, and gives what it says.
func judge(t *testing.T, check guard, l *lab) []string {
	v := &verdict{TB: t}
	func() {
		defer func() {
			if r := recover(); r != nil && r != (fallen{}) {
				v.say(fmt.Sprintf("panic: %v\n%s", r, debug.Stack()))
			}
		}()
		check(v, l)
	}()
	return v.words
}

// lua gives a hook that has Redis run a script with some text of it replaced: old, new, old, new ... A text
// that is not in the script, or more than once, ends the test: the mutant would be the real thing.
func lua(t *testing.T, script *redis.Script, source string, changes ...string) redis.Hook {
	t.Helper()
	if redis.NewScript(source).Hash() != script.Hash() {
		t.Fatal("this is not the source of that script")
	}
	broken := source
	for i := 0; i < len(changes); i += 2 {
		if n := strings.Count(broken, changes[i]); n != 1 {
			t.Fatalf("%q stands %d times in the script", changes[i], n)
		}
		broken = strings.Replace(broken, changes[i], changes[i+1], 1)
	}
	hash := redis.NewScript(broken).Hash()
	return between(func(cmds []redis.Cmder, next func([]redis.Cmder) error) error {
		for _, cmd := range cmds {
			switch args := cmd.Args(); {
			case cmd.Name() == "evalsha" && args[1] == script.Hash():
				args[1] = hash
			case cmd.Name() == "eval" && args[1] == source:
				args[1] = broken
			}
		}
		return next(cmds)
	})
}

// blind gives a hook to which what stands in the sets with a name like this one is hidden: nobody looks
// after it any more.
func blind(part string) redis.Hook {
	return between(func(cmds []redis.Cmder, next func([]redis.Cmder) error) error {
		err := next(cmds)
		for _, cmd := range cmds {
			if args := cmd.Args(); len(args) < 2 || !strings.Contains(fmt.Sprint(args[1]), part) {
				continue
			}
			switch cmd := cmd.(type) {
			case *redis.ZSliceCmd:
				cmd.SetVal(nil)
			case *redis.StringSliceCmd:
				cmd.SetVal(nil)
			case *redis.MapStringStringCmd:
				cmd.SetVal(nil)
			}
		}
		return err
	})
}

// deaf gives a hook that calls a script never, and says that it was: whoever asks for the step forgets it.
func deaf(script *redis.Script, source string, answer any) redis.Hook {
	return between(func(cmds []redis.Cmder, next func([]redis.Cmder) error) error {
		rest := slices.DeleteFunc(slices.Clone(cmds), func(cmd redis.Cmder) bool {
			args := cmd.Args()
			if len(args) < 2 || args[1] != script.Hash() && args[1] != source {
				return false
			}
			cmd.(*redis.Cmd).SetVal(answer)
			return true
		})
		if len(rest) == 0 {
			return nil
		}
		return next(rest)
	})
}

// dies lets flows stop at each of their round trips.
func dies(names ...string) guard {
	return flows(names, func(t testing.TB, l *lab, saga saga) { crashes(t, l, saga) })
}

// repeats lets each call of a script reach Redis twice.
func repeats(names ...string) guard {
	return flows(names, func(t testing.TB, l *lab, saga saga) {
		callTwice(t, labOn(l.server, append([]redis.Hook{twice()}, l.hooks...)...), saga)
	})
}

// lags lets each call of a script reach Redis once more when all is over.
func lags(names ...string) guard {
	return flows(names, func(t testing.TB, l *lab, saga saga) {
		c := &calls{}
		callLate(t, labOn(l.server, append([]redis.Hook{c.record()}, l.hooks...)...), c, saga)
	})
}

// flows makes a check of some flows. A name that no flow has ends the run: a mutant would pass for caught.
func flows(names []string, check func(testing.TB, *lab, saga)) guard {
	var found []saga
	for _, name := range names {
		i := slices.IndexFunc(sagas(), func(s saga) bool { return s.name == name })
		if i < 0 {
			panic("there is no flow " + name)
		}
		found = append(found, sagas()[i])
	}
	return func(t testing.TB, l *lab) {
		for _, saga := range found {
			check(t, l, saga)
		}
	}
}
