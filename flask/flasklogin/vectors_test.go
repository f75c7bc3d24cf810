package flasklogin

import (
	"encoding/json"
	"net/http"
	"os"
	"testing"
)

// vectors are what a release of Flask-Login made; see testdata/README.md.
type vectors struct {
	Requests []struct {
		Address string
		Headers map[string]string // a character is a byte
		ID      string
	}
	Tokens []struct{ Key, ID, Value string }
}

func readVectors(t testing.TB, file string) (v vectors) {
	t.Helper()
	text, err := os.ReadFile("testdata/" + file)
	if err == nil {
		err = json.Unmarshal(text, &v)
	}
	if err != nil {
		t.Fatal(err)
	}
	if len(v.Requests) < 10 || len(v.Tokens) < 10 {
		t.Fatalf("%s has %d requests and %d tokens", file, len(v.Requests), len(v.Tokens))
	}
	return v
}

var releases = map[string]Release{"flask-login-0.6.2.json": Since05, "flask-login-main.json": Main}

const goodKey = "a key of the tests, for both halves"

func newLogins(t testing.TB, opts *Options) *Logins {
	t.Helper()
	l, err := New(goodKey, opts)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestIdentifier_FlaskLogins(t *testing.T) {
	for file, release := range releases {
		for _, v := range readVectors(t, file).Requests {
			r := &http.Request{Header: http.Header{}}
			for name, value := range v.Headers {
				var sent []byte
				for _, c := range value {
					sent = append(sent, byte(c))
				}
				r.Header.Set(name, string(sent))
			}
			l := newLogins(t, &Options{Release: release, RemoteAddr: func(*http.Request) string { return v.Address }})
			if got := l.Identifier(r); got != v.ID {
				t.Errorf("%s: %q, %q: %s, want %s", file, v.Address, v.Headers, got, v.ID)
			}
		}
	}
}

func TestIdentifier_TheConnectionsAddressByDefault(t *testing.T) {
	for address, want := range map[string]string{"192.0.2.1:1234": "192.0.2.1", "[2001:db8::1]:80": "2001:db8::1", "@": "@"} {
		r := &http.Request{Header: http.Header{}, RemoteAddr: address}
		given := newLogins(t, &Options{RemoteAddr: func(*http.Request) string { return want }})
		if newLogins(t, nil).Identifier(r) != given.Identifier(r) {
			t.Errorf("the address of %s is not %s", address, want)
		}
	}
}

func TestIdentifier_EachByteIsALatin1Character(t *testing.T) {
	for bytes, want := range map[string]string{"": "", "a\x7f": "a\x7f", "\x80": "\u0080", "\xe9": "é", "a\xff": "aÿ", "é": "Ã©"} {
		if got := latin1(bytes); got != want {
			t.Errorf("%q is %q, want %q", bytes, got, want)
		}
	}
}

func TestToken_FlaskLogins(t *testing.T) {
	for file := range releases {
		for _, v := range readVectors(t, file).Tokens {
			l, err := New(v.Key, nil)
			if err != nil {
				t.Fatal(err)
			}
			if owner, err := l.OpenToken(v.Value); err != nil || owner != v.ID {
				t.Errorf("%s: %s of %q is read as %q, %v", file, v.Value, v.ID, owner, err)
			}
			if file == "flask-login-0.6.2.json" && l.Token(v.ID) != v.Value {
				t.Errorf("%s: %q is written as %s, want %s", file, v.ID, l.Token(v.ID), v.Value)
			}
		}
	}
}
