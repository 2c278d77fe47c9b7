package engine

import (
	"context"

	"github.com/redis/go-redis/v9"
)

// cause is a hook that tells why Redis aborted a transaction: the refusal of one of its commands (it serves
// this key no more, it may not write), where the library only says that there was one.
type cause struct{}

func (cause) DialHook(next redis.DialHook) redis.DialHook          { return next }
func (cause) ProcessHook(next redis.ProcessHook) redis.ProcessHook { return next }

func (cause) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		err := next(ctx, cmds)
		if !redis.IsExecAbortError(err) {
			return err
		}
		for _, cmd := range cmds {
			if refusal := cmd.Err(); refusal != nil && !redis.IsExecAbortError(refusal) {
				return refusal
			}
		}
		return err
	}
}
