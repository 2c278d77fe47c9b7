package api

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"waybill/store"
)

// furtherBudget is how long the shop may take to find more wrong with a request that is refused already.
const furtherBudget = 300 * time.Millisecond

// judged is an input with which the shop, too, may find fault: all of it can be read, and not all of it can be had.
type judged interface {
	// further names what the shop would refuse of it, as far as it answers now; of a place that was named
	// before it has the better words. Nothing is changed by asking.
	further(ctx context.Context, s *server) []*huma.ErrorDetail
}

// asking is how an input comes to those who answer for it before any handler is reached.
type asking struct{ input judged }

// takes remembers what a request asks for. Each input calls it from its Resolve.
func (v visit) takes(in judged) {
	if v.asking != nil {
		v.asking.input = in
	}
}

// further asks the shop what else is wrong with a request that is refused, so that one answer names
// everything. It is not asked while all is well so far, for then the shop itself answers.
func (s *server) further(ctx context.Context) []*huma.ErrorDetail {
	v := visitOf(ctx)
	if v.asking == nil || v.asking.input == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, furtherBudget)
	defer cancel()
	return v.asking.input.further(ctx, s)
}

// refused is problem for a request of which the shop may have told the first fault only.
func (s *server) refused(ctx context.Context, err error, rename func(string) string) error {
	answer := s.problem(ctx, err, rename)
	if p, ok := answer.(*problem); ok {
		for _, detail := range s.further(ctx) {
			if !slices.ContainsFunc(p.Errors, func(e *huma.ErrorDetail) bool { return e.Location == detail.Location }) {
				p.Errors = append(p.Errors, detail)
			}
		}
	}
	return answer
}

// unknownProducts says which lines name what this shop does not have, as far as it can be asked now. Those
// that cannot be products at all are told already.
func (s *server) unknownProducts(ctx context.Context, lines []receiptLine) []*huma.ErrorDetail {
	directory, err := s.Store.Directory(ctx)
	if err != nil {
		return nil
	}
	var all []*huma.ErrorDetail
	for i, line := range lines {
		if _, known := directory.Products[line.Product]; !known && store.ValidID(line.Product) {
			all = append(all, &huma.ErrorDetail{Location: fmt.Sprintf("body.lines[%d].product", i), Message: fmt.Sprintf("There is no product %s in this shop.", line.Product)})
		}
	}
	return all
}

// fieldsOf gives the messages by field of an error; none of one that has none.
func fieldsOf(err error) map[string]string {
	if e, ok := errors.AsType[*store.Error](err); ok {
		return e.Fields
	}
	return nil
}
