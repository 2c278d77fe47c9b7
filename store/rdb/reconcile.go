package rdb

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"waybill/store"
)

// Repair is one thing that was not as it should be: what it was about, and what was done.
type Repair struct {
	Subject string // "order:126", "warehouse2"
	What    string // "restored its status key"
}

// Would says of a repair that was only looked for what it would do: "would restore its status key".
func (r Repair) Would() string {
	verb, rest, _ := strings.Cut(r.What, " ")
	verb, colon := strings.CutSuffix(verb, ":")
	if colon {
		rest = "it: " + rest
	}
	return "would " + cmp.Or(plainVerbs[verb], "have "+verb) + " " + rest
}

// plainVerbs turns the word with which each repair begins into what it would do.
var plainVerbs = map[string]string{
	"added": "add", "adopted": "adopt", "confirmed": "confirm", "counted": "count", "finished": "finish", "followed": "follow",
	"forgot": "forget", "freed": "free", "put": "put", "rebuilt": "rebuild", "removed": "remove", "restored": "restore",
	"settled": "settle", "told": "tell", "took": "take", "wrote": "write",
}

// finding is something that looks wrong. Two looks in a row have to see the very same before it is
// mended: a flow that is under way looks wrong for a moment too.
type finding struct {
	subject string
	what    string
	state   string // what was seen; a finding whose state moves on is a new one
	quiet   bool   // bookkeeping that nobody needs to read about
	mend    func(context.Context) error
}

func (f finding) key() string { return f.subject + "|" + f.what + "|" + f.state }

// reconciler compares what Redis holds with what must hold, and remembers what its last look saw.
// Status keys are the truth about orders; stock, reservations and ledger are the truth about a
// warehouse; lists and sets are repaired from them.
type reconciler struct {
	*Store
	closedOnly bool // it judges closed orders and books: another one judges what moves

	seen    map[string]bool
	failed  map[string]bool             // what could not be mended, so that it is logged once
	right   map[store.Number]uint64     // open orders that were as they should be: where they stood
	turn    int                         // looks at open orders so far
	closed  map[string]int64            // how long the lists of closed orders were
	loads   map[place]map[store.Day]int // as they were when a deep look began
	counted map[place]map[store.Day]int // orders that leave from today on, as it has counted them
}

// pass looks once, and mends what the look before has seen too. With dryRun it only tells: looking never
// writes. deep looks also at closed orders and for orders that stand in no list.
func (r *reconciler) pass(ctx context.Context, deep, dryRun bool) ([]Repair, error) {
	findings, err := r.look(ctx, deep)
	if err != nil {
		return nil, wrap("reconcile", err)
	}
	seen, failed := map[string]bool{}, map[string]bool{}
	var repairs []Repair
	for _, f := range findings {
		switch {
		case !r.seen[f.key()]:
			seen[f.key()] = true
			continue
		case !dryRun:
			switch err := r.mend(ctx, f); {
			case errors.Is(err, errNothingToDo):
				continue
			case err != nil:
				seen[f.key()], failed[f.key()] = true, true
				continue
			}
		}
		if !f.quiet {
			repairs = append(repairs, Repair{f.subject, f.what})
		}
	}
	r.seen, r.failed = seen, failed
	if !dryRun {
		r.noteRepairs(ctx, repairs)
	}
	return repairs, nil
}

// mend repairs one thing. errNothingToDo says that it was right by itself.
func (r *reconciler) mend(ctx context.Context, f finding) error {
	err := f.mend(ctx)
	switch {
	case err == nil && f.quiet:
	case err == nil:
		r.log.Info("repaired", "subject", f.subject, "what", f.what)
	case errors.Is(err, errNothingToDo):
	case !r.failed[f.key()]:
		r.log.Warn("could not repair, and goes on trying", "subject", f.subject, "what", f.what, "error", err)
	}
	return err
}

func (r *reconciler) look(ctx context.Context, deep bool) ([]finding, error) {
	directory, err := r.Directory(ctx)
	if err != nil {
		return nil, err
	}
	looks := []func(context.Context, store.Directory, bool) ([]finding, error){
		r.lookAtSteps, r.lookAtCorrections, r.lookAtOrders, r.lookAtShelves, r.lookAtReservations, r.lookAtBooks, r.lookAtQueues, r.lookAtLoads,
	}
	if r.closedOnly {
		looks = []func(context.Context, store.Directory, bool) ([]finding, error){r.lookAtOrders, r.lookAtBooks, r.lookAtQueues, r.lookAtLoads}
	}
	var all []finding
	for _, look := range looks {
		findings, err := look(ctx, directory, deep)
		if err != nil {
			return nil, err
		}
		all = append(all, findings...)
	}
	return all, nil
}

// twoLooks is the time between the two looks of one Reconcile.
const twoLooks = 1200 * time.Millisecond

// Reconcile looks at everything twice and mends what both looks saw; with dryRun it only tells. It may
// run beside a working shop. A second Reconcile finds nothing that the first could mend.
func (s *Store) Reconcile(ctx context.Context, dryRun bool) ([]Repair, error) {
	r := &reconciler{Store: s}
	if _, err := r.pass(ctx, true, true); err != nil {
		return nil, err
	}
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(twoLooks):
	}
	return r.pass(ctx, true, dryRun)
}
