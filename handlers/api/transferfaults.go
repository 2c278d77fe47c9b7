package api

import (
	"context"
	"fmt"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"waybill/store"
)

// wish is what one warehouse asks of another.
func (in *askInput) wish(v visit) store.Ask {
	return store.Ask{To: in.Warehouse, From: in.Body.From, Product: in.Body.Product, Units: in.Body.Quantity, Key: SumOf("api " + v.key.Name + " " + in.Key)}
}

// askField says where a field of an ask stands in the request.
func askField(field string) string {
	switch field {
	case "units":
		return "body.quantity"
	case "key":
		return keyPlace
	}
	return "body." + field
}

// further names warehouses and products that the shop does not have.
func (in *askInput) further(ctx context.Context, s *server) []*huma.ErrorDetail {
	directory, err := s.Store.Directory(ctx)
	if err != nil {
		return nil
	}
	return details(fieldsOf(in.wish(visitOf(ctx)).Check(directory)), askField)
}

// further names what is sent of what was not asked for, and a reason that is missing.
func (in *sendInput) further(ctx context.Context, s *server) []*huma.ErrorDetail {
	t, err := s.Store.Transfer(ctx, in.Transfer)
	if err != nil || t.State != store.TransferRequested {
		return nil
	}
	faults := beyond("lines", in.Body.Lines, t.Lines, "can be sent")
	if in.Body.Reason == "" && len(store.Less(t.Lines, linesOf(in.Body.Lines))) > 0 {
		faults = append(faults, &huma.ErrorDetail{Location: "body.reason", Message: "Less is sent than was asked for: say why."})
	}
	return faults
}

// further names what has come of what was not sent, and a note that is missing.
func (in *comeInput) further(ctx context.Context, s *server) []*huma.ErrorDetail {
	t, err := s.Store.Transfer(ctx, in.Transfer)
	if err != nil || t.State != store.TransferSent {
		return nil
	}
	good := linesOf(in.Body.Lines)
	faults := beyond("lines", in.Body.Lines, t.Lines, "can have come")
	faults = append(faults, beyond("damaged", in.Body.Damaged, store.Less(t.Lines, good), "can have come damaged")...)
	if in.Body.Note == "" && (len(in.Body.Damaged) > 0 || len(store.Less(t.Lines, good)) > 0) {
		faults = append(faults, &huma.ErrorDetail{Location: "body.note", Message: "Say in a few words what happened to the rest."})
	}
	return faults
}

// beyond says at its first line of which product a list has more than there can be. Lines of the same product
// are added up.
func beyond(list string, lines []receiptLine, most []store.Line, what string) []*huma.ErrorDetail {
	var faults []*huma.ErrorDetail
	for _, line := range linesOf(lines) {
		at := slices.IndexFunc(lines, func(l receiptLine) bool { return l.Product == line.Product })
		where, units := fmt.Sprintf("body.%s[%d]", list, at), store.Quantity(most, line.Product)
		switch {
		case line.Quantity <= units:
		case units == 0:
			faults = append(faults, &huma.ErrorDetail{Location: where + ".product", Message: "None of this " + what + "."})
		default:
			faults = append(faults, &huma.ErrorDetail{Location: where + ".quantity", Message: fmt.Sprintf("Only %d %s.", units, what)})
		}
	}
	return faults
}
