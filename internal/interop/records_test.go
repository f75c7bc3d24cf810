package interop

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/wafer-go/wafer/flask"
	"github.com/wafer-go/wafer/flask/flasksession"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/driver"
)

// recordID is the session's ID, as python/records.py has it.
const recordID = "flask-session-interop-0123456789abcdefghijk"

// oneRecord are records of one session.
type oneRecord struct {
	mu   sync.Mutex
	data []byte
}

func (o *oneRecord) Load(_ context.Context, key string) (flasksession.Record, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if key != "session:"+recordID || o.data == nil {
		return flasksession.Record{}, nil
	}
	return flasksession.Record{Data: o.data, Expires: time.Now().Add(time.Hour)}, nil
}

func (o *oneRecord) Swap(_ context.Context, _ string, old []byte, next flasksession.Record) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if old != nil && !bytes.Equal(o.data, old) {
		return driver.ErrConflict
	}
	o.data = next.Data
	return nil
}

func (o *oneRecord) Retire(context.Context, string, []byte, string, flasksession.Record) error {
	return nil
}

func (o *oneRecord) Delete(context.Context, string) error { return nil }

// recordProgram is a Go program beside Flask-Session.
type recordProgram struct {
	record  oneRecord
	manager *session.Manager
	refused error
}

func newRecordProgram(t testing.TB, s flasksession.Serialization) *recordProgram {
	t.Helper()
	p := &recordProgram{}
	b, err := flasksession.New(&p.record, &flasksession.Options{Serialization: s})
	if err != nil {
		t.Fatal(err)
	}
	o := flasksession.Defaults()
	o.Logger = slog.New(slog.DiscardHandler)
	o.Observe = func(_ context.Context, e session.Event) {
		if e.Kind == session.EventRefused {
			p.refused = e.Err
		}
	}
	if p.manager, err = session.New(b, o); err != nil {
		t.Fatal(err)
	}
	return p
}

// visit runs a handler with the session of a record, and returns the record
// that it leaves.
func (p *recordProgram) visit(t testing.TB, record []byte, handler func(s *session.Session)) []byte {
	t.Helper()
	p.record.data = record
	r := httptest.NewRequest("GET", "https://example.com/", nil)
	if record != nil {
		r.Header.Set("Cookie", "session="+recordID)
	}
	w := httptest.NewRecorder()
	p.manager.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { handler(session.From(r)) })).ServeHTTP(w, r)
	if w.Code != http.StatusOK || p.refused != nil {
		t.Fatalf("Go answered %d: %s (%v)", w.Code, w.Body, p.refused)
	}
	return p.record.data
}

// A recordKind is a kind of record that Python writes and reads.
type recordKind struct {
	name          string
	serialization flasksession.Serialization
	dump, load    map[string]any
	plainer       bool // MessagePack has fewer types
}

var recordKinds = []recordKind{
	{"redis", flasksession.Pickle, map[string]any{"op": "record_dump", "kind": "redis"}, map[string]any{"op": "record_load", "kind": "redis"}, false},
	{"memcached", flasksession.Pickle, map[string]any{"op": "record_dump", "kind": "memcached"}, map[string]any{"op": "record_load", "kind": "memcached"}, false},
	{"msgpack", flasksession.MessagePack, map[string]any{"op": "record_pack"}, map[string]any{"op": "record_unpack"}, true},
}

// recorded is a record, and what Python reads in it.
type recorded struct {
	Record string      `json:"record"`
	Value  description `json:"value"`
}

func with(call map[string]any, key string, value any) map[string]any {
	c := map[string]any{key: value}
	for k, v := range call {
		c[k] = v
	}
	return c
}

// plain makes of a value what MessagePack can hold.
func plain(d description) description {
	switch d.Kind {
	case "markup", "uuid":
		d.Kind = "str"
	case "tuple":
		d.Kind = "list"
	case "int":
		if n, _ := new(big.Int).SetString(d.Text, 10); !n.IsInt64() && !n.IsUint64() {
			d.Text = "7"
		}
	}
	if d.Kind == "str" && !utf8.ValidString(unescape(d.Text)) {
		d.Text = "surrogates"
	}
	return d
}

// joined makes a character of two halves of a pair, which JSON cannot tell from it. We differ: Python's
// pickle can, so Go reads another text, and leaves that of Python alone.
func joined(d description) description {
	var text string
	if err := flask.Codec.DecodeValue(string(flask.Codec.AppendKey(nil, unescape(d.Text))), &text); err == nil {
		d.Text = escape(text)
	}
	return d
}

// each applies f to a value and all in it, and sorts the keys of dicts, of equal ones the last.
func each(d description, f func(description) description) description {
	d = f(d)
	items, names := d.Items, d.Names
	d.Items, d.Names = nil, nil
	for i, item := range items {
		if item = each(item, f); d.Kind == "dict" {
			d = d.with(f(names[i]).Text, item)
		} else {
			d.Items = append(d.Items, item)
		}
	}
	return d
}

func same(d description) description { return d }

// recordSession makes a session's values: at least one, or Flask keeps no record.
func (r *random) recordSession(k recordKind) description {
	d := r.session(shape{surrogates: !k.plainer}).with("v", description{Kind: "int", Text: "1"})
	if k.plainer {
		d = each(d, plain)
	}
	return d
}

func eachRecordKind(t *testing.T, check func(t *testing.T, p *python, k recordKind, r *random, count counts)) {
	t.Helper()
	p := startPython(t)
	var versions map[string]string
	p.must(t, map[string]any{"op": "record_version"}, &versions)
	fmt.Printf("interop: %s: %v\n", t.Name(), versions)
	for _, k := range recordKinds {
		if k.plainer = k.plainer || versions["flask_session"] == "0.7 or later"; k.plainer {
			k.serialization = flasksession.MessagePack
		}
		t.Run(k.name, func(t *testing.T) {
			eachCase(t, max(1, cases/2), func(t *testing.T, r *random, count counts) { check(t, p, k, r, count) })
		})
	}
}

// Flask-Session writes; Go reads all of it, changes one value and writes; Flask-Session reads the
// others as they were.
func TestFlaskSessionsRecords_AreReadAndKept(t *testing.T) {
	eachRecordKind(t, func(t *testing.T, p *python, k recordKind, r *random, count counts) {
		var wrote, kept recorded
		p.must(t, with(k.dump, "value", r.recordSession(k)), &wrote)
		data, err := hex.DecodeString(wrote.Record)
		if err != nil {
			t.Fatal(err)
		}
		program := newRecordProgram(t, k.serialization)
		record := program.visit(t, data, func(s *session.Session) {
			wantSame(t, "Go reads", values(t, s), each(wrote.Value, joined))
			s.Set("set by Go", "é")
		})
		want := wrote.Value.with(escape("set by Go"), description{Kind: "str", Text: escape("é")})
		if _, ok := want.at("_permanent"); !ok {
			want = want.with("_permanent", description{Kind: "bool", Text: "true"})
		}
		p.must(t, with(k.load, "record", hex.EncodeToString(record)), &kept)
		wantSame(t, "after Go, Python reads", kept.Value, want)
		count["values"] += len(want.Names)
	})
}

// Go writes; Flask-Session reads the same.
func TestGoRecords_AreReadByFlaskSession(t *testing.T) {
	eachRecordKind(t, func(t *testing.T, p *python, k recordKind, r *random, count counts) {
		d := each(r.goSession(), same)
		if k.plainer {
			d = each(d, plain)
		}
		program := newRecordProgram(t, k.serialization)
		record := program.visit(t, nil, func(s *session.Session) {
			r.fill(t, s, d)
			s.Set("set by Go", true)
		})
		want := each(d, joined).with(escape("set by Go"), description{Kind: "bool", Text: "true"})
		if _, ok := want.at("_permanent"); !ok {
			want = want.with("_permanent", description{Kind: "bool", Text: "true"})
		}
		var read recorded
		p.must(t, with(k.load, "record", hex.EncodeToString(record)), &read)
		wantSame(t, "Python reads", read.Value, want)
		count["values"] += len(want.Names)
	})
}

// What Go has no form for, or none that is as precise, is written as it was while nothing changes it.
func TestFlaskSessionsRecords_KeepWhatGoCannotHold(t *testing.T) {
	p := startPython(t)
	for _, kind := range []string{"redis", "memcached"} {
		var wrote recorded
		p.must(t, map[string]any{"op": "record_precise", "kind": kind}, &wrote)
		record, err := hex.DecodeString(wrote.Record)
		if err != nil {
			t.Fatal(err)
		}
		serialization := flasksession.Pickle
		if c := record[0]; c > 0x80 && c <= 0x8f || c == 0xde { // a map in MessagePack
			serialization = flasksession.MessagePack
		}
		program := newRecordProgram(t, serialization)
		after := program.visit(t, record, func(s *session.Session) { s.Set("set by Go", 1) })
		again := program.visit(t, after, func(s *session.Session) { s.Delete("set by Go") })
		for _, data := range [][]byte{after, again} {
			var found struct{ Changed []string }
			p.must(t, map[string]any{
				"op": "record_intact", "kind": kind, "before": wrote.Record, "record": hex.EncodeToString(data),
			}, &found)
			if len(found.Changed) > 0 {
				t.Errorf("%s: after Go, Python finds other values at %q", kind, found.Changed)
			}
		}
	}
}
