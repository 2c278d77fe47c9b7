package signin

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"

	"waybill/store"
)

const (
	passwordMin = 12  // characters
	passwordMax = 200 // characters
	hashesAtOne = 2   // each takes 19 MiB and some 40 ms of a processor
)

// params follow OWASP's advice for argon2id: 19 MiB, 2 passes, 1 thread.
var params = argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// nobody is a hash that no password is known for. It is compared with when there is no such
// account, so that the answer takes as long as with one.
var nobody = "$argon2id$v=19$m=19456,t=2,p=1$" + strings.Repeat("A", 22) + "$" + strings.Repeat("A", 43)

// Passwords hashes and compares passwords, a few at a time: whoever comes while all places
// are taken waits, so that a flood of sign-ins cannot take all memory.
type Passwords struct{ places chan struct{} }

// NewPasswords makes one; a process needs only one.
func NewPasswords() *Passwords { return &Passwords{places: make(chan struct{}, hashesAtOne)} }

// Hash makes the argon2id hash of a password to keep; Unavailable when ctx ends before it
// was its turn.
func (p *Passwords) Hash(ctx context.Context, password string) (string, error) {
	if err := p.enter(ctx); err != nil {
		return "", err
	}
	defer p.leave()
	return argon2id.CreateHash(password, &params)
}

// Matches tells whether a password belongs to a hash. An empty hash belongs to no password,
// and takes as long to say so. Unavailable when ctx ends before it was its turn.
func (p *Passwords) Matches(ctx context.Context, password, hash string) (bool, error) {
	if err := p.enter(ctx); err != nil {
		return false, err
	}
	defer p.leave()
	if hash == "" {
		_, err := argon2id.ComparePasswordAndHash(password, nobody)
		return false, err
	}
	return argon2id.ComparePasswordAndHash(password, hash)
}

// CheckPassword says what is wrong with a new password, "" if nothing.
func CheckPassword(password string) string {
	switch n := utf8.RuneCountInString(password); {
	case n < passwordMin:
		return "Choose a password of 12 characters or more."
	case n > passwordMax:
		return "Choose a password of at most 200 characters."
	case !utf8.ValidString(password) || strings.ContainsRune(password, 0):
		return "This password has characters that cannot be typed again."
	}
	return ""
}

func (p *Passwords) enter(ctx context.Context) error {
	select {
	case p.places <- struct{}{}:
		return nil
	case <-ctx.Done():
		return &store.Error{Kind: store.Unavailable, Message: "Too many people are signing in. Please try again in a moment.", Err: ctx.Err()}
	}
}

func (p *Passwords) leave() { <-p.places }
