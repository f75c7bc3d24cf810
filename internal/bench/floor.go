package bench

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Floor is the work that no library with a signed cookie can avoid, written out
// by hand for this one session and nothing else:
//
//   - leave: a context that carries the session, and the copy of the request
//     that net/http needs for a new context;
//   - read: also to find the cookie in its header, to compute one
//     HMAC-SHA-256 and compare it, to decode timestamp and payload from base64,
//     to judge the age, and to find the value in the payload;
//   - change: also to write the payload again, encode it, sign it, and add a
//     Set-Cookie header.
//
// It has no options, no lock, no second key, no JSON but what this session
// needs, compresses nothing, and holds no response back; so no library reaches
// it, and the distance to it is what a library's own work costs.
func Floor() *Subject {
	return over(Subject{Name: "floor", Cookie: true}, func() (library, error) {
		f := newFloor(randomKey())
		return func(a Action, j *job) http.Handler { return f.handler(floorHandler(a, j)) }, nil
	})
}

const (
	floorPrefix     = cookieName + "="
	floorAttributes = "; Secure; HttpOnly; Path=/; SameSite=Lax"
	floorLifetime   = 31 * 24 * time.Hour
)

var base64URL = base64.RawURLEncoding.Strict()

// floor is what there is once for all requests: the key's prepared states.
type floor struct{ states sync.Pool }

// floorState is scratch space, used again.
type floorState struct {
	mac  hash.Hash
	sum  [sha256.Size]byte
	text [4096 * 2]byte // of a signature, or of the token to come
	line []byte
}

func newFloor(key []byte) *floor {
	f := new(floor)
	f.states.New = func() any { return &floorState{mac: hmac.New(sha256.New, key), line: make([]byte, 0, 8192)} }
	return f
}

// floorRequest is what there is for each request: the context that carries it.
type floorRequest struct {
	context.Context
	f       *floor
	r       *http.Request
	w       http.ResponseWriter
	payload string
}

type floorKey struct{}

// Value finds the request's session.
func (q *floorRequest) Value(key any) any {
	if key == (floorKey{}) {
		return q
	}
	return q.Context.Value(key)
}

func (f *floor) handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := &floorRequest{Context: r.Context(), f: f, w: w}
		q.r = r.WithContext(q)
		next.ServeHTTP(w, q.r)
	})
}

func floorSession(r *http.Request) *floorRequest {
	return r.Context().Value(floorKey{}).(*floorRequest)
}

// load verifies the cookie and decodes its payload.
func (q *floorRequest) load() bool {
	token, ok := q.cookie()
	if !ok {
		return false
	}
	end := strings.LastIndexByte(token, '.')
	if end < 0 {
		return false
	}
	s := q.f.states.Get().(*floorState)
	defer q.f.states.Put(s)
	text := append(s.text[:0], token...)
	s.mac.Reset()
	s.mac.Write(text[:end])
	sum := s.mac.Sum(s.sum[:0])
	s.line = base64URL.AppendEncode(s.line[:0], sum)
	if subtle.ConstantTimeCompare(s.line, text[end+1:]) != 1 {
		return false
	}
	dot := strings.IndexByte(token, '.')
	var stamp [8]byte
	n, err := base64URL.Decode(stamp[:], text[dot+1:end])
	if err != nil {
		return false
	}
	var seconds int64
	for _, b := range stamp[:n] {
		seconds = seconds<<8 | int64(b)
	}
	if age := time.Since(time.Unix(seconds, 0)); age > floorLifetime {
		return false
	}
	s.line, err = base64URL.AppendDecode(s.line[:0], text[:dot])
	q.payload = string(s.line)
	return err == nil
}

// cookie finds the session cookie in its header.
func (q *floorRequest) cookie() (string, bool) {
	for _, line := range q.r.Header["Cookie"] {
		for line != "" {
			var pair string
			pair, line, _ = strings.Cut(line, "; ")
			if strings.HasPrefix(pair, floorPrefix) {
				return pair[len(floorPrefix):], true
			}
		}
	}
	return "", false
}

// save signs the payload and sets the cookie.
func (q *floorRequest) save(payload []byte) {
	s := q.f.states.Get().(*floorState)
	defer q.f.states.Put(s)
	line := base64URL.AppendEncode(append(s.line[:0], floorPrefix...), payload)
	line = append(line, '.')
	var stamp [8]byte
	binary.BigEndian.PutUint64(stamp[:], uint64(max(time.Now().Unix(), 0)))
	i := 0
	for i < len(stamp)-1 && stamp[i] == 0 {
		i++
	}
	line = base64URL.AppendEncode(line, stamp[i:])
	s.mac.Reset()
	s.mac.Write(line[len(floorPrefix):])
	sum := s.mac.Sum(s.sum[:0])
	line = base64URL.AppendEncode(append(line, '.'), sum)
	line = append(line, floorAttributes...)
	s.line = line
	q.w.Header()["Set-Cookie"] = []string{string(line)}
}

// change replaces what is between the last start and the first end behind
// it, and saves.
func (q *floorRequest) change(start, end, with string) {
	i := strings.LastIndex(q.payload, start)
	if i < 0 {
		return
	}
	i += len(start)
	j := strings.Index(q.payload[i:], end)
	if j < 0 {
		return
	}
	var space [512]byte
	b := append(space[:0], q.payload[:i]...)
	b = append(b, with...)
	q.save(append(b, q.payload[i+j:]...))
}

// text returns the text at a key, which has no escapes.
func (q *floorRequest) text(quotedKey string) string {
	i := strings.Index(q.payload, quotedKey)
	if i < 0 {
		return ""
	}
	rest := q.payload[i+len(quotedKey):]
	end := strings.IndexByte(rest, '"')
	if end < 0 {
		return ""
	}
	return rest[:end]
}

// The session is written {"_flashes":[...],"theme":...,...,"visits":41}.

const (
	noFlashes  = `"_flashes":[`
	oneFlash   = `["message","` + message + `"]`
	visitsText = `"` + visitsKey + `":`
)

func floorHandler(a Action, j *job) http.HandlerFunc {
	quotedKey := `"` + j.key + `":"`
	switch a {
	case Fill:
		return func(_ http.ResponseWriter, r *http.Request) { floorSession(r).save(floorPayload(j.fill)) }
	case Read:
		return func(_ http.ResponseWriter, r *http.Request) {
			j.calls++
			if q := floorSession(r); q.load() {
				j.text = q.text(quotedKey)
			}
		}
	case ReadNumber:
		return func(_ http.ResponseWriter, r *http.Request) {
			if q := floorSession(r); q.load() {
				_, after, _ := strings.Cut(q.payload, visitsText)
				j.found, _ = strconv.Atoi(strings.TrimRight(after, "}"))
			}
		}
	case Change:
		return func(_ http.ResponseWriter, r *http.Request) {
			j.calls++
			var digits [20]byte
			if q := floorSession(r); q.load() {
				q.change(visitsText, "}", string(strconv.AppendInt(digits[:0], int64(j.number), 10)))
			}
		}
	case Flash:
		return func(_ http.ResponseWriter, r *http.Request) {
			j.calls++
			if q := floorSession(r); q.load() {
				q.change(noFlashes, "]", oneFlash)
			}
		}
	case Show:
		return func(_ http.ResponseWriter, r *http.Request) {
			j.calls++
			j.messages = j.messages[:0]
			if q := floorSession(r); q.load() {
				if text := q.text(noFlashes + `["message","`); text != "" {
					j.messages = append(j.messages, text)
				}
				q.change(noFlashes, `],"theme`, "")
			}
		}
	}
	return func(_ http.ResponseWriter, r *http.Request) {
		j.calls++
		floorSession(r) // which is there, and is not asked
	}
}

// floorPayload writes the session; the visits, a number, are last.
func floorPayload(pairs []Pair) []byte {
	b := []byte(`{` + noFlashes + `]`)
	var last []byte
	for _, p := range pairs {
		switch v := p.Value.(type) {
		case string:
			b = fmt.Appendf(b, `,"%s":"%s"`, p.Key, v)
		case int:
			last = fmt.Appendf(last, `,"%s":%d`, p.Key, v)
		}
	}
	return append(append(b, last...), '}')
}
