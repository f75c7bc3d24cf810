package interop

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/wafer-go/wafer/itsdangerous"
)

// tokenConfig is how a case's tokens are signed; python/tokens.py takes its
// JSON form.
type tokenConfig struct {
	Keys []key   `json:"keys"` // the current one, then those accepted, newest first
	Salt *string `json:"salt"` // in hex; nil is the default
	signerConfig
	Fallback []signerConfig `json:"fallback"`
}

type signerConfig struct {
	Digest     string `json:"digest"`     // empty is the default
	Derivation string `json:"derivation"` // the same
	Separator  string `json:"sep"`        // in hex
}

func (r *random) tokenConfig() tokenConfig {
	c := tokenConfig{signerConfig: r.signerConfig()}
	for range 1 + max(0, r.IntN(6)-2) {
		c.Keys = append(c.Keys, r.key())
	}
	if !r.in(3) {
		salt := hex.EncodeToString(r.bytes(r.IntN(20)))
		c.Salt = &salt
	}
	for range max(0, r.IntN(5)-2) {
		c.Fallback = append(c.Fallback, r.signerConfig())
	}
	return c
}

func (r *random) signerConfig() signerConfig {
	return signerConfig{
		Digest:     pick(r, append(sortedKeys(digests), "", "")...),
		Derivation: pick(r, "", "hmac", "concat", "django-concat", "none"),
		Separator:  hex.EncodeToString([]byte(pick(r, ".", ".", ".", ".", ":", "~", "|", " ", "::", "..", "/", "+", "é", "\x00", "!.!"))),
	}
}

func (c signerConfig) options() itsdangerous.Options {
	return itsdangerous.Options{
		Digest: digests[c.Digest], Derivation: itsdangerous.Derivation(c.Derivation), Separator: fromHex(c.Separator),
	}
}

func (c tokenConfig) options(now int64) *itsdangerous.SerializerOptions {
	o := &itsdangerous.SerializerOptions{Options: c.signerConfig.options()}
	if c.Salt != nil {
		o.Salt = fromHex(*c.Salt)
		o.EmptySalt = o.Salt == ""
	}
	o.Clock = func() time.Time { return time.Unix(now, 0) }
	for _, f := range c.Fallback {
		o.Fallback = append(o.Fallback, f.options())
	}
	return o
}

// older are the keys that are accepted.
func (c tokenConfig) older() (keys [][]byte) {
	for _, key := range c.Keys[1:] {
		keys = append(keys, key.bytes())
	}
	return keys
}

func fromHex(text string) string {
	b, err := hex.DecodeString(text)
	if err != nil {
		panic(err) // we wrote it
	}
	return string(b)
}

// tool is any of the six that make tokens, in Go.
type tool struct {
	sign   func(text string, value any) (string, error)
	unsign func(token string, maxAge time.Duration) (opened, error)
}

// opened is what a token holds.
type opened struct {
	text string // of a signer's
	json []byte // of a serializer's
	at   int64  // -1 without time
}

// kinds are the tools' names in Python.
var kinds = []string{"Signer", "TimestampSigner", "Serializer", "TimedSerializer", "URLSafeSerializer", "URLSafeTimedSerializer"}

func newTool(t testing.TB, kind string, c tokenConfig, now int64) tool {
	t.Helper()
	secret, o := c.Keys[0].bytes(), c.options(now)
	check := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	switch kind {
	case "Signer":
		s, err := itsdangerous.NewSigner(secret, &o.Options, c.older()...)
		check(err)
		return tool{
			func(text string, _ any) (string, error) { return s.Sign(text), nil },
			func(token string, _ time.Duration) (opened, error) {
				text, err := s.Unsign(token)
				return opened{text: text, at: -1}, err
			},
		}
	case "TimestampSigner":
		s, err := itsdangerous.NewTimestampSigner(secret, &o.Options, c.older()...)
		check(err)
		return tool{
			func(text string, _ any) (string, error) { return s.Sign(text), nil },
			func(token string, maxAge time.Duration) (opened, error) {
				signed, err := s.Unsign(token, maxAge)
				return opened{text: signed.Value, at: signed.SignedAt.Unix()}, err
			},
		}
	case "Serializer", "URLSafeSerializer":
		newSerializer := itsdangerous.NewSerializer
		if kind == "URLSafeSerializer" {
			newSerializer = itsdangerous.NewURLSafeSerializer
		}
		s, err := newSerializer(secret, o, c.older()...)
		check(err)
		return tool{
			func(_ string, value any) (string, error) { return s.Dump(value) },
			func(token string, _ time.Duration) (opened, error) {
				var raw json.RawMessage
				err := s.Load(token, &raw)
				return opened{json: raw, at: -1}, err
			},
		}
	}
	newSerializer := itsdangerous.NewTimedSerializer
	if kind == "URLSafeTimedSerializer" {
		newSerializer = itsdangerous.NewURLSafeTimedSerializer
	}
	s, err := newSerializer(secret, o, c.older()...)
	check(err)
	return tool{
		func(_ string, value any) (string, error) { return s.Dump(value) },
		func(token string, maxAge time.Duration) (opened, error) {
			var raw json.RawMessage
			at, err := s.Load(token, maxAge, &raw)
			return opened{json: raw, at: at.Unix()}, err
		},
	}
}

// verdict names an error as Python does.
func verdict(err error) string {
	for _, kind := range []struct {
		err  error
		name string
	}{
		{itsdangerous.ErrSignatureExpired, "SignatureExpired"},
		{itsdangerous.ErrBadTimeSignature, "BadTimeSignature"},
		{itsdangerous.ErrBadSignature, "BadSignature"},
		{itsdangerous.ErrBadPayload, "BadPayload"},
	} {
		if errors.Is(err, kind.err) {
			return kind.name
		}
	}
	if err != nil {
		return err.Error()
	}
	return "ok"
}

// describeJSON describes what JSON holds, integers of any size kept.
func describeJSON(t testing.TB, text []byte) description {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v: %.300q", err, text)
	}
	return describe(t, withFloats(v))
}

// withFloats turns numbers with a fraction or exponent into floats.
func withFloats(v any) any {
	switch v := v.(type) {
	case json.Number:
		if bytes.ContainsAny([]byte(v), ".eE") {
			f, _ := v.Float64() // an infinity where it is too large, as in Python
			return f
		}
	case []any:
		for i := range v {
			v[i] = withFloats(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = withFloats(v[k])
		}
	}
	return v
}
