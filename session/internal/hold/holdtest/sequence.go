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
}

// Sequence returns a handler that makes the calls that b encodes, at most 32. It leaves out the
// calls by which the documented differences of package hold can be seen: reading the request body,
// taking over the connection or panicking after a write that only net/http alone would have sent by
// then.
func Sequence(b []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s := sequence{exchange: exchange{w, r}}
		for i := 0; i+1 < min(len(b), 64); i += 2 {
			if end := calls[int(b[i])%len(calls)](&s, int(b[i+1])); end {
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
	lengthsS = []string{"0", "1", "4", "100", "600", "2048", "5000", "70000", "-1", "x"}
)

// nothingLost reports whether net/http alone has sent nothing yet, or only what was flushed.
func (s *sequence) nothingLost() bool { return s.flushed || s.written <= 2048 }

func (s *sequence) wrote(n int) { s.written += n; s.begun = true }

// calls are the calls of a sequence. Each returns whether it was the last.
var calls = []func(s *sequence, arg int) (end bool){
	func(s *sequence, arg int) bool { s.WriteHeader(pick(finals, arg)); s.begun = true; return false },
	func(s *sequence, arg int) bool { s.WriteHeader(pick(infos, arg)); return false },
	func(s *sequence, arg int) bool {
		n := pick(sizes, arg)
		s.wrote(n)
		s.write(strings.Repeat("w", n))
		return false
	},
	func(s *sequence, arg int) bool {
		n := pick(sizes, arg)
		s.wrote(n)
		s.writeString(strings.Repeat("s", n))
		return false
	},
	func(s *sequence, arg int) bool {
		n := pick(sizes, arg)
		s.written += n
		s.begun = s.begun || n > 0
		if arg < 200 {
			s.copy(strings.NewReader(strings.Repeat("c", n)))
		} else {
			s.copy(broken(n))
		}
		return false
	},
	func(s *sequence, _ int) bool { s.flush(); s.begun, s.flushed = true, true; return false },
	func(s *sequence, arg int) bool { s.set("Content-Length", pick(lengthsS, arg)); return false },
	func(s *sequence, arg int) bool { s.set("X-"+strconv.Itoa(arg%3), strconv.Itoa(arg)); return false },
	func(s *sequence, arg int) bool {
		s.Header().Add("X-"+strconv.Itoa(arg%3), strconv.Itoa(arg))
		return false
	},
	func(s *sequence, arg int) bool { s.Header().Del("X-" + strconv.Itoa(arg%3)); return false },
	func(s *sequence, arg int) bool { s.Header().Add("Trailer", "X-"+strconv.Itoa(arg%3)); return false },
	func(s *sequence, arg int) bool { s.set(http.TrailerPrefix+"X-"+strconv.Itoa(arg%5), "t"); return false },
	func(s *sequence, arg int) bool {
		s.Header()[pick([]string{"Content-Type", "Date", "Content-Length"}, arg)] = nil
		return false
	},
	func(s *sequence, arg int) bool {
		s.set("Content-Type", pick([]string{"", "text/html", "a/b"}, arg))
		return false
	},
	func(s *sequence, arg int) bool {
		s.set("Content-Encoding", pick([]string{"", "br"}, arg))
		return false
	},
	func(s *sequence, arg int) bool {
		s.set("Connection", pick([]string{"close", "keep-alive", "Upgrade"}, arg))
		return false
	},
	func(s *sequence, arg int) bool {
		s.set("Transfer-Encoding", pick([]string{"chunked", "identity", ""}, arg))
		return false
	},
	func(s *sequence, _ int) bool { Note(s.r, s.Header()); return false },
	func(s *sequence, _ int) bool {
		if !s.begun || s.flushed {
			s.readBody()
		}
		return false
	},
	func(s *sequence, _ int) bool {
		_ = http.NewResponseController(s.ResponseWriter).EnableFullDuplex()
		_ = http.NewResponseController(s.ResponseWriter).SetWriteDeadline(time.Now().Add(patience))
		return false
	},
	func(s *sequence, _ int) bool {
		if !s.nothingLost() {
			return false
		}
		s.takeOver("raw")
		return true
	},
	func(s *sequence, _ int) bool {
		if s.nothingLost() {
			panic(http.ErrAbortHandler)
		}
		return false
	},
}
