// Package seal is what a shop's secret key is for: it makes the words in customers' links, which any
// node can open without asking anybody, and the words by which idempotency keys are known.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
)

// Seal works with the key of one shop. It is never changed after New; many goroutines may use it at once.
type Seal struct {
	key   []byte
	links cipher.AEAD
}

// New makes the seal of the shop that has this key. Nodes with the same key open each other's links.
func New(key []byte) *Seal {
	derived, err := hkdf.Key(sha256.New, key, nil, "waybill: tracking links, 1", 32)
	if err != nil {
		panic(err) // 32 bytes are never too many
	}
	block, err := aes.NewCipher(derived)
	if err != nil {
		panic(err) // 32 bytes are a key of AES-256
	}
	links, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err) // AES has the block size that GCM wants
	}
	return &Seal{key: key, links: links}
}

// box seals what a link says, as a word for an address. kind says what it is sealed as.
func (s *Seal) box(b, kind []byte) string {
	return base64.RawURLEncoding.EncodeToString(s.links.Seal(nil, nil, b, kind))
}

// unbox opens what box has sealed with the same key as the same kind; false for every other word.
func (s *Seal) unbox(text string, kind []byte) ([]byte, bool) {
	box, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || base64.RawURLEncoding.EncodeToString(box) != text { // one link, one spelling
		return nil, false
	}
	b, err := s.links.Open(nil, nil, box, kind)
	return b, err == nil
}

// Wish names a wish to place an order: the same caller and idempotency key give the same word, which
// tells nobody what the key was.
func (s *Seal) Wish(caller, key string) string {
	mac := hmac.New(sha256.New, s.key)
	fmt.Fprintf(mac, "%d %s %s", len(caller), caller, key)
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:18])
}
