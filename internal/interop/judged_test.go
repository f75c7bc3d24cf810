package interop

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/session"
)

// A judged token is one of Flask's that is too old, or from the future, or was
// changed on its way, or is read with other parameters than it was signed with.
type judged struct {
	token    string
	reader   signing
	age      int64 // seconds
	lifetime int64 // seconds, maxLifetime at most

	// respelled says that the token is not the one that Flask made. Python
	// takes some such spellings of a signature for it: padded, in base64's other
	// alphabet, with stray bytes or spare bits. We differ: one spelling only.
	respelled bool
}

func (r *random) judged(token string, writer signing) judged {
	j := judged{token: token, reader: writer, lifetime: pick(r, 1, 60, 31*86400, 1+r.Int64N(maxLifetime))}
	j.age = pick(r, 0, j.lifetime, j.lifetime+1, -1, j.lifetime-1, r.Int64N(2*j.lifetime+2), -r.Int64N(1000))
	switch r.IntN(3) {
	case 0:
		j.token = r.respell(token)
		j.respelled = j.token != token
	case 1:
		j.reader = r.otherSigning(writer)
	}
	return j
}

// otherSigning changes one parameter.
func (r *random) otherSigning(s signing) signing {
	switch r.IntN(4) {
	case 0:
		s.Keys = []key{r.key()}
	case 1:
		s.Salt += pick(r, "x", " ", "\x00")
	case 2:
		s.Digest = pick(r, sortedKeys(digests)...)
	case 3:
		s.Derivation = pick(r, "hmac", "concat", "django-concat", "none")
	}
	return s
}

const base64Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// respell changes a token, most often its signature, since only there may
// Python not mind.
func (r *random) respell(token string) string {
	dot := strings.LastIndexByte(token, '.')
	at := r.IntN(len(token) + 1)
	if dot >= 0 && r.in(2) {
		at = dot + 1 + r.IntN(len(token)-dot)
	}
	switch r.IntN(12) {
	case 0:
		return token + strings.Repeat("=", 1+r.IntN(4))
	case 1:
		return token[:at] + pick(r, "=", " ", "\n", "\r", "\t", "*", "é", "\x00", "%", "~", ":") + token[at:]
	case 2:
		return strings.NewReplacer("-", "+", "_", "/").Replace(token)
	case 3:
		// The last character of a signature may have bits to spare.
		return token[:len(token)-1] + string(base64Alphabet[r.IntN(64)])
	case 4:
		return token[:at]
	case 5:
		return token + token[at:]
	case 6:
		return pick(r, strings.ToUpper, strings.ToLower)(token)
	case 7:
		return token[:min(at, len(token)-1)] + string(base64Alphabet[r.IntN(64)]) + token[min(at, len(token)-1)+1:]
	case 8:
		return pick(r, ".", "..", "...", "-", "a.b.c", "."+token, token+".", token+"."+token, strings.Replace(token, ".", "", 1))
	case 9:
		return token + string(base64Alphabet[r.IntN(64)])
	case 10:
		return strings.Replace(token, ".", "..", 1)
	}
	return token[min(at, len(token)):]
}

// Of every token, Go and Flask say the same: that it is a session, or that it
// is none.
func TestGoRefusesWhatFlaskRefuses(t *testing.T) {
	p := startPython(t)
	eachCase(t, cases, func(t *testing.T, r *random, count counts) {
		writer := r.flaskSigning()
		at := 1<<31 + r.Int64N(1<<32)
		var wrote dumped
		p.must(t, map[string]any{"op": "dump", "cfg": writer, "time": at, "value": r.session(shape{surrogates: true})}, &wrote)
		j := r.judged(wrote.Token, writer)
		now := at + j.age

		var read loaded
		p.must(t, map[string]any{"op": "load", "cfg": j.reader, "time": now, "max_age": j.lifetime, "token": j.token}, &read)
		goProgram := newProgram(t, j.reader, now, time.Duration(j.lifetime)*time.Second)
		if !cookieCan(j.token) {
			// A browser cannot send it, but a keeper must be proof against it.
			_, err := goProgram.driver.Load(t.Context(), j.token)
			goProgram.refused = err
		} else if _, s := goProgram.load(t, j.token); goProgram.refused == nil && read.Verdict == "ok" && !j.respelled && j.token != "" {
			wantSame(t, "Go reads", values(t, s), read.Value)
		}
		goTakes := goProgram.refused == nil && j.token != ""
		switch flaskTakes := read.Verdict == "ok"; {
		case j.respelled && flaskTakes && goTakes:
			t.Errorf("Go takes another spelling of a token too\nmade %s\nsent %q", wrote.Token, j.token)
		case j.respelled && flaskTakes:
			count["sloppy spellings that only Python takes"]++
		case flaskTakes != goTakes:
			t.Errorf("Flask says %s and Go says %v, age %d, lifetime %d:\n%q", read.Verdict, goProgram.refused, j.age, j.lifetime, j.token)
		case flaskTakes:
			count["taken"]++
		default:
			count["refused "+read.Verdict]++
			goSaysAge := errors.Is(goProgram.refused, session.ErrExpired) || errors.Is(goProgram.refused, session.ErrFromFuture)
			if !j.respelled && goSaysAge != (read.Verdict == "SignatureExpired") {
				t.Errorf("Flask says %s and Go says %v, age %d, lifetime %d", read.Verdict, goProgram.refused, j.age, j.lifetime)
			}
		}
	})
}

// cookieCan reports whether a cookie can have the value.
func cookieCan(value string) bool {
	for _, c := range []byte(value) {
		if c <= ' ' || c >= 0x7F || c == ';' || c == '"' || c == '\\' || c == ',' {
			return false
		}
	}
	return true
}
