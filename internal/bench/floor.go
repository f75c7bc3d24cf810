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
	return inside(Subject{Name: "floor", Cookie: true}, func() (func(http.Handler) http.Handler, func(http.ResponseWriter, *http.Request) floorValues, error) {
		return newFloor(randomKey()).handler, func(w http.ResponseWriter, r *http.Request) floorValues {
			return floorValues{r.Context().Value(floorKey{}).(*floorRequest), w}
		}, nil
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
	mac   hash.Hash
	sum   [sha256.Size]byte
	text  [4096 * 2]byte // of a signature
	space [512]byte      // for next, if it is no longer
	next  []byte         // the payload to come
	line  []byte
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
	payload string
	s       *floorState // once the session is used
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
		q := &floorRequest{Context: r.Context(), f: f}
		q.r = r.WithContext(q)
		next.ServeHTTP(w, q.r)
		if q.s != nil {
			f.states.Put(q.s)
		}
	})
}

// begin gets the request its scratch space.
func (q *floorRequest) begin() *floorState {
	if q.s == nil {
		q.s = q.f.states.Get().(*floorState)
		q.s.next = q.s.space[:0]
	}
	return q.s
}

// load returns the payload of the cookie, once it is verified, or nothing if it is refused.
func (q *floorRequest) load() string {
	if q.payload != "" {
		return q.payload
	}
	token := q.cookie()
	end := strings.LastIndexByte(token, '.')
	if end < 0 {
		return ""
	}
	s := q.begin()
	text := append(s.text[:0], token...)
	s.mac.Reset()
	s.mac.Write(text[:end])
	sum := s.mac.Sum(s.sum[:0])
	s.line = base64URL.AppendEncode(s.line[:0], sum)
	if subtle.ConstantTimeCompare(s.line, text[end+1:]) != 1 {
		return ""
	}
	dot := strings.IndexByte(token, '.')
	var stamp [8]byte
	n, err := base64URL.Decode(stamp[:], text[dot+1:end])
	if err != nil {
		return ""
	}
	var seconds int64
	for _, b := range stamp[:n] {
		seconds = seconds<<8 | int64(b)
	}
	if age := time.Since(time.Unix(seconds, 0)); age > floorLifetime {
		return ""
	}
	if s.line, err = base64URL.AppendDecode(s.line[:0], text[:dot]); err == nil {
		q.payload = string(s.line)
	}
	return q.payload
}

// cookie finds the session cookie in its header.
func (q *floorRequest) cookie() string {
	for _, line := range q.r.Header["Cookie"] {
		for line != "" {
			var pair string
			pair, line, _ = strings.Cut(line, "; ")
			if strings.HasPrefix(pair, floorPrefix) {
				return pair[len(floorPrefix):]
			}
		}
	}
	return ""
}

// The payload is written {"_flashes":[...],"theme":...,"visits":41,...}, without escapes.
const (
	noFlashes   = `{"_flashes":[`
	beginsFlash = `["message","`
	endsFlash   = `"]`
	oneFlash    = beginsFlash + message + endsFlash
	endsFlashes = `],"`
	visitsText  = `"` + visitsKey + `":`
	digits      = "0123456789"
)

// floorValues is the session of one request, as its handler uses it.
type floorValues struct {
	q *floorRequest
	w http.ResponseWriter
}

func (v floorValues) Fill(p Pair) {
	s := v.q.begin()
	if len(s.next) == 0 {
		s.next = append(s.next, noFlashes+"]}"...)
	}
	s.next = s.next[:len(s.next)-len("}")]
	switch value := p.Value.(type) {
	case string:
		s.next = fmt.Appendf(s.next, `,"%s":"%s"}`, p.Key, value)
	case int:
		s.next = fmt.Appendf(s.next, `,"%s":%d}`, p.Key, value)
	}
}

func (v floorValues) Text(key string) string {
	var space [64]byte
	before := append(append(append(space[:0], '"'), key...), `":"`...)
	payload := v.q.load()
	i := strings.Index(payload, string(before))
	if i < 0 {
		return ""
	}
	text, _, _ := strings.Cut(payload[i+len(before):], `"`)
	return text
}

func (v floorValues) Number() int {
	_, after, _ := strings.Cut(v.q.load(), visitsText)
	n, _ := strconv.Atoi(after[:len(after)-len(strings.TrimLeft(after, digits))])
	return n
}

func (v floorValues) SetNumber(n int) {
	before, after, _ := strings.Cut(v.q.load(), visitsText)
	var number [20]byte
	v.change(before, visitsText, string(strconv.AppendInt(number[:0], int64(n), 10)), strings.TrimLeft(after, digits))
}

func (v floorValues) Flash() {
	_, after, _ := strings.Cut(v.q.load(), noFlashes)
	v.change(noFlashes, oneFlash, after)
}

func (v floorValues) Flashes(into []string) []string {
	_, after, _ := strings.Cut(v.q.load(), noFlashes)
	flashes, after, _ := strings.Cut(after, endsFlashes)
	if text, ok := strings.CutPrefix(flashes, beginsFlash); ok {
		into = append(into, strings.TrimSuffix(text, endsFlash))
	}
	v.change(noFlashes, endsFlashes, after)
	return into
}

// change makes the payload to come of some parts.
func (v floorValues) change(parts ...string) {
	s := v.q.begin()
	s.next = s.space[:0]
	for _, part := range parts {
		s.next = append(s.next, part...)
	}
}

// Save signs the payload to come and sets the cookie.
func (v floorValues) Save() {
	s := v.q.begin()
	line := base64URL.AppendEncode(append(s.line[:0], floorPrefix...), s.next)
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
	s.line = append(line, floorAttributes...)
	v.w.Header()["Set-Cookie"] = []string{string(s.line)}
}
