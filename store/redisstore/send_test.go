package redisstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9"
)

// said is what a server answers.
type said string

func (s said) Error() string { return string(s) }
func (said) RedisError()     {}

// A failing client of a Cluster gets one error for each command, and counts.
type failing struct {
	redis.UniversalClient
	err           error
	sent, reloads int
}

func (f *failing) Process(_ context.Context, cmd redis.Cmder) error {
	f.sent++
	cmd.SetErr(f.err)
	return f.err
}

func (f *failing) ReloadState(context.Context) { f.reloads++ }

// What certainly did not run is sent again after pauses that grow and are bounded. What the server
// refused is not. Unless the server refused it, another one may have taken over.
func TestSend_TriesAgain(t *testing.T) {
	const slotMoves = said("TRYAGAIN Multiple keys request during rehashing of slot")
	for _, test := range []struct {
		err           error
		sent, reloads int
		pauses        time.Duration // each may be half as long again
		lost          bool
	}{
		{err: &net.OpError{Op: "dial", Err: io.EOF}, sent: 4, reloads: 4, pauses: (8 + 32 + 128) * time.Millisecond},
		{err: said("LOADING Redis is loading the dataset in memory"), sent: 4, reloads: 4, pauses: (8 + 32 + 128) * time.Millisecond},
		{err: slotMoves, sent: 40, reloads: 40, pauses: (8 + 32 + 37*128) * time.Millisecond},
		{err: &net.OpError{Op: "read", Err: errors.New("connection reset by peer")}, sent: 4, reloads: 4, pauses: (8 + 32 + 128) * time.Millisecond, lost: true},
		{err: io.EOF, sent: 4, reloads: 4, pauses: (8 + 32 + 128) * time.Millisecond, lost: true},
		{err: &net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}, sent: 1, reloads: 1},
		{err: redis.ErrClosed, sent: 1, reloads: 1},
		{err: said("WRONGTYPE Operation against a key"), sent: 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			client := &failing{err: test.err}
			s := must(New(client, &Options{Unchecked: true}))(t)
			start := time.Now()
			a, err := s.send(t.Context(), deleteScript, []string{s.recordKey(randomID())}, nil)
			if !errors.Is(err, test.err) || (a.lost != nil) != test.lost {
				t.Errorf("after %v, it returned %v, and an answer was lost: %v", test.err, err, a.lost)
			}
			if client.sent != test.sent || client.reloads != test.reloads {
				t.Errorf("after %v, it sent %d times, and asked %d times who serves", test.err, client.sent, client.reloads)
			}
			if took := time.Since(start); took < test.pauses || took > test.pauses*3/2 {
				t.Errorf("after %v, the pauses were %v", test.err, took)
			}
		})
	}
}

func TestSend_ThatIsCanceledInAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := &failing{err: io.EOF}
		s := must(New(client, &Options{Unchecked: true}))(t)
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		start := time.Now()
		a, err := s.send(ctx, deleteScript, []string{s.recordKey(randomID())}, nil)
		if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, io.EOF) || !errors.Is(a.lost, io.EOF) {
			t.Errorf("it returned %v, and an answer was lost: %v", err, a.lost)
		}
		if took := time.Since(start); took != 20*time.Millisecond || client.sent != 2 {
			t.Errorf("it sent %d times, and ended after %v", client.sent, took)
		}
	})
}

func TestUnanswered_IsWhatMayHaveBeenCarriedOut(t *testing.T) {
	for err, want := range map[error]bool{
		io.EOF:                                         true,
		&net.OpError{Op: "read", Err: io.EOF}:          true,
		&net.OpError{Op: "dial", Err: io.EOF}:          false,
		said("NOSCRIPT No matching script"):            false,
		said("OOM command not allowed when used"):      false,
		said("CLUSTERDOWN The cluster is down"):        false,
		fmt.Errorf("%w: a pool", redis.ErrPoolTimeout): false,
	} {
		if got := unanswered(err); (got != nil) != want || want && got != err {
			t.Errorf("of %v, it returned %v", err, got)
		}
	}
}
