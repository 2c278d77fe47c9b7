package journal

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"

	"go.etcd.io/bbolt"

	"waybill/store"
)

// Unwanted is an order of which this node knows the customer's link only, and that the customer wants no
// more: another node has accepted it. It is cancelled when Redis has it.
type Unwanted struct {
	Number store.Number // as the link tells it
	Token  string
	store.Cancellation
}

// Unwant notes it: durable. The first cancellation of an order counts. Unavailable when the disk fails, and when
// another link's order of the same number is to be cancelled: only Redis can tell which of them there is.
func (j *Journal) Unwant(ctx context.Context, u Unwanted) error {
	return j.write(ctx, "do without order "+u.Number.String(), func(tx *bbolt.Tx) error {
		if value := tx.Bucket(bucketUnwanted).Get(numberKey(u.Number)); value != nil {
			var noted Unwanted
			if err := json.Unmarshal(value, &noted); err != nil || noted.Token != u.Token {
				return store.Errorf(store.Unavailable, "This order cannot be cancelled before our records can be reached again. Please try again in a few minutes.")
			}
			return nil
		}
		return tx.Bucket(bucketUnwanted).Put(numberKey(u.Number), mustEncode(u))
	})
}

// Unwanted gives what was noted, those after a number, at most limit.
func (j *Journal) Unwanted(after store.Number, limit int) []Unwanted {
	var list []Unwanted
	_ = j.db.View(func(tx *bbolt.Tx) error {
		cursor := tx.Bucket(bucketUnwanted).Cursor()
		for key, value := cursor.Seek(numberKey(after + 1)); key != nil && len(list) < limit; key, value = cursor.Next() {
			var u Unwanted
			if err := json.Unmarshal(value, &u); err != nil {
				return fmt.Errorf("order %d: %w", binary.BigEndian.Uint64(key), err)
			}
			list = append(list, u)
		}
		return nil
	})
	return list
}

// UnwantedOf gives what was noted of an order; false when nothing was.
func (j *Journal) UnwantedOf(n store.Number) (u Unwanted, ok bool) {
	_ = j.db.View(func(tx *bbolt.Tx) error {
		value := tx.Bucket(bucketUnwanted).Get(numberKey(n))
		ok = value != nil && json.Unmarshal(value, &u) == nil
		return nil
	})
	return u, ok
}

// Settle forgets the note of an order, soon: after a power cut it may be there again, and cancelling twice
// changes nothing.
func (j *Journal) Settle(n store.Number) {
	j.writer.later(func(tx *bbolt.Tx) error { return tx.Bucket(bucketUnwanted).Delete(numberKey(n)) }, nil)
}
