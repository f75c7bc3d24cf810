package memcachestore

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/wafer-go/wafer/store"
)

// unserved returns a store whose server is not there.
func unserved(t *testing.T, opts Options) *Store {
	t.Helper()
	opts.Unchecked = true
	s, err := New(memcache.New("127.0.0.1:1"), &opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSave_AnItemLargerThanMaxItemSizeIsNotSent(t *testing.T) {
	r := record("a value")
	r.Owner = "ann"
	const size = itemOverhead + len("p:") + 64 + headerSize + len("ann") + len("a value")
	for limit, refused := range map[int]bool{size: false, size - 1: true} {
		s := unserved(t, Options{Prefix: "p:", MaxItemSize: limit})
		if _, err := s.Save(t.Context(), randomID(), r); err == nil || errors.Is(err, store.ErrTooLarge) != refused {
			t.Errorf("Save of %d bytes, where %d are kept, returned %v", size, limit, err)
		}
	}
}

// A record that expires after 2038 has no time in its version, so Save looks first.
func TestSave_OfARecordThatDoesNotExpireSoonComparesVersions(t *testing.T) {
	s, id := newStore(t, address(t), nil), randomID()
	r := record("first")
	r.Expires = time.Date(2060, 1, 1, 0, 0, 0, 0, time.UTC)
	save(t, s, id, r)
	r = load(t, s, id)
	r.Data = []byte("second")
	save(t, s, id, r)
	r.Data = []byte("third")
	if _, err := s.Save(t.Context(), id, r); !errors.Is(err, store.ErrConflict) {
		t.Errorf("Save over another version returned %v", err)
	}
	if got := load(t, s, id); string(got.Data) != "second" {
		t.Errorf("there is %q", got.Data)
	}
}

func TestAgain_TriesEachConnectionThatIsKeptAndOneMore(t *testing.T) {
	s := unserved(t, Options{})
	for keeps, want := range map[int]int{0: memcache.DefaultMaxIdleConns + 1, 20: 21} {
		s.client.MaxIdleConns = keeps
		tries := 0
		err := s.again(t.Context(), func() error {
			if tries++; tries > 2*want {
				return nil
			}
			return io.EOF
		})
		if tries != want || !errors.Is(err, io.EOF) {
			t.Errorf("a client that keeps %d connections was asked %d times, error %v", keeps, tries, err)
		}
	}
}

func TestFail_WrapsTheContextsErrorIfItIsDone(t *testing.T) {
	over, cancel := context.WithCancel(t.Context())
	cancel()
	slow := errors.New("i/o timeout")
	if err := fail(over, "Load", store.ID{}, slow); !errors.Is(err, context.Canceled) || !errors.Is(err, slow) {
		t.Errorf("after the context's end the error is %v", err)
	}
	if err := fail(t.Context(), "Load", store.ID{}, slow); !errors.Is(err, slow) || strings.Contains(err.Error(), "%!") || errors.Is(err, context.Canceled) {
		t.Errorf("before the context's end the error is %v", err)
	}
	for _, known := range []error{memcache.ErrCacheMiss, store.ErrConflict} {
		if err := fail(over, "Load", store.ID{}, known); !errors.Is(err, known) || errors.Is(err, context.Canceled) {
			t.Errorf("what the server said is %v", err)
		}
	}
}
