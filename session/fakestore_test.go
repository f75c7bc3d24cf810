package session_test

import (
	"context"
	"errors"
	"iter"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store"
)

// fakeStore is the least that a store can be, with what a test wants to see of
// it or put between its calls.
type fakeStore struct {
	mu       sync.Mutex
	records  map[store.ID]store.Record
	now      func() time.Time
	calls    []string
	before   func(call string) error // is called before each call, without the lock
	forgets  bool                    // Save does not tell the new version
	versions uint64                  // the last one
}

var _ store.Store = (*fakeStore)(nil)

func (f *fakeStore) begin(ctx context.Context, call string) error {
	if f.before != nil {
		if err := f.before(call); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	f.mu.Lock()
	f.calls = append(f.calls, call)
	return nil
}

func (f *fakeStore) get(id store.ID) (store.Record, bool) {
	r, ok := f.records[id]
	return r, ok && (f.now == nil || f.now().Before(r.Expires))
}

func (f *fakeStore) Load(ctx context.Context, id store.ID) (store.Record, error) {
	if err := f.begin(ctx, "load"); err != nil {
		return store.Record{}, err
	}
	defer f.mu.Unlock()
	r, ok := f.get(id)
	if !ok {
		return store.Record{}, store.ErrNotFound
	}
	return r, nil
}

func (f *fakeStore) Save(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
	if err := f.begin(ctx, "save"); err != nil {
		return 0, err
	}
	defer f.mu.Unlock()
	return f.save(id, r)
}

func (f *fakeStore) save(id store.ID, r store.Record) (uint64, error) {
	old, ok := f.get(id)
	switch {
	case ok != (r.Version != 0) && !ok:
		return 0, store.ErrNotFound
	case old.Version != r.Version && ok:
		return 0, store.ErrConflict
	}
	f.versions++
	r.Version = f.versions
	r.Data = slices.Clone(r.Data)
	if f.records == nil {
		f.records = make(map[store.ID]store.Record)
	}
	f.records[id] = r
	if f.forgets {
		return 0, nil
	}
	return r.Version, nil
}

func (f *fakeStore) Delete(ctx context.Context, id store.ID) error {
	if err := f.begin(ctx, "delete"); err != nil {
		return err
	}
	defer f.mu.Unlock()
	delete(f.records, id)
	return nil
}

func (f *fakeStore) took() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	calls := f.calls
	f.calls = nil
	return calls
}

// fullStore has what is optional too.
type fullStore struct{ fakeStore }

var (
	_ store.Toucher    = (*fullStore)(nil)
	_ store.Mover      = (*fullStore)(nil)
	_ store.OwnerIndex = (*fullStore)(nil)
)

func (f *fullStore) Touch(ctx context.Context, id store.ID, version uint64, used, expires time.Time) error {
	if err := f.begin(ctx, "touch"); err != nil {
		return err
	}
	defer f.mu.Unlock()
	r, ok := f.get(id)
	if !ok {
		return store.ErrNotFound
	}
	if r.Version != version {
		return store.ErrConflict
	}
	r.Used, r.Expires = used, expires
	f.records[id] = r
	return nil
}

func (f *fullStore) Move(ctx context.Context, from, to store.ID, r, mark store.Record) (uint64, error) {
	if err := f.begin(ctx, "move"); err != nil {
		return 0, err
	}
	defer f.mu.Unlock()
	version, err := f.save(from, r)
	if err == nil {
		f.records[to] = f.records[from]
		mark.Version = r.Version + 1
		f.records[from] = mark
	}
	return version, err
}

func (f *fullStore) Owned(ctx context.Context, owner string) iter.Seq2[store.Entry, error] {
	return func(yield func(store.Entry, error) bool) {
		if err := f.begin(ctx, "owned"); err != nil {
			yield(store.Entry{}, err)
			return
		}
		var owned []store.Entry
		for id := range f.records {
			if r, ok := f.get(id); ok && r.Owner == owner {
				owned = append(owned, store.Entry{ID: id, Record: r})
			}
		}
		f.mu.Unlock()
		for _, e := range owned {
			if !yield(e, nil) {
				return
			}
		}
	}
}

func (f *fullStore) DeleteOwned(ctx context.Context, owner string, except ...store.ID) (n int, err error) {
	if err := f.begin(ctx, "delete owned"); err != nil {
		return 0, err
	}
	defer f.mu.Unlock()
	for id := range f.records {
		if r, ok := f.get(id); ok && r.Owner == owner && !slices.Contains(except, id) {
			delete(f.records, id)
			n++
		}
	}
	return n, nil
}

func (f *fullStore) DeleteOne(ctx context.Context, owner string, id store.ID) (bool, error) {
	if err := f.begin(ctx, "delete one"); err != nil {
		return false, err
	}
	defer f.mu.Unlock()
	if r, ok := f.get(id); !ok || owner == "" || r.Owner != owner {
		return false, nil
	}
	delete(f.records, id)
	return true, nil
}

// newStoredVisitor returns a visitor whose sessions are in a store.
func newStoredVisitor(t *testing.T, opts session.Options) (*visitor, *fullStore) {
	t.Helper()
	f := &fullStore{}
	v := newVisitorOf(t, session.Stored(f), opts)
	f.now = func() time.Time { return v.clock }
	return v, f
}

// beside returns a visitor with the same manager and cookie: another tab.
func (v *visitor) beside() *visitor {
	w := *v
	w.cookies = slices.Clone(v.cookies)
	return &w
}

// onEachStore runs a test on the least of stores, on one that forgets its
// versions too, and on one with all that is optional.
func onEachStore(t *testing.T, opts session.Options, test func(t *testing.T, v *visitor, f *fakeStore)) {
	full := &fullStore{}
	for name, tt := range map[string]struct {
		st store.Store
		f  *fakeStore
	}{
		"least":     {&fakeStore{}, nil},
		"forgetful": {&fakeStore{forgets: true}, nil},
		"full":      {full, &full.fakeStore},
	} {
		t.Run(name, func(t *testing.T) {
			if tt.f == nil {
				tt.f = tt.st.(*fakeStore)
			}
			v := newVisitorOf(t, session.Stored(tt.st), opts)
			tt.f.now = func() time.Time { return v.clock }
			test(t, v, tt.f)
		})
	}
}

var errDown = errors.New("connection refused")
