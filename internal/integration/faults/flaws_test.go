package faults

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/memstore"
)

// flawed is a store that goes wrong when it is told to.
type flawed struct {
	*memstore.Store

	mu   sync.Mutex
	flaw string
	last store.Record
	old  map[store.ID]store.Record // the first that was saved
}

func (f *flawed) Load(ctx context.Context, id store.ID) (store.Record, error) {
	r, err := f.Store.Load(ctx, id)
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.flaw == "loses records":
		return store.Record{}, store.ErrNotFound
	case f.flaw == "goes back" && err == nil:
		r.Data = f.old[id].Data
	case f.flaw == "mixes up" && err == nil:
		r.Data, f.last = f.last.Data, r
	case f.flaw == "revives" && errors.Is(err, store.ErrNotFound):
		r, err = f.old[id], nil
		r.Version = 1
	case f.flaw == "fails":
		return r, errors.New("broken")
	}
	return r, err
}

func (f *flawed) Save(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
	version, err := f.Store.Save(ctx, id, r)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.old[id].Data == nil {
		f.old[id] = r
	}
	f.last = r
	return version, err
}

// with returns the load of a store that has a flaw after a second.
func with(flaw string) (l *load, again time.Duration) {
	st := &flawed{Store: memstore.New(nil), old: make(map[store.ID]store.Record)}
	l = begin(st)
	time.Sleep(time.Second)
	st.mu.Lock()
	st.flaw = flaw
	st.mu.Unlock()
	again = l.again(time.Second, 2*time.Second)
	l.end()
	return l, again
}

func TestAFlawIsFound(t *testing.T) {
	for flaw, found := range map[string]func(*load, time.Duration) bool{
		"loses records": func(l *load, _ time.Duration) bool { return l.lost > 0 },
		"goes back":     func(l *load, _ time.Duration) bool { return l.lost > 0 },
		"mixes up": func(l *load, _ time.Duration) bool {
			return l.wrong != nil && strings.Contains(l.wrong.Error(), "belongs to")
		},
		"revives": func(l *load, _ time.Duration) bool { return l.revived > 0 },
		"fails":   func(l *load, again time.Duration) bool { return l.failed > 0 && again > 2*time.Second },
	} {
		t.Run(flaw, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if l, again := with(flaw); !found(l, again) {
					t.Errorf("it was not found: %d lost, %d back, %d failed, service after %v, %v", l.lost, l.revived, l.failed, again, l.wrong)
				}
			})
		})
	}
}

func TestAStoreWithoutFlawsPasses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		if l, again := with("none"); l.lost+l.revived+l.failed > 0 || l.wrong != nil || again > time.Second {
			t.Errorf("%d lost, %d back, %d failed, service after %v, %v", l.lost, l.revived, l.failed, again, l.wrong)
		}
	})
}
