package main

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"waybill/handlers/page"
	"waybill/store"
	"waybill/store/demo"
)

// opened is the mark of a Redis in which a shop has been served.
const opened = "opened"

// welcome makes the shop ready to take orders and then says where it is and how to get in.
func (h *house) welcome(ctx context.Context, stdout io.Writer) error {
	way, err := []string(nil), h.redis.Away()
	held := h.heldFor()
	if err == nil && len(held) == 0 {
		err = h.recalled(ctx)
	}
	switch {
	case err != nil:
	case len(held) > 0:
		way = held
	default:
		way, err = h.prepare(ctx)
	}
	if h.redis.Away() != nil || h.copes(err) {
		way, err = h.withoutRedis(), nil
	}
	if err != nil {
		return err
	}
	h.begun.Store(true)
	lines := []string{
		fmt.Sprintf("Waybill is running, after %.1f s.", time.Since(h.started).Seconds()), "",
		"  Shop      " + h.base.String(),
		"  Sign in   " + h.base.String() + "/signin",
	}
	if len(way) > 0 {
		lines = append(append(lines, ""), way...)
	}
	if notice := h.redis.Notice(); notice != "" {
		lines = append(lines, "", "  "+notice)
	}
	lines = append(lines, "", "  Ctrl-C stops it.")
	_, err = fmt.Fprintln(stdout, strings.Join(lines, "\n"))
	return err
}

// prepare makes Redis ready for the shop, and the shop ready to do without Redis. It says how to get in.
func (h *house) prepare(ctx context.Context) ([]string, error) {
	if h.command.Demo {
		if err := h.loadDemo(ctx); err != nil {
			return nil, err
		}
	}
	if err := h.store.Mark(ctx, opened); err != nil {
		return nil, err
	}
	if err := h.standby.Look(ctx); err != nil {
		return nil, err
	}
	if h.command.Demo {
		directory, err := h.store.Directory(ctx)
		return h.people(directory), err
	}
	return h.firstAccount(ctx)
}

// people lists whom one can be in the demo.
func (h *house) people(directory store.Directory) []string {
	lines := []string{"  One click at the sign-in page makes you one of these:"}
	for _, account := range demo.Accounts() {
		lines = append(lines, fmt.Sprintf("    %-28s %s%s", account.Name+", "+page.WorkWords(account, directory), h.base, page.Home(account)))
	}
	return lines
}

// withoutRedis says what works while Redis is away.
func (h *house) withoutRedis() []string {
	return []string{
		"  Redis is away: " + h.redis.Address(),
		"  Orders are taken and kept here until it is back. Pages for staff need it.",
	}
}

// loadDemo loads the demo shop, again while a busy machine keeps Redis from answering in time: a load that
// stopped half way may be run again.
func (h *house) loadDemo(ctx context.Context) error {
	for try := 1; ; try++ {
		err := demo.Load(ctx, h.store)
		if store.KindOf(err) != store.Unavailable || try == demoTries || h.standby.Ready() {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(demoPause):
		}
	}
}

const (
	demoTries = 5
	demoPause = 6 * time.Second // longer than an order that was begun is left to whoever began it
)

// firstAccount says how the first account is made, nothing if somebody can sign in. People of the demo have
// no password: where they are not signed in by one click, none of them gets in.
func (h *house) firstAccount(ctx context.Context) ([]string, error) {
	accounts, err := h.store.Accounts(ctx)
	if err != nil || slices.ContainsFunc(accounts, func(a store.Account) bool { return a.Hash != "" }) {
		return nil, err
	}
	token, err := h.setup.Issue(ctx)
	if err != nil {
		return nil, err
	}
	says := "  There is no account yet. Make the first one here; the link works once, within a day:"
	if len(accounts) > 0 {
		says = "  This shop's people are those of the demo: they get in with --demo only. Make the first account with a\n" +
			"  password here; the link works once, within a day:"
	}
	return []string{says, "    " + h.base.String() + "/setup?" + url.Values{"token": {token}}.Encode()}, nil
}
