package main

import (
	"net"
	"strings"
	"testing"
)

// TestNobodyWaitsForTheStart: an address that people know refuses them until the shop can answer, so that they
// go to another node; a port that somebody else has is told at once.
func TestNobodyWaitsForTheStart(t *testing.T) {
	other, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := reserve(t.Context(), other.Addr().String()); err == nil || !strings.Contains(err.Error(), "is in use already") {
		t.Errorf("a taken port: %v", err)
	}
	known := other.Addr().String()
	_ = other.Close()
	a, err := reserve(t.Context(), known)
	if err != nil {
		t.Fatal(err)
	}
	if conn, err := net.Dial("tcp", known); err == nil {
		_ = conn.Close()
		t.Error("somebody waits for the start")
	}
	if _, err := a.listen(t.Context()); err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", known)
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.Close()
	a.leave()

	chosen, err := reserve(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer chosen.leave()
	if again, err := net.Listen("tcp", chosen.at.String()); err == nil {
		_ = again.Close()
		t.Error("a port that the system chose was given up")
	}
}
