// Package store is the domain of Waybill: what an order, a warehouse, a
// product and a transfer are, which steps an order may take, how it is routed
// and when it is promised.
//
// It imports nothing but the standard library and does no input or output, so
// every rule in it can be read, and tested, by itself. Package store/rdb keeps
// these things in Redis; handlers show them to people and programs.
//
// Conventions: quantities are whole units of a product; times are UTC unless a
// name says otherwise; distances are metres.
package store
