package store

// Identity says which shop this is, on all its nodes and in its Redis. The key is secret: links and
// idempotency keys are sealed with it.
type Identity struct{ ID, Key string }

// Whole tells whether both parts are known.
func (i Identity) Whole() bool { return i.ID != "" && i.Key != "" }
