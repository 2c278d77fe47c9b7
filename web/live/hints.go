package live

import "context"

// Unread is the revision of a resource that lies in a part of the store that is
// away. Pages that show it say so; the others are not concerned.
const Unread = "unread"

// Hints is what the hub must know of the store: which resources change. A
// resource goes by the name of its channel (`order:123`, `warehouse:warehouse1`).
// All methods may be called at once from several goroutines.
type Hints interface {
	// Revisions returns one text for each channel, which differs after each
	// change of that resource. With no channels it only tells whether the store
	// answers. An error means that the store could not be read; Unread stands for
	// a channel that could not while others could.
	Revisions(ctx context.Context, channels []string) ([]string, error)
	// Watch asks to hear of a channel, Unwatch ends it. Neither blocks.
	Watch(channel string)
	Unwatch(channel string)
	// Listen runs until ctx ends. It calls changed for each hint, standing when
	// the subscription of a watched channel has begun, reachable(true) when
	// everything watched is subscribed and reachable(false) when hints may have
	// been missed. The functions do not block.
	Listen(ctx context.Context, changed, standing func(channel string), reachable func(up bool)) error
}
