// Package rdb keeps the domain in Redis, by the key names and commands that outside
// programs use too (see keys.go).
//
// One file holds one flow, named after what a person would call it: place.go, pack.go,
// ready.go, pickup.go, deliver.go, transfer.go, count.go. Three boundaries change
// atomically: an order by WATCH / MULTI / EXEC (tx.go), a warehouse's stock by a Lua
// script (scripts.go, lua/), a transfer by WATCH / MULTI / EXEC (transfer.go). What crosses
// a boundary is made of steps that may each run twice: settle.go finishes whatever a flow,
// or a crash in the middle of it, has left to do, and reconcile.go repairs what outsiders
// and faults have done to the lists.
package rdb
