package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"syscall"
)

// address is where the shop is going to be.
type address struct {
	at   net.Addr
	held net.Listener // nil while anybody who comes is refused
}

// reserve makes sure that an address can be had. Nobody is let in before the shop can answer: whoever knows the
// address is refused at once, and goes to another node, instead of waiting for as long as the start takes. A
// port that the system chose is known to nobody, and is kept.
func reserve(ctx context.Context, wanted string) (*address, error) {
	listener, err := listen(ctx, wanted)
	if err != nil {
		return nil, err
	}
	a := &address{at: listener.Addr(), held: listener}
	if _, port, _ := net.SplitHostPort(wanted); port != "0" && port != "" {
		a.held = nil
		err = listener.Close()
	}
	return a, err
}

// listen lets people in. Whoever serves on it closes it.
func (a *address) listen(ctx context.Context) (net.Listener, error) {
	if a.held == nil {
		var err error
		if a.held, err = listen(ctx, a.at.String()); err != nil {
			return nil, err
		}
	}
	return a.held, nil
}

// leave gives the address up.
func (a *address) leave() {
	if a.held != nil {
		_ = a.held.Close() // it may be closed already
	}
}

// listen takes the address, or says in plain words that somebody else has it.
func listen(ctx context.Context, address string) (net.Listener, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s is in use already: stop the program that listens there, or choose another address with --addr", address)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s: %w", address, err)
	}
	return listener, nil
}

// baseURL begins every link to this shop: what was said, else where we listen.
func baseURL(said string, at net.Addr) (*url.URL, error) {
	if said == "" {
		host, port, err := net.SplitHostPort(at.String())
		if err != nil {
			return nil, err
		}
		if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
			host = "localhost"
		}
		return &url.URL{Scheme: "http", Host: net.JoinHostPort(host, port)}, nil
	}
	base, err := url.Parse(said)
	if err != nil || base.Scheme != "http" && base.Scheme != "https" || base.Host == "" || base.Path != "" && base.Path != "/" {
		return nil, errors.New("--url: it must look like https://shop.example, without a path")
	}
	base.Path = ""
	return base, nil
}
