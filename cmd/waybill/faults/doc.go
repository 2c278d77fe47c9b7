// Package faults holds no program. Its tests run Waybill as people run it, several processes on real
// Redis servers, hurt what they stand on while customers order without pause, and then count: how many
// orders were acknowledged, how many are found, doubled, lost or oversold, and what the longest answer took.
//
// `make test` runs every round in its short form. `make test-faults` runs them long.
package faults
