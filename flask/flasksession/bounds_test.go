package flasksession_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/flask/flasksession"
	"github.com/wafer-go/wafer/itsdangerous"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/driver"
)

const maxRecord = 1 << 20 // bytes, which the documentation promises

func TestIDs_HaveFrom16To128Characters(t *testing.T) {
	signer, err := itsdangerous.NewSigner([]byte(signedKey), &itsdangerous.Options{Salt: "flask-session", Derivation: itsdangerous.HMAC})
	if err != nil {
		t.Fatal(err)
	}
	for length, ok := range map[int]bool{0: false, 15: false, 16: true, 128: true, 129: false} {
		id := strings.Repeat("x", length)
		for cookie, open := range map[string]func(flasksession.Records, *flasksession.Options) (session.Backend, error){
			id: flasksession.New, signer.Sign(id): newSigned,
		} {
			m := newMemory()
			m.put("session:"+id, []byte("\x81\xa1a\x01"))
			b, err := open(m, nil)
			if err != nil {
				t.Fatal(err)
			}
			d, err := b.Open(driver.Config{CookieName: "session"})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := d.Load(t.Context(), cookie); (err == nil) != ok || err != nil && !errors.Is(err, driver.ErrMalformed) {
				t.Errorf("an ID of %d characters, in the cookie %s: %v", length, cookie, err)
			}
		}
	}
}

func TestRecords_OfAMegabyteAreReadAndWritten(t *testing.T) {
	for size, ok := range map[int]bool{maxRecord: true, maxRecord + 1: false} {
		payload := []byte(`{"a":"` + strings.Repeat("x", size-len(`{"a":""}`)) + `"}`)
		_, d := open(t, payload, flasksession.JSON)
		if _, err := d.Load(t.Context(), id); (err == nil) != ok {
			t.Errorf("Load of %d bytes returned %v", size, err)
		}
		_, _, err := d.Save(t.Context(), nil, driver.Write{Payload: payload, At: time.Now(), Expires: time.Now().Add(time.Hour)})
		if (err == nil) != ok || err != nil && !errors.Is(err, driver.ErrTooLarge) {
			t.Errorf("Save of %d bytes returned %v", size, err)
		}
	}
}

func TestLoad_OfTheLargestMapThatMessagePackHasInOneByte(t *testing.T) {
	for _, n := range []int{0, 1, 15} {
		data := []byte{0x80 | byte(n)}
		for i := range n {
			data = append(data, 0xa1, 'a'+byte(i), 0x01)
		}
		if n == 0 { // which no pickle is either
			data = []byte{0x80}
		}
		_, d := open(t, data, flasksession.MessagePack)
		s, err := d.Load(t.Context(), id)
		if err != nil || strings.Count(s.Payload, ":") != n {
			t.Errorf("a map of %d is read as %s, %v", n, s.Payload, err)
		}
	}
}

// A place answers as a test says, and keeps the context that it got.
type place struct {
	*memory
	record flasksession.Record
	err    error
	ctx    context.Context
}

func (p *place) Load(ctx context.Context, _ string) (flasksession.Record, error) {
	p.ctx = ctx
	return p.record, p.err
}

func TestLoad_EndsAfterTheManagersTimeoutIfThereIsOne(t *testing.T) {
	for timeout, ends := range map[time.Duration]bool{0: false, time.Minute: true} {
		p := &place{memory: newMemory()}
		b, _ := flasksession.New(p, nil)
		d, err := b.Open(driver.Config{CookieName: "session", Timeout: timeout})
		if err != nil {
			t.Fatal(err)
		}
		_, _ = d.Load(t.Context(), id)
		if _, ok := p.ctx.Deadline(); ok != ends {
			t.Errorf("with a timeout of %v the records' context has a deadline: %v", timeout, ok)
		}
	}
}

func TestLoad_OfAPlaceThatFailsOrHasNotDroppedWhatExpired(t *testing.T) {
	down := errors.New("down")
	expired := flasksession.Record{Data: []byte("\x81\xa1a\x01"), Expires: time.Now().Add(-time.Second)}
	for err, want := range map[error]error{nil: driver.ErrUnknown, down: down} {
		b, _ := flasksession.New(&place{memory: newMemory(), record: expired, err: err}, nil)
		d, openErr := b.Open(driver.Config{CookieName: "session"})
		if openErr != nil {
			t.Fatal(openErr)
		}
		if s, err := d.Load(t.Context(), id); !errors.Is(err, want) {
			t.Errorf("Load returned %q, %v; it should be %v", s.Payload, err, want)
		}
	}
}

// What was saved a moment ago was not read, and is written again as it is.
func TestSave_TwiceInARequestKeepsWhatGoCannotRead(t *testing.T) {
	const span = "\x8c\x04span\x8c\x08datetime\x8c\x09timedelta\x93"
	p := newProgram(t, &flasksession.Options{Serialization: flasksession.Pickle})
	p.records.put("session:"+id, []byte("\x80\x04}("+span+"K\x01K\x02K\x03\x87Ru."))
	p.cookie = "session=" + id
	if err := p.visit(func(s *session.Session) {
		s.Set("a", 1)
		if err := s.Save(t.Context()); err != nil {
			t.Error(err)
		}
		s.Set("b", 2)
	}); err != nil {
		t.Error(err)
	}
	if got := p.record(); !strings.Contains(got, span) || !strings.Contains(got, "\x8c\x01b") {
		t.Errorf("the record is %q", got)
	}
}

func TestSave_LeavesOutAMessageThatCannotBeReadAndNoOtherValue(t *testing.T) {
	const list = `[{" t":["a","b"]},{" b":"!"}]`
	for key, ok := range map[string]bool{driver.FlashesKey: true, "a": false} {
		m, d := open(t, []byte("\x80"), flasksession.MessagePack)
		_, _, err := d.Save(t.Context(), nil, driver.Write{
			Payload: fmt.Appendf(nil, `{"%s":%s}`, key, list), At: time.Now(), Expires: time.Now().Add(time.Hour),
		})
		if (err == nil) != ok {
			t.Errorf("a list %s that is broken is saved with the error %v", key, err)
		}
		if saved := len(m.rows) == 2; saved != ok {
			t.Errorf("with a list %s that is broken there are %d records", key, len(m.rows))
		}
	}
}

func TestCodec_SaysOfWhatGoCannotReadThatItStays(t *testing.T) {
	for name, s := range serializations {
		_, d := open(t, []byte("\x80"), s)
		codec := d.Info().Codec
		var v any
		if err := codec.DecodeValue(`[1,Unreadable]`, &v); err == nil || !strings.Contains(err.Error(), "it stays as Python wrote it") {
			t.Errorf("%s: the error is %v", name, err)
		}
		if err := codec.DecodeValue(`"Unreadable"`, &v); err != nil || v != "Unreadable" {
			t.Errorf("%s: a string is read as %v, %v", name, v, err)
		}
		if err := codec.DecodeValue(`[1,`, &v); err == nil || strings.Contains(err.Error(), "Python") {
			t.Errorf("%s: of what is broken the error is %v", name, err)
		}
	}
}
