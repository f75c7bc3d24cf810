package interop

import (
	"encoding/hex"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

// nativeCase is a session of session.Signed, which Python reads with the
// parameters that its comment names.
type nativeCase struct {
	keys   []key
	cookie string
	now    int64
}

func (r *random) nativeCase() nativeCase {
	c := nativeCase{cookie: pick(r, "__Host-session", "__Secure-id", "wafer.session"), now: r.time()}
	for range 1 + r.IntN(3) {
		c.keys = append(c.keys, key{Hex: hex.EncodeToString(r.bytes(32 + r.IntN(40)))})
	}
	return c
}

// python has the same parameters for python/tokens.py.
func (c nativeCase) python() *tokenCase {
	salt := hex.EncodeToString([]byte("wafer.session:" + c.cookie))
	return &tokenCase{kind: "URLSafeTimedSerializer", now: c.now, config: tokenConfig{
		Keys: c.keys, Salt: &salt, signerConfig: signerConfig{Digest: "sha256", Derivation: "hmac", Separator: hex.EncodeToString([]byte("."))},
	}}
}

func (c nativeCase) manager(t testing.TB) *session.Manager {
	t.Helper()
	var keys []secret.Key
	for _, k := range c.keys {
		parsed, err := secret.Parse(k.Hex)
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, parsed)
	}
	m, err := session.New(session.Signed(keys[0], keys[1:]...), &session.Options{
		Cookie:        session.Cookie{Name: c.cookie},
		MaxCookieSize: 1 << 20,
		Clock:         func() time.Time { return time.Unix(c.now, 0) },
		Logger:        slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func (r *random) jsonDict() description {
	d := description{Kind: "dict"}
	for range r.IntN(5) {
		d = d.with(escape(r.validText()), r.jsonValue(2))
	}
	return d
}

// Python writes with itsdangerous, Go reads, adds a value and writes,
// and Python reads what it wrote itself and the value.
func TestNativeTokensAreThoseOfItsdangerous(t *testing.T) {
	p := startPython(t)
	eachCase(t, cases, func(t *testing.T, r *random, count counts) {
		c := r.nativeCase()
		d := r.jsonDict()
		var made madeToken
		p.must(t, c.python().call("sign", map[string]any{"text": "", "value": d}), &made)

		rotated := c
		if r.in(2) {
			rotated.keys = append([]key{{Hex: hex.EncodeToString(r.bytes(32))}}, c.keys...)
		}
		m := rotated.manager(t)
		req := httptest.NewRequest("GET", "/", nil)
		req.Header.Set("Cookie", c.cookie+"="+fromHex(made.Token))
		s, err := m.Load(req)
		if err != nil || s.IsNew() {
			t.Fatalf("Go refuses what Python signed: %v, %q", err, fromHex(made.Token))
		}
		wantSame(t, "Go reads", values(t, s), d)

		value := r.jsonValue(2)
		s.Set("added", plainJSON(value))
		w := httptest.NewRecorder()
		if err := m.Commit(w, req, s); err != nil {
			t.Fatal(err)
		}
		line, _, _ := strings.Cut(w.Header().Get("Set-Cookie"), ";")
		token, _ := strings.CutPrefix(line, c.cookie+"=")
		if strings.HasPrefix(token, ".") {
			count["compressed"]++
		}
		var read unsigned
		p.must(t, rotated.python().call("unsign", map[string]any{"token": hex.EncodeToString([]byte(token)), "max_age": 0}), &read)
		if read.Verdict != "ok" || read.At != c.now {
			t.Fatalf("Python says %s of what Go wrote at %d (it says %d): %q", read.Verdict, c.now, read.At, token)
		}
		wantSame(t, "Python reads", read.Value, d.with("added", value))
		count["read"]++
	})
}
