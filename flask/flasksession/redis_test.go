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

// A Redis Cluster runs a script on one server, so its keys must be of one slot: that of the record, or
// of the part in braces that the program has chosen.
func TestRedis_KeysAreOfOneSlot(t *testing.T) {
	for key, tag := range map[string]string{"session:x": "{session:x}", "{app}:session:x": "{app}", "{}session:x": "{}session:x"} {
		f := &fakeRedis{answer: reply{int64(1), nil}}
		records := flasksession.Redis(f)
		now := flasksession.Record{Data: []byte("new"), Expires: time.Now().Add(time.Hour)}
		if err := records.Swap(t.Context(), key, []byte("old"), now); err != nil {
			t.Fatal(err)
		}
		for _, one := range f.asked[0][3:5] {
			if one != key && !strings.Contains(one.(string), tag) {
				t.Errorf("beside %s it uses %s", key, one)
			}
		}
	}
}
