package api

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/labstack/echo/v4"
)

// Limits of a body. The largest honest one, an order of 200 lines, has some 2,000 tokens.
const (
	maxBody   = 1 << 20 // bytes
	maxTokens = 20_000  // names, values and brackets
	maxDepth  = 8       // objects and arrays inside each other
	maxDigits = 18      // of a number: past those, readers differ in what it is
	readTime  = 5 * time.Second
)

// readBody reads the whole body, refuses what no honest program sends, and hands the rest
// on. Go's own decoder would quietly take the last of two equal names, mend broken UTF-8
// and ignore the case of names; two readers of one document must never disagree, so all
// of that is refused here, before anything is decoded.
func (s *server) readBody(ctx huma.Context, next func(huma.Context)) {
	if ctx.Operation().RequestBody == nil {
		next(ctx)
		return
	}
	if ct := ctx.Header("Content-Type"); ct != "" {
		if media, _, err := mime.ParseMediaType(ct); err != nil || media != "application/json" {
			s.refuse(ctx, http.StatusUnsupportedMediaType, "Send the body as Content-Type: application/json.")
			return
		}
	}
	c := humaecho.Unwrap(ctx)
	_ = ctx.SetReadDeadline(time.Now().Add(readTime)) // a writer without deadlines has no slow peer either
	body, err := io.ReadAll(http.MaxBytesReader(c.Response(), c.Request().Body, maxBody))
	if err != nil {
		status, words := unreadable(err)
		s.refuse(ctx, status, words)
		return
	}
	if status, where, words := scan(body); status != 0 {
		s.refuse(ctx, status, words, &huma.ErrorDetail{Location: where, Message: words})
		return
	}
	c.Request().Header.Set("Content-Type", "application/json")
	c.Request().Body = io.NopCloser(bytes.NewReader(body))
	next(ctx)
}

// unreadable says why a body did not arrive whole.
func unreadable(err error) (status int, words string) {
	var slow net.Error
	if refused, ok := errors.AsType[*echo.HTTPError](err); ok && refused.Code == http.StatusRequestEntityTooLarge {
		err = &http.MaxBytesError{}
	}
	switch _, large := errors.AsType[*http.MaxBytesError](err); {
	case large:
		return http.StatusRequestEntityTooLarge, fmt.Sprintf("The body is larger than %d bytes.", maxBody)
	case errors.As(err, &slow) && slow.Timeout():
		return http.StatusRequestTimeout, fmt.Sprintf("The body did not arrive within %v.", readTime)
	default:
		return http.StatusBadRequest, "The body broke off before its end."
	}
}

// scan goes over a body once: exactly one JSON value in valid UTF-8, neither too deep nor
// too long, without two equal names in an object, and with nothing in it that this API
// has nowhere: names that are not in small letters, numbers that are not whole or are endless. A status
// of 0 means that all is well.
func scan(body []byte) (status int, where, words string) {
	decoder := jsontext.NewDecoder(bytes.NewReader(body))
	for count := 0; ; count++ {
		ended := count > 0 && decoder.StackDepth() == 0
		token, err := decoder.ReadToken()
		switch {
		case err == io.EOF && ended:
			return 0, "", ""
		case err == io.EOF:
			return http.StatusBadRequest, "body", "The body is empty. Send one JSON object."
		case err != nil:
			where, words = malformed(err)
			return http.StatusBadRequest, where, words
		case ended:
			return http.StatusBadRequest, "body", "Something follows after the end of the JSON value."
		case decoder.StackDepth() > maxDepth:
			return http.StatusBadRequest, "body", fmt.Sprintf("The JSON is nested deeper than %d.", maxDepth)
		case count >= maxTokens:
			return http.StatusRequestEntityTooLarge, "body", fmt.Sprintf("The JSON has more than %d names and values.", maxTokens)
		}
		if words = foreign(decoder, token); words != "" {
			return http.StatusUnprocessableEntity, location(decoder.StackPointer()), words
		}
	}
}

// foreign says what is wrong with a token that is good JSON but that no field of this
// API could take.
func foreign(decoder *jsontext.Decoder, token jsontext.Token) string {
	switch in, length := decoder.StackIndex(decoder.StackDepth()); {
	case token.Kind() == '0' && (len(token.String()) > maxDigits || strings.Trim(token.String(), "-0123456789") != ""):
		return fmt.Sprintf("Give a whole number of at most %d digits.", maxDigits)
	case token.Kind() == '"' && in == '{' && length%2 == 1 && strings.Trim(token.String(), "abcdefghijklmnopqrstuvwxyz0123456789_") != "":
		return noField
	}
	return ""
}

// malformed puts the decoder's complaint into words.
func malformed(err error) (where, words string) {
	bad, ok := errors.AsType[*jsontext.SyntacticError](err)
	switch {
	case !ok:
		return "body", "The body is not valid JSON."
	case errors.Is(err, jsontext.ErrDuplicateName):
		return location(bad.JSONPointer), "This name stands twice in one object."
	default:
		return location(bad.JSONPointer), fmt.Sprintf("The body is not valid JSON: %v, after byte %d.", bad.Err, bad.ByteOffset)
	}
}

// location turns a JSON pointer into the manner in which all problems name a place:
// "/lines/0/product" is "body.lines[0].product".
func location(pointer jsontext.Pointer) string {
	var b strings.Builder
	b.WriteString("body")
	for part := range pointer.Tokens() {
		if strings.Trim(part, "0123456789") == "" {
			b.WriteString("[" + part + "]")
		} else {
			b.WriteString("." + part)
		}
	}
	return b.String()
}
