package session_test

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/base64"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/internal/jsonvalue/valuetest"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/store/memstore"
)

// readers are a manager for each way to read a cookie, with what wrote it, nil if no cookie
// contains a session.
func readers(t testing.TB) map[string]struct {
	m       *session.Manager
	name    string // of the cookie
	written session.Backend
} {
	t.Helper()
	key := secret.New()
	signed, sealed, ours := session.Signed(key), session.Sealed(key), flaskCookies(t)
	all := map[string]struct {
		m       *session.Manager
		name    string
		written session.Backend
	}{}
	for name, r := range map[string]struct {
		backend, written session.Backend
		former           bool
	}{
		"signed":               {backend: signed, written: signed},
		"an accepted key":      {backend: session.Signed(secret.New(), secret.New(), key), written: signed},
		"sealed":               {backend: sealed, written: sealed},
		"Flask":                {backend: ours, written: ours},
		"stored":               {backend: session.Stored(memstore.New(nil))},
		"overflow":             {backend: session.Overflow(signed, memstore.New(nil)), written: signed},
		"signed to sealed":     {backend: session.Migrate(sealed, signed), written: signed},
		"signed to Flask":      {backend: session.Migrate(ours, signed), written: signed},
		"Flask to stored":      {backend: session.Migrate(session.Stored(memstore.New(nil)), ours), written: ours},
		"a former cookie":      {backend: sealed, written: sealed, former: true},
		"Flask and its former": {backend: ours, written: ours, former: true},
	} {
		cookie := "s" + strconv.Itoa(len(all))
		o := session.Options{Logger: slog.New(slog.DiscardHandler), Cookie: session.Cookie{Name: cookie}}
		if r.former {
			o.FormerCookies, cookie = []session.Cookie{{Name: "f"}}, "f"
		}
		m, err := session.New(r.backend, &o)
		if err != nil {
			t.Fatal(err)
		}
		one := all[name]
		one.m, one.name, one.written = m, cookie, r.written
		all[name] = one
	}
	return all
}

// readAll reads what there is in the session of a request with a Cookie header.
func readAll(m *session.Manager, header string) {
	r := httptest.NewRequest("GET", "https://example.com/", nil)
	r.Header["Cookie"] = []string{header}
	m.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		s.Value("v")
		s.Flashes()
	})).ServeHTTP(httptest.NewRecorder(), r)
}

// costliest calls each with a cookie that somebody with the key has made to be costly: with each of
// some kinds of values, for each of some readers, or for all if none are named.
func costliest(t testing.TB, readBy, kinds []string, each func(name string, size int, read func())) {
	at := time.Now()
	for name, r := range readers(t) {
		if r.written == nil || len(readBy) > 0 && !slices.Contains(readBy, name) {
			continue
		}
		d, err := r.written.Open(driver.Config{CookieName: r.name, MaxCookieSize: 4096})
		if err != nil {
			t.Fatal(err)
		}
		for what, value := range valuetest.Costly(15_000) {
			if len(kinds) > 0 && !slices.Contains(kinds, what) {
				continue
			}
			for _, key := range []string{"_flashes", "v"} {
				token, _, err := d.Save(context.Background(), nil, driver.Write{Payload: []byte(`{"` + key + `":` + value + `}`), At: at, Expires: at.Add(time.Hour)})
				if err != nil {
					t.Fatal(err)
				}
				each(name+", "+what+" at "+key, len(token), func() { readAll(r.m, r.name+"="+string(token)) })
			}
		}
	}
}

// A cookie takes at most 1 MB of memory to read, whoever made it, also if its session moves to
// another format and all pools are empty. Memory is measured because it does not depend on the
// machine; BenchmarkFind_TheCostliestCookie has the time. The race detector leaves some of what is
// put into a pool out of it, so there it may be half as much again.
func TestFind_TheCostliestCookieAllocatesLittle(t *testing.T) {
	costliest(t, nil, nil, func(name string, size int, read func()) {
		limit := uint64(1_000_000)
		if raceDetector {
			limit += limit / 2
		}
		read()       // what is made only once
		runtime.GC() // what allocated collects once more is gone from the pools
		if got := allocated(read); got > limit {
			t.Errorf("%s: a cookie of %d bytes takes %d bytes of memory", name, size, got)
		}
	})
}

// Whatever a cookie contains, it takes at most 96 bytes of memory a byte to read, for every reader.
func FuzzFind(f *testing.F) {
	for _, value := range valuetest.Costly(3000) {
		f.Add(value)
	}
	all := readers(f)
	drivers := map[string]driver.Driver{}
	for name, r := range all {
		if r.written == nil {
			continue
		}
		var err error
		if drivers[name], err = r.written.Open(driver.Config{CookieName: r.name, MaxCookieSize: 4096}); err != nil {
			f.Fatal(err)
		}
	}
	f.Fuzz(func(t *testing.T, value string) {
		at := time.Now()
		for name, d := range drivers {
			for _, key := range []string{"_flashes", "v"} {
				payload := []byte(`{"` + key + `":` + value + `}`)
				token, _, err := d.Save(t.Context(), nil, driver.Write{Payload: payload, At: at, Expires: at.Add(time.Hour)})
				if err != nil {
					continue // it is too large
				}
				read := func() { readAll(all[name].m, all[name].name+"="+string(token)) }
				limit := uint64(96*len(payload) + 128<<10)
				if raceDetector {
					limit += limit / 2
				}
				got := valuetest.Allocated(read)
				for i := 0; i < 4 && got > limit; i++ { // the first may fill pools
					got = min(got, valuetest.Allocated(read))
				}
				if got > limit {
					t.Errorf("%s: %.80q at %s takes %d bytes of memory", name, value, key, got)
				}
			}
		}
	})
}

// The readers and the values that need most: 32 rows, half a minute with -benchtime 0.5s.
func BenchmarkFind_TheCostliestCookie(b *testing.B) {
	readBy := []string{"sealed", "Flask", "signed to Flask", "Flask to stored"}
	costliest(b, readBy, []string{"numbers", "floats", "dicts", "dicts with a key"}, func(name string, _ int, read func()) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				read()
			}
		})
	})
}

// A header of cookies that nobody with a key made takes at most its own size of memory to refuse,
// and a little.
func TestFind_AForgedCookieIsCheap(t *testing.T) {
	var bomb bytes.Buffer
	z := zlib.NewWriter(&bomb)
	_, _ = z.Write(make([]byte, 1<<20))
	_ = z.Close()
	const size = 512 << 10
	headers := map[string]func(name string) string{
		"a long value": func(name string) string { return name + "=" + strings.Repeat("A", size) },
		"dots":         func(name string) string { return name + "=" + strings.Repeat(".", size) },
		"a token that is long": func(name string) string {
			return name + "=" + strings.Repeat("A", size) + ".ZVPxAA." + strings.Repeat("A", 43)
		},
		"a compressed bomb": func(name string) string {
			return name + "=." + base64.RawURLEncoding.EncodeToString(bomb.Bytes()) + ".ZVPxAA." + strings.Repeat("A", 27)
		},
		"an ID":              func(name string) string { return name + "=" + strings.Repeat("A", 43) },
		"cookies of a name":  func(name string) string { return strings.Repeat(name+"=AAAA; ", size/8) },
		"different cookies":  func(name string) string { return manyCookies(name, size) },
		"cookies of another": func(string) string { return strings.Repeat("other=A; ", size/9) },
		"semicolons":         func(string) string { return strings.Repeat(";", size) },
		"equals signs":       func(name string) string { return name + strings.Repeat("=", size) },
		"quotes":             func(name string) string { return name + `="` + strings.Repeat(`\"`, size/2) },
	}
	for name, r := range readers(t) {
		for what, make := range headers {
			header := make(r.name)
			read := func() { readAll(r.m, header) }
			read()
			if got, limit := allocated(read), uint64(len(header)+64<<10); got > limit {
				t.Errorf("%s, %s: %d bytes take %d bytes of memory", name, what, len(header), got)
			}
		}
	}
}

// manyCookies has as many different values as there is room for.
func manyCookies(name string, size int) string {
	var b strings.Builder
	for i := 0; b.Len() < size; i++ {
		b.WriteString(name + "=" + base64.RawURLEncoding.EncodeToString([]byte{byte(i), byte(i >> 8), byte(i >> 16)}) + ".ZVPxAA.AAAA; ")
	}
	return b.String()
}
