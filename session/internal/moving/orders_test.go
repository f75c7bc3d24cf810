package moving_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/internal/moving"
	"github.com/wafer-go/wafer/session/internal/record"
	"github.com/wafer-go/wafer/session/internal/record/recordtest"
	"github.com/wafer-go/wafer/store/memstore"
)

// These tests do what the model internal/simulation/model/migration.pml describes, with the code
// itself: requests on servers of two kinds work on one session that moves, and each call of a store
// is a step. The orders of the steps are tried.

var errStopped = errors.New("the server has stopped")

// A turn is one request, whose calls of stores wait until it is their turn.
type turn struct {
	name  string
	asks  chan bool // false at the end
	goes  chan bool // false if the server has stopped
	ended bool
	err   error
}

type turnKey struct{}

// step does one step of a request, up to its next call of a store.
func (u *turn) step(goes bool) {
	u.goes <- goes
	u.ended = !<-u.asks
}

// wait waits for the turn of a request, if the call of a store is a request's.
func wait(ctx context.Context) {
	if u, ok := ctx.Value(turnKey{}).(*turn); ok {
		u.asks <- true
		if !<-u.goes {
			u.err = errStopped
			runtime.Goexit()
		}
	}
}

// A moved session is one that servers of two kinds share: those that prefer a, and those that prefer
// b.
type moved struct {
	servers map[string]driver.Driver
	value   string
}

func newMoved(t *testing.T) *moved {
	t.Helper()
	a, b := record.Stored(recordtest.Before{Store: memstore.New(nil), Do: wait}), record.Stored(recordtest.Before{Store: memstore.New(nil), Do: wait})
	m := &moved{servers: map[string]driver.Driver{}}
	for name, backend := range map[string]driver.Backend{"a": moving.Backend(a, b), "b": moving.Backend(b, a)} {
		d, err := backend.Open(driver.Config{CookieName: "s", MaxCookieSize: 4096})
		if err != nil {
			t.Fatal(err)
		}
		m.servers[name] = d
	}
	value, _, err := m.servers["a"].Save(context.Background(), nil, write(driver.Snapshot{}, "{}"))
	if err != nil {
		t.Fatal(err)
	}
	m.value = string(value)
	return m
}

func write(from driver.Snapshot, payload string) driver.Write {
	now := time.Now()
	return driver.Write{From: from, Payload: []byte(payload), At: now, Expires: now.Add(time.Hour), Owner: "ada"}
}

// with adds a value to a payload.
func with(payload, word string) string {
	return strings.TrimSuffix(strings.TrimSuffix(payload, "}"), ",") + map[bool]string{true: ",", false: ""}[payload != "{}"] + strconv.Quote(word) + ":1}"
}

// change adds a word to the session, again if another request was first.
func (m *moved) change(server, word string) func(ctx context.Context) error {
	return func(ctx context.Context) error {
		d := m.servers[server]
		s, err := d.Load(ctx, m.value)
		for range 5 {
			if err != nil {
				return err
			}
			_, _, err = d.Save(ctx, nil, write(s, with(s.Payload, word)))
			if !errors.Is(err, driver.ErrConflict) {
				return err
			}
			s, err = s.Record.Reload(ctx)
		}
		return fmt.Errorf("it could not be saved: %w", err)
	}
}

func (m *moved) signOut(server string) func(ctx context.Context) error {
	return func(ctx context.Context) error {
		s, err := m.servers[server].Load(ctx, m.value)
		if err != nil {
			return err
		}
		return m.servers[server].Delete(ctx, s)
	}
}

func (m *moved) sweep(server string) func(ctx context.Context) error {
	return func(ctx context.Context) error {
		_, err := m.servers[server].(driver.Owners).EndOwned(ctx, "ada")
		return err
	}
}

// check compares what the servers find with what the requests were told.
func (m *moved) check(turns []*turn) error {
	signedOut := slices.ContainsFunc(turns, func(u *turn) bool { return u.err == nil && strings.HasPrefix(u.name, "sign-out") })
	var found []string
	for _, server := range []string{"a", "b"} {
		s, err := m.servers[server].Load(context.Background(), m.value)
		switch {
		case signedOut && (err == nil && !s.Superseded || err != nil && !errors.Is(err, driver.ErrRefused)):
			return fmt.Errorf("signed out, and a server that prefers %s finds %q, %v", server, s.Payload, err)
		case signedOut:
			continue
		case err != nil || s.Superseded:
			return fmt.Errorf("a server that prefers %s finds no session: %v", server, err)
		}
		found = append(found, s.Payload)
		for _, u := range turns {
			n := strings.Count(s.Payload, u.name)
			if u.err == nil && n != 1 && !strings.HasPrefix(u.name, "sign-out") || n > 1 {
				return fmt.Errorf("%s was told %v; a server that prefers %s finds %q", u.name, u.err, server, s.Payload)
			}
		}
	}
	if len(found) == 2 && found[0] != found[1] {
		return fmt.Errorf("servers of the two kinds find %q", found)
	}
	// Whatever was left in the middle, the session can be changed on both.
	for _, server := range []string{"a", "b"} {
		if err := m.change(server, "afterwards")(context.Background()); err != nil && !signedOut {
			return fmt.Errorf("afterwards a server that prefers %s: %w", server, err)
		}
	}
	return nil
}

// order does the steps of requests one at a time. Of n that can be next, choose says which; if the
// server of the first request may stop, that is the last choice. It returns what was done.
func (m *moved) order(names []string, stops bool, choose func(n int) int) (turns []*turn, done string) {
	var text strings.Builder
	all := m.requests()
	for _, name := range names {
		u := &turn{name: name, asks: make(chan bool), goes: make(chan bool)}
		go func() {
			defer func() { u.asks <- false }()
			<-u.goes
			u.err = all[name](context.WithValue(context.Background(), turnKey{}, u))
		}()
		u.step(true) // up to its first call
		turns = append(turns, u)
	}
	for {
		waiting := slices.DeleteFunc(slices.Clone(turns), func(u *turn) bool { return u.ended })
		if len(waiting) == 0 {
			return turns, text.String()
		}
		n := len(waiting)
		if stops && !turns[0].ended {
			n++
		}
		if i := choose(n); i < len(waiting) {
			text.WriteString(waiting[i].name + "; ")
			waiting[i].step(true)
			continue
		}
		text.WriteString(turns[0].name + " stops; ")
		turns[0].step(false)
	}
}

// requests are those that the tests choose from, by their names.
func (m *moved) requests() map[string]func(ctx context.Context) error {
	all := map[string]func(ctx context.Context) error{}
	for server := range m.servers {
		for _, change := range []string{"first", "second"} {
			name := change + " change on " + server
			all[name] = m.change(server, name)
		}
		all["sign-out on "+server] = m.signOut(server)
		all["sign-out everywhere on "+server] = m.sweep(server)
	}
	return all
}

// try does one order of some requests, and checks what becomes of the session.
func try(t *testing.T, names []string, stops bool, choose func(n int) int) {
	t.Helper()
	m := newMoved(t)
	turns, done := m.order(names, stops, choose)
	if err := m.check(turns); err != nil {
		t.Fatalf("%s%v", done, err)
	}
}

// Whichever server a change and another request are on, and in whatever order the stores get what
// they ask, the session is found by servers of both kinds, with each change that was saved, once; and
// nowhere after a sign-out. So it is if the server of the change stops at any moment.
func TestMigrate_EveryOrderOfTwoRequests(t *testing.T) {
	for _, first := range []string{"first change on a", "first change on b"} {
		for second := range newMoved(t).requests() {
			if second == first {
				continue
			}
			t.Run(first+", "+second, func(t *testing.T) {
				orders := 0
				for tape, limits := []int{}, []int{}; ; orders++ {
					at := 0
					try(t, []string{first, second}, true, func(n int) int {
						if at == len(tape) {
							tape, limits = append(tape, 0), append(limits, n)
						}
						at++
						return tape[at-1]
					})
					for len(tape) > 0 && tape[len(tape)-1] == limits[len(tape)-1]-1 {
						tape, limits = tape[:len(tape)-1], limits[:len(tape)-1]
					}
					if len(tape) == 0 {
						break
					}
					tape[len(tape)-1]++
				}
				t.Logf("%d orders", orders+1)
			})
		}
	}
}

// The same of two changes and a sign-out, in some of the orders.
func TestMigrate_OrdersOfThreeRequests(t *testing.T) {
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0)) // #nosec G404 -- an order of a test
	defer func() {
		if t.Failed() {
			t.Logf("the seed is %d", seed)
		}
	}()
	names := []string{"a", "b"}
	for range 20_000 {
		pick := func(what string) string { return what + " on " + names[random.IntN(2)] }
		last := []string{"sign-out", "sign-out everywhere"}[random.IntN(2)]
		try(t, []string{pick("first change"), pick("second change"), pick(last)}, random.IntN(2) == 0, random.IntN)
	}
}
