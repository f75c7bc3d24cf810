package signout

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/wafer-go/wafer/internal/integration/everystore"
	"github.com/wafer-go/wafer/store/redisstore"
)

// A slow sign-out sends those commands of a pipeline last that work on one key, and calls between
// before them.
type slow struct {
	key     string
	between func()
}

func (s *slow) DialHook(next redis.DialHook) redis.DialHook { return next }

func (s *slow) ProcessHook(next redis.ProcessHook) redis.ProcessHook { return next }

func (s *slow) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		last := func(cmd redis.Cmder) bool { return slices.Contains(cmd.Args(), any(s.key)) }
		first := slices.DeleteFunc(slices.Clone(cmds), last)
		cmds = slices.DeleteFunc(slices.Clone(cmds), func(cmd redis.Cmder) bool { return !last(cmd) })
		if len(first) == 0 || len(cmds) == 0 {
			return next(ctx, slices.Concat(first, cmds))
		}
		_ = next(ctx, first) // each command has its own error
		s.between()
		return next(ctx, cmds)
	}
}

// redisstore signs a user out in one part of the records after the other. A device that renews its
// session after all parts but its own, as often as it likes, is signed out with its own.
func TestSignOutEverywhere_NoRenewalLeavesAPartOfTheRecords(t *testing.T) {
	for _, kind := range everystore.Kinds {
		if !strings.HasPrefix(kind.Name, "Redis") {
			continue
		}
		t.Run(kind.Name, func(t *testing.T) {
			client, scout := dial(t, os.Getenv(kind.Variable)), dial(t, os.Getenv(kind.Variable))
			name := fmt.Sprintf("parts_%d_%d", os.Getpid(), time.Now().UnixNano())
			s := new(site)
			for _, c := range []redis.UniversalClient{client, scout} {
				st, err := redisstore.New(c, &redisstore.Options{Prefix: name + ":"})
				if err != nil {
					t.Fatal(err)
				}
				s.add(t, st)
			}
			d := s.signedIn(t, "ann")
			var index string
			eachKey(t, scout, name+":*:owner:ann", func(key string) { index = key })
			renewals := 0
			client.AddHook(&slow{index, func() {
				for range 8 {
					if code, body := d.ask("/renew"); code != http.StatusOK {
						t.Errorf("a renewal is answered with %d: %s", code, body)
					}
					renewals++
				}
			}})
			if n, err := s.managers[0].SignOutEverywhere(t.Context(), "ann"); n != 1 || err != nil {
				t.Errorf("SignOutEverywhere ended %d sessions, error %v", n, err)
			}
			if still, _ := d.who(t); still != "" || renewals != 8 {
				t.Errorf("the device that renewed its session %d times is signed in as %q", renewals, still)
			}
		})
	}
}
