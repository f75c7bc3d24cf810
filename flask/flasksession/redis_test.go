package flasksession_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/flask/flasksession"
)

// reply is an answer as go-redis returns it.
type reply struct {
	value any
	err   error
}

func (r *reply) Result() (any, error) { return r.value, r.err }

// fakeRedis answers everything alike.
type fakeRedis struct {
	answer reply
	asked  [][]any
}

func (f *fakeRedis) Do(_ context.Context, args ...any) *reply {
	f.asked = append(f.asked, args)
	return &f.answer
}

func TestRedis_OfStrangeAnswers(t *testing.T) {
	for _, answer := range []reply{{nil, nil}, {"OK", nil}, {int64(7), nil}, {[]any{int64(1)}, nil}, {[]any{"x"}, nil}, {nil, errors.New("LOADING")}} {
		records := flasksession.Redis(&fakeRedis{answer: answer})
		if r, err := records.Load(t.Context(), "session:x"); err == nil || r.Data != nil {
			t.Errorf("of %v, Load makes %q and the error %v", answer, r.Data, err)
		}
		if err := records.Swap(t.Context(), "session:x", []byte("old"), flasksession.Record{Data: []byte("new")}); err == nil {
			t.Errorf("of %v, Swap makes no error", answer)
		}
	}
}

// slot returns the part of a key that a Redis Cluster hashes: what is in the first braces, or all.
func slot(key string) string {
	if _, after, ok := strings.Cut(key, "{"); ok {
		if tag, _, ok := strings.Cut(after, "}"); ok && tag != "" {
			return tag
		}
	}
	return key
}

// A Redis Cluster runs a script on one server, so its keys must be of one slot: that of the record,
// or of the part in braces that the program has chosen.
func TestRedis_KeysAreOfOneSlot(t *testing.T) {
	for _, key := range []string{"session:x", "{app}:session:x", "{a}:session:x", "app{:session:x"} {
		f := &fakeRedis{answer: reply{int64(1), nil}}
		records := flasksession.Redis(f)
		now := flasksession.Record{Data: []byte("new"), Expires: time.Now().Add(time.Hour)}
		if err := records.Swap(t.Context(), key, []byte("old"), now); err != nil {
			t.Fatal(err)
		}
		for _, one := range f.asked[0][3:5] {
			if slot(one.(string)) != slot(key) {
				t.Errorf("beside %s it uses %s", key, one)
			}
		}
	}
}

func TestRedis_ARecordEndsWithItsKey(t *testing.T) {
	for ttl, ends := range map[int64]bool{90_000: true, 0: true, -1: false} {
		records := flasksession.Redis(&fakeRedis{answer: reply{[]any{"data", ttl}, nil}})
		r, err := records.Load(t.Context(), "session:x")
		if err != nil || string(r.Data) != "data" || r.Expires.IsZero() == ends {
			t.Errorf("of a key that lasts %d ms, Load makes %+v, %v", ttl, r, err)
		}
		if left := time.Until(r.Expires) - time.Duration(ttl)*time.Millisecond; ends && left.Abs() > time.Minute {
			t.Errorf("a key that lasts %d ms is a record that ends at %v", ttl, r.Expires)
		}
	}
}

// A new record must not replace one, and a changed one must replace what was read.
func TestRedis_SwapComparesWhatWasRead(t *testing.T) {
	for old, arguments := range map[string]int{"": 3, "old": 4} {
		f := &fakeRedis{answer: reply{int64(1), nil}}
		var read []byte
		if old != "" {
			read = []byte(old)
		}
		if err := flasksession.Redis(f).Swap(t.Context(), "session:x", read, flasksession.Record{Data: []byte("new")}); err != nil {
			t.Fatal(err)
		}
		if got := len(f.asked[0]) - 5; got != arguments || strings.Contains(f.asked[0][1].(string), "ARGV[4]") != (read != nil) {
			t.Errorf("over %q the script has %d arguments: %s", old, got, f.asked[0][1])
		}
	}
}

func TestRedis_ErrorsSayWhatRedisSaid(t *testing.T) {
	loading := errors.New("LOADING")
	records := flasksession.Redis(&fakeRedis{answer: reply{nil, loading}})
	if _, err := records.Load(t.Context(), "session:x"); !errors.Is(err, loading) {
		t.Errorf("Load returned %v", err)
	}
	if err := records.Delete(t.Context(), "session:x"); !errors.Is(err, loading) {
		t.Errorf("Delete returned %v", err)
	}
}
