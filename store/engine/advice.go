package engine

import "context"

// Advice is what whoever runs this Redis should hear before a shop is served from it, "" for nothing. A
// Redis that was away when it was opened gets none.
func (e *Engine) Advice(ctx context.Context) string {
	if !e.cluster || e.away != nil {
		return ""
	}
	const setting = "cluster-require-full-coverage"
	found, err := e.listening.ConfigGet(ctx, setting).Result()
	if err != nil || found[setting] != "yes" {
		return ""
	}
	return "while one part of this cluster is away, the others refuse to work too: set " + setting + " to no on all its nodes"
}
