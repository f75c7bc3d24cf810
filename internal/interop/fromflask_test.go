package interop

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/base64"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/flask"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/driver"
)

// dumped is a session that Flask wrote.
type dumped struct {
	Token string      `json:"token"`
	JSON  string      `json:"json"`
	Value description `json:"value"` // as Flask reads it back
}

// loaded is what Flask makes of a token.
type loaded struct {
	Verdict string      `json:"verdict"` // "ok" or an exception's name
	Value   description `json:"value"`
	At      int64       `json:"at"`
}

// program is a Go program that has Flask's sessions.
type program struct {
	manager *session.Manager
	driver  driver.Driver
	refused error // why the last cookie was refused
}

// newProgram makes one whose clock stands still.
func newProgram(t testing.TB, sign signing, now int64, lifetime time.Duration, log ...slog.Handler) *program {
	t.Helper()
	p := &program{}
	b := sign.backend(t)
	opts := flask.Defaults()
	opts.Clock = func() time.Time { return time.Unix(now, 0) }
	opts.Lifetime = lifetime
	opts.MaxCookieSize = 1 << 20 // the difference of behaviour 21 is not what is tested
	opts.Logger = slog.New(append(log, slog.DiscardHandler)[0])
	opts.Observe = func(_ context.Context, e session.Event) {
		if e.Kind == session.EventRefused {
			p.refused = e.Err
		}
	}
	var err error
	if p.manager, err = session.New(b, opts); err != nil {
		t.Fatal(err)
	}
	if p.driver, err = b.Open(driver.Config{CookieName: "session", MaxCookieSize: opts.MaxCookieSize}); err != nil {
		t.Fatal(err)
	}
	return p
}

// load gives a request's session.
func (p *program) load(t testing.TB, token string) (*http.Request, *session.Session) {
	t.Helper()
	r := httptest.NewRequest("GET", "/", nil)
	if token != "" {
		r.Header.Set("Cookie", "session="+token)
	}
	p.refused = nil
	s, err := p.manager.Load(r)
	if err != nil {
		t.Fatal(err)
	}
	return r, s
}

// save returns the session's new token, and whether a cookie was set.
func (p *program) save(t testing.TB, r *http.Request, s *session.Session) (token string, ok bool) {
	t.Helper()
	w := httptest.NewRecorder()
	if err := p.manager.Commit(w, r, s); err != nil {
		t.Fatal(err)
	}
	line, _, _ := strings.Cut(w.Header().Get("Set-Cookie"), ";")
	return strings.CutPrefix(line, "session=")
}

// payload returns a token's JSON, inflated if need be.
func payload(t testing.TB, token string) string {
	t.Helper()
	text, compressed := strings.CutPrefix(token, ".")
	text, _, _ = strings.Cut(text, ".")
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		t.Fatalf("%v: %s", err, token)
	}
	if compressed {
		z, err := zlib.NewReader(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		if b, err = io.ReadAll(z); err != nil {
			t.Fatal(err)
		}
	}
	return string(b)
}

// wantSameToken fails where two tokens differ. Two compressors may choose
// other bytes for the same text, so where one of them compressed, the text
// counts.
func wantSameToken(t testing.TB, got, want string) {
	t.Helper()
	if !strings.HasPrefix(got, ".") && !strings.HasPrefix(want, ".") {
		if got != want {
			t.Errorf("Go wrote the token    %.2000s\nPython would write   %.2000s", got, want)
		}
		return
	}
	if got, want := payload(t, got), payload(t, want); got != want {
		t.Errorf("Go compressed    %.2000s\nPython would compress %.2000s", got, want)
	}
}

// maxLifetime is the longest that a session may have, in seconds. Flask has no limit.
const maxLifetime = 10 * 365 * 24 * 60 * 60

const decade = maxLifetime * time.Second

// values describes all that a session holds, each key read as any, but for
// those that Go is meant not to read.
func values(t testing.TB, s *session.Session, unreadable ...string) description {
	t.Helper()
	d := description{Kind: "dict"}
	for _, key := range s.Keys() {
		v, ok := session.Field[any](key).Get(s)
		if slices.Contains(unreadable, key) {
			if ok {
				t.Errorf("Go reads the value at %q: %v", key, v)
			}
			continue
		}
		if !ok {
			t.Errorf("Go cannot read the value at %q", key)
		}
		d.Names = append(d.Names, description{Kind: "str", Text: escape(key)})
		d.Items = append(d.Items, describe(t, v))
	}
	return d
}

// ancient is the key of a datetime before the year 100. Python itself reads it
// as another, in 1969 to 2068. We differ: it is not read, but kept as it is.
const ancient = "ancient"

// Flask writes, Go reads, changes something else and writes, Flask reads.
func TestFlaskSessionsAreReadAndKept(t *testing.T) {
	p := startPython(t)
	eachCase(t, cases, func(t *testing.T, r *random, count counts) {
		writer := r.flaskSigning()
		at := r.time()
		var wrote dumped
		value := r.session(shape{pythonOnly: true, surrogates: true})
		if r.in(20) {
			value = value.with(ancient, description{Kind: "datetime", Text: strconv.FormatInt(-62135596800+r.Int64N(99*365*86400), 10)})
			count["ancient"]++
		}
		p.must(t, map[string]any{"op": "dump", "cfg": writer, "time": at, "value": value}, &wrote)
		if strings.HasPrefix(wrote.Token, ".") {
			count["compressed"]++
		}

		reader := writer.rotated(r)
		goProgram := newProgram(t, reader, at, decade)
		from, err := goProgram.driver.Load(context.Background(), wrote.Token)
		if err != nil {
			t.Fatalf("Go refuses Flask's token: %v\n%s", err, wrote.Token)
		}
		if from.SavedAt.Unix() != at {
			t.Errorf("Go says that it was written at %d, and it was at %d", from.SavedAt.Unix(), at)
		}
		if fallback := reader.keyThatSigned(writer) > 0; from.Accepted != fallback {
			t.Errorf("Go says %v for whether a fallback key signed it, and it is %v", from.Accepted, fallback)
		}
		req, s := goProgram.load(t, wrote.Token)
		if goProgram.refused != nil {
			t.Fatalf("Go refuses the session: %v", goProgram.refused)
		}
		wantSame(t, "Go reads", values(t, s, ancient), wrote.Value.without(ancient))

		change := r.change(wrote.Value)
		want := change.apply(s, wrote.Value)
		count[change.name]++
		token, ok := goProgram.save(t, req, s)
		if len(want.Names) == 0 {
			if token != "" || !ok {
				t.Errorf("an emptied session was written: %q", token)
			}
			return
		}
		if !ok {
			t.Fatal("Go did not write the changed session")
		}
		var read loaded
		p.must(t, map[string]any{"op": "load", "cfg": reader, "time": at, "max_age": 0, "token": token}, &read)
		if read.Verdict != "ok" || read.At != at {
			t.Fatalf("Flask says %s of what Go wrote at %d (it says %d)", read.Verdict, at, read.At)
		}
		wantSame(t, "after "+change.name+", Flask reads", read.Value, want)
	})
}

// A change is what a Go program does to a session, and to its description.
type change struct {
	name  string
	apply func(s *session.Session, d description) description
}

func (r *random) change(d description) change {
	str := func(text string) description { return description{Kind: "str", Text: escape(text)} }
	switch r.IntN(5) {
	case 0:
		category, text := r.validText(), r.validText()
		return change{"flash", func(s *session.Session, d description) description {
			s.FlashAs(category, text)
			list, _ := d.at("_flashes")
			list.Kind = "list"
			list.Items = append(list.Items[:len(list.Items):len(list.Items)], description{Kind: "tuple", Items: []description{str(category), str(text)}})
			return d.with("_flashes", list)
		}}
	case 1:
		if len(d.Names) == 0 {
			break
		}
		name := pick(r, d.Names...).Text
		return change{"delete", func(s *session.Session, d description) description {
			s.Delete(unescape(name))
			return d.without(name)
		}}
	case 2:
		permanent := r.in(2)
		return change{"permanent", func(s *session.Session, d description) description {
			s.SetPermanent(permanent)
			return d.with("_permanent", description{Kind: "bool", Text: strconv.FormatBool(permanent)})
		}}
	case 3:
		return change{"read flashes", func(s *session.Session, d description) description {
			s.Flashes()
			s.Set("read", int64(1))
			return d.without("_flashes").with("read", describeInt("1"))
		}}
	}
	name, text := pick(r, "unrelated", r.validText()), r.validText()
	return change{"set", func(s *session.Session, d description) description {
		s.Set(name, text)
		return d.with(escape(name), str(text))
	}}
}
