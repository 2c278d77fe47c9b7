package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"waybill/store/engine"
	"waybill/store/rdb"
)

// inMemory is the --redis that asks for a Redis in this process.
const inMemory = "memory"

// logger writes to stderr, from the asked-for level on.
func (c common) logger() (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		return nil, fmt.Errorf("--log-level: %w", err)
	}
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level})), nil
}

func (c common) zone() (*time.Location, error) {
	zone, err := time.LoadLocation(c.Zone)
	if err != nil {
		return nil, fmt.Errorf("--zone: %q is not a time zone; they look like Europe/Warsaw", c.Zone)
	}
	return zone, nil
}

// engine says which Redis was asked for.
func (c common) engine(log *slog.Logger) engine.Options {
	options := engine.Options{URL: c.Redis, DataDir: c.DataDir, Log: log}
	if c.Redis == inMemory {
		options.URL, options.Memory = "", true
	}
	return options
}

// join is open for a command that may work beside a running shop: it talks to that one's
// Redis. It makes nothing: where there is no shop, it says so.
func (c common) join(ctx context.Context, log *slog.Logger) (*engine.Engine, error) {
	if _, err := os.Stat(c.DataDir); c.Redis == "" && err != nil {
		return nil, fmt.Errorf("there is no shop in %s: name its --data-dir or its --redis", c.DataDir)
	}
	redis, err := engine.Open(ctx, c.engine(log))
	if taken, ok := errors.AsType[*engine.InUseError](err); ok && taken.Address != "" {
		return engine.Open(ctx, engine.Options{URL: taken.Address, Log: log})
	}
	return redis, err
}

// onStore does something with the shop's memory, beside a running shop or without one.
func (c common) onStore(ctx context.Context, do func(*rdb.Store) error) error {
	log, err := c.logger()
	if err != nil {
		return err
	}
	zone, err := c.zone()
	if err != nil {
		return err
	}
	redis, err := c.join(ctx, log)
	if err != nil {
		return err
	}
	defer closeEngine(redis, log)
	partitions, err := rdb.Partitions(ctx, redis.Client())
	if err != nil {
		return err
	}
	return do(newStore(redis, partitions, zone, log))
}

// closeEngine ends Redis, if it is ours, and says so if it would not end.
func closeEngine(redis *engine.Engine, log *slog.Logger) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := redis.Close(ctx); err != nil {
		log.Error("redis did not end well", "error", err)
	}
}

// newStore puts the shop's memory on a Redis in which it is spread over so many partitions. What a command
// has settings for, it adds.
func newStore(redis *engine.Engine, partitions int, zone *time.Location, log *slog.Logger, settings ...func(*rdb.Options)) *rdb.Store {
	options := rdb.Options{Now: time.Now, Zone: zone, Log: log, NewID: rand.Text, Listening: redis.Listening(), Partitions: partitions}
	for _, set := range settings {
		set(&options)
	}
	return rdb.New(redis.Client(), options)
}
