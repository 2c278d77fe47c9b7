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
	var lines []string
	say := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	if h.command.Demo {
		if err := h.loadDemo(ctx); err != nil {
			return err
		}
	}
	directory, err := h.store.Directory(ctx)
	if err != nil {
		return err
	}
	if err := h.store.Mark(ctx, opened); err != nil {
		return err
	}
	h.healthy.Store(true)

	say("Waybill is running, after %.1f s.", time.Since(h.started).Seconds())
	say("")
	say("  Shop      %s", h.base)
	say("  Sign in   %s/signin", h.base)
	if h.command.Demo {
		say("")
		say("  One click at the sign-in page makes you one of these:")
		for _, account := range demo.Accounts() {
			say("    %-28s %s%s", account.Name+", "+page.WorkWords(account, directory), h.base, page.Home(account))
		}
	} else if link, err := h.firstAccount(ctx); err != nil {
		return err
	} else if link != "" {
		say("")
		say("  There is no account yet. Make the first one here; the link works once, within a day:")
		say("    %s", link)
	}
	if notice := h.redis.Notice(); notice != "" {
		say("")
		say("  %s", notice)
	}
	say("")
	say("  Ctrl-C stops it.")
	_, err = fmt.Fprintln(stdout, strings.Join(lines, "\n"))
	return err
}

// loadDemo loads the demo shop, again while a busy machine keeps Redis from answering in time: a load that
// stopped half way may be run again.
func (h *house) loadDemo(ctx context.Context) error {
	for try := 1; ; try++ {
		err := demo.Load(ctx, h.store)
		if store.KindOf(err) != store.Unavailable || try == demoTries {
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

// firstAccount gives the link by which the first account is made, "" if there is one. People
// of the demo, who have no password, do not count.
func (h *house) firstAccount(ctx context.Context) (string, error) {
	accounts, err := h.store.Accounts(ctx)
	if err != nil || slices.ContainsFunc(accounts, func(a store.Account) bool { return a.Hash != "" }) {
		return "", err
	}
	token, err := h.setup.Issue(ctx)
	if err != nil {
		return "", err
	}
	return h.base.String() + "/setup?" + url.Values{"token": {token}}.Encode(), nil
}
