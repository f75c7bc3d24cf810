package linearizable

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	random "math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/wafer-go/wafer/store"
)

const (
	clients    = 5
	operations = 8 // of each client in one history
)

// A recorder lets clients work on a few records, and notes what they saw.
type recorder struct {
	stores []store.Store // instances over the same data
	bound  func() time.Duration
	ids    [records]store.ID
	start  time.Time

	mu       sync.Mutex
	tokens   int
	versions map[version]int // the token of each
	history  []porcupine.Operation
	unsaid   int // operations with an unknown outcome
	moved    int
	wrong    error
}

// A version of a record is one content of it.
type version struct {
	id     int
	number uint64
}

// record returns a history of clients that work on new records at once.
// bound returns how long an operation may last.
func record(ctx context.Context, stores []store.Store, bound func() time.Duration) *recorder {
	r := &recorder{stores: stores, bound: bound, start: time.Now(), versions: make(map[version]int)}
	for i := range r.ids {
		_, _ = rand.Read(r.ids[i][:]) // never fails
		r.ids[i][0] = r.ids[0][0]     // so that each can be moved to each
	}
	r.create(ctx)
	var wg sync.WaitGroup
	for c := range clients {
		wg.Go(func() { r.client(ctx, c) })
	}
	wg.Wait()
	return r
}

// seen is what a client knows of a record that it has loaded.
type seen struct {
	token   int
	version uint64
}

// target is the one record that others are moved to.
const target = records - 1

// create has each client create a record, some the same one, and waits until
// all were told.
func (r *recorder) create(ctx context.Context) {
	var wg sync.WaitGroup
	for c := range clients {
		id := random.IntN(target)
		if random.IntN(4*clients) == 0 {
			id = target // where nothing can be moved then
		}
		wg.Go(func() { r.do(ctx, r.stores[c%len(r.stores)], c, input{kind: save, id: id}, 0, time.Minute) })
	}
	wg.Wait()
}

// client does this and that with the records. The contract promises nothing of
// an id that was deleted, so none is used again: nothing is created, and what
// things are moved to is not deleted.
func (r *recorder) client(ctx context.Context, c int) {
	st := r.stores[c%len(r.stores)]
	var known [records]seen
	for range operations {
		id := random.IntN(records)
		in := input{kind: load, id: id}
		switch chance := random.IntN(10); {
		case known[id].version == 0 || chance < 3:
		case chance < 6 || id == target:
			in = input{kind: save, id: id, old: known[id].token}
		case chance < 9:
			in = input{kind: move, id: id, to: target, old: known[id].token}
		default:
			in = input{kind: remove, id: id}
		}
		now := r.do(ctx, st, c, in, known[id].version, r.bound())
		known[id] = seen{}
		if in.kind == move {
			id = target
		}
		known[id] = now
	}
}

// do does one operation and notes it. It returns what the client knows then.
func (r *recorder) do(ctx context.Context, st store.Store, c int, in input, number uint64, bound time.Duration) seen {
	ctx, cancel := context.WithTimeout(ctx, bound)
	defer cancel()
	if in.kind == save || in.kind == move {
		r.mu.Lock()
		r.tokens += 2
		in.new, in.mark = r.tokens, r.tokens-1
		r.mu.Unlock()
	}
	call := time.Since(r.start)
	now, err := r.ask(ctx, st, in, number)
	back := time.Since(r.start)

	r.mu.Lock()
	defer r.mu.Unlock()
	out := output{token: now.token}
	switch {
	case err == nil:
		if now.version != 0 {
			r.note(in, now)
		}
		if in.kind == move {
			r.moved++
		}
	case errors.Is(err, errors.ErrUnsupported):
		return seen{} // nothing was done
	case errors.Is(err, store.ErrNotFound):
		out.outcome = notFound
	case errors.Is(err, store.ErrConflict):
		out.outcome = conflict
	default:
		out.outcome, back = unknown, math.MaxInt64
		r.unsaid++
		if in.kind == load {
			return seen{} // it changes nothing, and told nothing
		}
	}
	r.history = append(r.history, porcupine.Operation{ClientId: c, Input: in, Call: int64(call), Output: out, Return: int64(back)})
	if err != nil {
		return seen{}
	}
	return now
}

// ask puts one operation to the store.
func (r *recorder) ask(ctx context.Context, st store.Store, in input, number uint64) (seen, error) {
	id := r.ids[in.id]
	used := time.Now()
	written := store.Record{Version: number, Used: used, Expires: used.Add(time.Hour)}
	if in.old == 0 {
		written.Version = 0
	}
	var err error
	if written.Data, err = json.Marshal(in.new); err != nil {
		return seen{}, err
	}
	switch in.kind {
	case load:
		got, err := st.Load(ctx, id)
		if err != nil {
			return seen{}, err
		}
		now := seen{version: got.Version}
		if err := json.Unmarshal(got.Data, &now.token); err != nil {
			return now, fmt.Errorf("the record holds %q: %w", got.Data, err)
		}
		return now, nil
	case save:
		version, err := st.Save(ctx, id, written)
		return seen{in.new, version}, err
	case remove:
		return seen{}, st.Delete(ctx, id)
	}
	mover, ok := st.(store.Mover)
	if !ok {
		return seen{}, errors.ErrUnsupported
	}
	mark := store.Record{Used: used, Expires: written.Expires}
	if mark.Data, err = json.Marshal(in.mark); err != nil {
		return seen{}, err
	}
	version, err := mover.Move(ctx, id, r.ids[in.to], written, mark)
	return seen{in.new, version}, err
}

// note checks that one version of a record is one content. The caller holds mu.
func (r *recorder) note(in input, now seen) {
	id := in.id
	if in.kind == move {
		id = in.to
	}
	v := version{id, now.version}
	if token, ok := r.versions[v]; ok && token != now.token {
		r.wrong = fmt.Errorf("version %d of record %d was %d, and then %d", v.number, v.id, token, now.token)
	}
	r.versions[v] = now.token
}

// check returns an error unless one thing after the other could have done it.
func (r *recorder) check() error {
	if r.wrong != nil {
		return r.wrong
	}
	switch porcupine.CheckOperationsTimeout(model, r.history, 20*time.Second) {
	case porcupine.Ok:
		return nil
	case porcupine.Unknown:
		return fmt.Errorf("it took too long to check%s", r)
	}
	return fmt.Errorf("no order explains what the clients saw%s", r)
}

// String lists the history, by the time of calls.
func (r *recorder) String() string {
	history := slices.Clone(r.history)
	slices.SortFunc(history, func(a, b porcupine.Operation) int { return int(a.Call - b.Call) })
	var text []byte
	for _, o := range history {
		back := time.Duration(o.Return).Round(time.Microsecond).String()
		if o.Return == math.MaxInt64 {
			back = "?"
		}
		text = fmt.Appendf(text, "\n%10v to %10v  client %d  %s", time.Duration(o.Call).Round(time.Microsecond), back, o.ClientId, model.DescribeOperation(o.Input, o.Output))
	}
	return string(text)
}
