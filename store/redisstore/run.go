package redisstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// maxTries is how often a script is sent, at most, if a server or a connection failed.
	maxTries = 4

	// movingTries is the same while the slot moves to another server and its keys are on both: for
	// about five seconds.
	movingTries = 40

	// firstPause is how long the second try waits; each more waits four times as long, at most
	// maxPause, and up to half as long again.
	firstPause = 8 * time.Millisecond
	maxPause   = 128 * time.Millisecond
)

// A once is a command that the client does not send again by itself: whether
// it may have been carried out already has to be known here.
type once struct{ *redis.Cmd }

// NoRetry returns true.
func (once) NoRetry() bool { return true }

// Clone returns a copy.
func (c once) Clone() redis.Cmder { return once{c.Cmd.Clone().(*redis.Cmd)} }

// A fate is what became of a command that failed.
type fate int

const (
	refused   fate = iota // the server answered, or the time is over
	notRun                // no server has carried it out, and one might soon
	unknowing             // the connection broke: perhaps it was carried out
)

func fateOf(err error) fate {
	var dial *net.OpError
	switch {
	case errors.As(err, &dial) && dial.Op == "dial", errors.Is(err, redis.ErrPoolTimeout),
		redis.IsLoadingError(err), redis.IsReadOnlyError(err), redis.IsMasterDownError(err), redis.IsNoReplicasError(err),
		redis.IsClusterDownError(err), redis.IsTryAgainError(err), redis.IsMaxClientsError(err):
		return notRun
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), errors.Is(err, redis.ErrClosed):
		return refused
	}
	var network net.Error
	if errors.As(err, &network) && network.Timeout() {
		return refused // to wait as long again would not help
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &network) {
		return unknowing
	}
	return refused
}

// unanswered returns an error after which a command may have been carried out, else nil.
func unanswered(err error) error {
	var said redis.Error
	if errors.As(err, &said) || fateOf(err) == notRun {
		return nil
	}
	return err
}

// An answer is what a script returned.
type answer struct {
	text  string
	slice []any // of loadScript and cutScript

	// lost is the error of an earlier try, if that may have been carried out.
	lost error
}

// run runs a script, again if it asks for the index of a record's owner.
func (s *Store) run(ctx context.Context, sc *script, keys []string, args ...any) (answer, error) {
	var lost error
	for range maxTries {
		a, err := s.send(ctx, sc, keys, args)
		a.lost = cmp.Or(a.lost, lost)
		owner, asks := strings.CutPrefix(a.text, unsure)
		if err != nil || !asks {
			return a, err
		}
		lost = a.lost
		keys = append(keys[:len(keys):len(keys)], indexKey(keys[0][:len(keys[0])-recordKeyEnd], owner))
	}
	return answer{}, errors.New("the owner changed again and again")
}

// send sends a script, and again if it certainly did not run, or if its answer was lost: scripts
// know their own work.
func (s *Store) send(ctx context.Context, sc *script, keys []string, args []any) (answer, error) {
	var a answer
	pause := firstPause
	for try := 1; ; try++ {
		if err := ctx.Err(); err != nil {
			return a, err
		}
		reply, err := s.runOnce(ctx, sc, keys, args)
		if err == nil {
			a.text, _ = reply.(string)
			a.slice, _ = reply.([]any)
			return a, nil
		}
		became := fateOf(err)
		var said redis.Error
		if c, ok := s.client.(interface{ ReloadState(context.Context) }); ok && (became != refused || !errors.As(err, &said)) {
			// Another server may have taken over. The client asks of itself
			// only before a command that it may send again.
			c.ReloadState(ctx)
		}
		if became == unknowing {
			a.lost = err
		}
		tries := maxTries
		if redis.IsTryAgainError(err) {
			tries = movingTries
		}
		if became == refused || try >= tries {
			return a, err
		}
		timer := time.NewTimer(pause + rand.N(pause/2)) // #nosec G404 -- only spreads the tries
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return a, fmt.Errorf("%w: %w", ctx.Err(), err)
		}
		pause = min(4*pause, maxPause)
	}
}

// runOnce sends a script's name, and the script itself if the server does not
// know it: after a restart, or a failover.
func (s *Store) runOnce(ctx context.Context, sc *script, keys []string, args []any) (any, error) {
	cmd := sc.command(ctx, "evalsha", sc.sha, keys, args)
	err := s.client.Process(ctx, cmd)
	if redis.HasErrorPrefix(err, "NOSCRIPT") {
		cmd = sc.command(ctx, "eval", sc.source, keys, args)
		err = s.client.Process(ctx, cmd)
	}
	if err != nil {
		return nil, err
	}
	return cmd.Val(), nil
}

func (sc *script) command(ctx context.Context, name, which string, keys []string, args []any) once {
	all := make([]any, 0, 3+len(keys)+len(args))
	all = append(all, name, which, len(keys))
	for _, key := range keys {
		all = append(all, key)
	}
	cmd := redis.NewCmd(ctx, append(all, args...)...)
	cmd.SetFirstKeyPos(3)
	return once{cmd}
}
