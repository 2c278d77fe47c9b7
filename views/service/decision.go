package service

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"waybill/store"
	"waybill/views/ui"
)

// candidates draws up every warehouse of a routing decision, the chosen one first.
func candidates(plan store.Plan, noAddress bool, scene Scene) []Candidate {
	list := make([]Candidate, len(plan.Candidates))
	for i, c := range plan.Candidates {
		list[i] = candidate(c, i == 0, noAddress, scene)
		if i == 0 && len(c.Sources) == 0 { // a plan from before candidates told their sources
			list[i].From = from(plan.Sources, plan.Assembly, scene)
		}
	}
	return list
}

func candidate(c store.Candidate, chosen, noAddress bool, scene Scene) Candidate {
	out := Candidate{
		ID: c.Warehouse, Name: scene.Directory.WarehouseName(c.Warehouse), Transfers: strconv.Itoa(c.Transfers),
		Lost: named(c.Lost, scene.Directory), Held: c.Held, Chosen: chosen, Distance: kilometres(c.Distance), Date: "–",
		From: from(c.Sources, c.Warehouse, scene),
	}
	if noAddress {
		out.Distance = "unknown"
	}
	if !c.PromisedAt.IsZero() {
		out.Date = store.BriefDay(c.PromisedAt.In(scene.Zone))
	}
	switch {
	case c.AtLeast:
		out.Transfers, out.From = "at least "+out.Transfers, []string{"not worked out"}
		if !c.PromisedAt.IsZero() {
			out.Date += " at best"
		}
	case c.Rough:
		out.Transfers = "at most " + out.Transfers
	}
	return out
}

// from says what would come from where.
func from(sources []store.Source, assembly string, scene Scene) []string {
	words := make([]string, len(sources))
	for i, source := range sources {
		words[i] = scene.Directory.Goods(source.Lines) + " from " + scene.Directory.WarehouseName(source.Warehouse)
		if source.Warehouse == assembly {
			words[i] = scene.Directory.Goods(source.Lines) + " from here"
		}
	}
	return words
}

// named puts the towns into a reason where it names warehouses by their ids. Longer ids come
// first, so that warehouse10 is not taken for warehouse1.
func named(reason string, d store.Directory) string {
	ids := slices.Clone(d.WarehouseIDs)
	slices.SortFunc(ids, func(a, b string) int { return len(b) - len(a) })
	var pairs []string
	for _, id := range ids {
		pairs = append(pairs, id, d.WarehouseName(id))
	}
	return strings.NewReplacer(pairs...).Replace(reason)
}

// whatIfOf is where an order can be decided anew, with all that matters filled in.
func whatIfOf(o store.Order) string {
	if len(o.Lines) == 0 {
		return ""
	}
	query := url.Values{}
	for _, line := range o.Lines {
		query.Add("product", line.Product)
		query.Add("quantity", strconv.Itoa(line.Quantity))
	}
	a := o.Recipient.Address
	for name, value := range map[string]string{"city": a.City, "postal_code": a.PostalCode, "country": a.Country, "speed": string(o.Speed)} {
		if value != "" {
			query.Set(name, value)
		}
	}
	return WhatIfPath + "?" + query.Encode()
}

// decided says in one sentence what was decided.
func decided(plan store.Plan, scene Scene) string {
	arrives := plan.PromisedAt.In(scene.Zone)
	leaves := ""
	if day, err := time.Parse(time.DateOnly, string(plan.LeavesOn)); err == nil {
		leaves = "leaves on " + ui.Day(day) + ", "
	}
	return fmt.Sprintf("Assembled in %s, %sarrives on %s, by %s.", scene.Directory.WarehouseName(plan.Assembly), leaves, ui.Day(arrives), ui.Clock(arrives))
}
