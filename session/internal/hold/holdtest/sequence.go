package holdtest

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// A sequence is a handler made of calls, each of a byte that chooses the call and one for its
// argument.
type sequence struct {
	exchange
	written int  // bytes, also those that were refused
	begun   bool // the response has a status, unless it is informational
	flushed bool // the header was sent
	ended   bool // no other call follows
}

// Sequence returns a handler that makes the calls that b encodes, at most 32. It leaves out the
// calls by which the documented differences of package hold can be seen: reading the request body,
// taking over the connection or panicking after a write that only net/http alone would have sent by
// then.
func Sequence(b []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s := sequence{exchange: exchange{w, r}}
		for i := 0; i+1 < min(len(b), 64); i += 2 {
			if calls[int(b[i])%len(calls)](&s, int(b[i+1])); s.ended {
				return
			}
		}
	}
}

func pick[T any](from []T, i int) T { return from[i%len(from)] }

var (
	sizes    = []int{0, 1, 3, 4, 100, 511, 512, 513, 600, 2047, 2048, 2049, 5000, 70_000}
	finals   = []int{200, 201, 204, 206, 303, 304, 404, 413, 500, 799, 101}
	infos    = []int{100, 102, 103, 199}
	declared = []string{"0", "1", "4", "100", "600", "2048", "5000", "70000", "-1", "x"}
)

// nothingLost reports whether net/http alone has sent nothing yet, or only what was flushed.
func (s *sequence) nothingLost() bool { return s.flushed || s.written <= 2048 }

func (s *sequence) wrote(n int) { s.written += n; s.begun = true }

// calls are the calls of a sequence. Append new ones: the seeds of the fuzz test have their
// indexes.
var calls = []func(s *sequence, arg int){
	func(s *sequence, arg int) { s.WriteHeader(pick(finals, arg)); s.begun = true },
	func(s *sequence, arg int) { s.WriteHeader(pick(infos, arg)) },
	func(s *sequence, arg int) {
		n := pick(sizes, arg)
		s.wrote(n)
		s.write(strings.Repeat("w", n))
	},
	func(s *sequence, arg int) {
		n := pick(sizes, arg)
		s.wrote(n)
		s.writeString(strings.Repeat("s", n))
	},
	func(s *sequence, arg int) {
		n := pick(sizes, arg)
		s.written += n
		s.begun = s.begun || n > 0
		if arg < 200 {
			s.copy(strings.NewReader(strings.Repeat("c", n)))
		} else {
			s.copy(broken(n))
		}
	},
	func(s *sequence, _ int) { s.flush(); s.begun, s.flushed = true, true },
	func(s *sequence, arg int) { s.set("Content-Length", pick(declared, arg)) },
	func(s *sequence, arg int) { s.set("X-"+strconv.Itoa(arg%3), strconv.Itoa(arg)) },
	func(s *sequence, arg int) {
		s.Header().Add("X-"+strconv.Itoa(arg%3), strconv.Itoa(arg))
	},
	func(s *sequence, arg int) { s.Header().Del("X-" + strconv.Itoa(arg%3)) },
	func(s *sequence, arg int) { s.Header().Add("Trailer", "X-"+strconv.Itoa(arg%3)) },
	func(s *sequence, arg int) { s.set(http.TrailerPrefix+"X-"+strconv.Itoa(arg%5), "t") },
	func(s *sequence, arg int) {
		s.Header()[pick([]string{"Content-Type", "Date", "Content-Length"}, arg)] = nil
	},
	func(s *sequence, arg int) {
		s.set("Content-Type", pick([]string{"", "text/html", "a/b"}, arg))
	},
	func(s *sequence, arg int) {
		s.set("Content-Encoding", pick([]string{"", "br"}, arg))
	},
	func(s *sequence, arg int) {
		s.set("Connection", pick([]string{"close", "keep-alive", "Upgrade"}, arg))
	},
	func(s *sequence, arg int) {
		s.set("Transfer-Encoding", pick([]string{"chunked", "identity", ""}, arg))
	},
	func(s *sequence, _ int) { Note(s.r, s.Header()) },
	func(s *sequence, _ int) {
		if !s.begun || s.flushed {
			s.readBody()
		}
	},
	func(s *sequence, _ int) {
		_ = http.NewResponseController(s.ResponseWriter).EnableFullDuplex()
		_ = http.NewResponseController(s.ResponseWriter).SetWriteDeadline(time.Now().Add(patience))
	},
	func(s *sequence, _ int) {
		if s.nothingLost() {
			s.takeOver("raw")
			s.ended = true
		}
	},
	func(s *sequence, _ int) {
		if s.nothingLost() {
			panic(http.ErrAbortHandler)
		}
	},
}
