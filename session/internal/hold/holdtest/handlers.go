package holdtest

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Handlers returns the handlers that Compare serves.
func Handlers() []Handler {
	return slices.Concat(bodies(), statuses(), lengths(), headers(), streams(), takeovers(), trailers(), readers(), files(), requestBodies(), ends())
}

// An exchange is a handler's view of one: its methods note what the calls return.
type exchange struct {
	http.ResponseWriter
	r *http.Request
}

func handle(name string, f func(x exchange)) Handler {
	return Handler{name, func(w http.ResponseWriter, r *http.Request) { f(exchange{w, r}) }}
}

func (x exchange) write(s string) {
	n, err := x.ResponseWriter.Write([]byte(s))
	Note(x.r, "Write", n, err)
}

func (x exchange) writeString(s string) {
	n, err := io.WriteString(x.ResponseWriter, s)
	Note(x.r, "WriteString", n, err)
}

// lines writes n bytes, at most 50 at a time.
func (x exchange) lines(n int) {
	const line = "a line of fifty bytes, which is not a power of 2.\n"
	for ; n > 0; n -= len(line) {
		if _, err := io.WriteString(x.ResponseWriter, line[:min(n, len(line))]); err != nil {
			Note(x.r, "line", n, err)
			return
		}
	}
}

func (x exchange) flush() { Note(x.r, "Flush", http.NewResponseController(x.ResponseWriter).Flush()) }

func (x exchange) set(name, value string) { x.Header().Set(name, value) }

// copy copies only from a Reader, so that io.Copy uses the ReaderFrom of the writer if it has one.
func (x exchange) copy(src io.Reader) {
	n, err := io.Copy(x.ResponseWriter, struct{ io.Reader }{src})
	if errors.Is(err, errBroken) {
		err = errBroken // without the addresses of the connection
	}
	Note(x.r, "Copy", n, err)
}

func (x exchange) readBody() string {
	b, err := io.ReadAll(x.r.Body)
	Note(x.r, "ReadAll", len(b), err)
	return string(b)
}

var errBroken = errors.New("the source broke")

// broken is a reader that fails after n bytes.
func broken(n int) io.Reader {
	return io.MultiReader(strings.NewReader(strings.Repeat("x", n)), failing{})
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errBroken }

var modified = time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)

func bodies() []Handler {
	return []Handler{
		handle("nothing", func(exchange) {}),
		handle("text", func(x exchange) { x.writeString("page") }),
		handle("bytes", func(x exchange) { x.write("page") }),
		handle("html in two", func(x exchange) { x.write("<!doc"); x.writeString("type html>") }),
		handle("a picture", func(x exchange) { x.write("\x89PNG\x0D\x0A\x1A\x0A") }),
		handle("an empty write", func(x exchange) { x.write("") }),
		handle("an empty string", func(x exchange) { x.writeString("") }),
		handle("an empty write, then a status", func(x exchange) { x.write(""); x.WriteHeader(404); x.write("page") }),
		handle("2047 bytes", func(x exchange) { x.write(strings.Repeat("x", 2047)) }),
		handle("2048 bytes", func(x exchange) { x.write(strings.Repeat("x", 2048)) }),
		handle("2049 bytes", func(x exchange) { x.write(strings.Repeat("x", 2049)) }),
		handle("2048 and 1 bytes", func(x exchange) { x.write(strings.Repeat("x", 2048)); x.write("x") }),
		handle("1 and 2048 bytes", func(x exchange) { x.write("x"); x.write(strings.Repeat("x", 2048)) }),
		handle("3000 bytes", func(x exchange) { x.writeString(strings.Repeat("x", 3000)) }),
		handle("two times 1500 bytes", func(x exchange) { x.write(strings.Repeat("x", 1500)); x.write(strings.Repeat("y", 1500)) }),
		handle("64 KiB in lines", func(x exchange) { x.lines(64 << 10) }),
		handle("64 KiB and a byte", func(x exchange) { x.lines(64<<10 + 1) }),
		handle("100 KiB in lines", func(x exchange) { x.lines(100 << 10) }),
		handle("100 KiB at once", func(x exchange) { x.write(strings.Repeat("page", 25<<10)) }),
		handle("a status and 100 KiB", func(x exchange) { x.WriteHeader(202); x.write(strings.Repeat("page", 25<<10)) }),
	}
}

func statuses() []Handler {
	twice := func(first, second int) Handler {
		return handle(fmt.Sprint(first, " and ", second), func(x exchange) { x.WriteHeader(first); x.WriteHeader(second); x.write("page") })
	}
	return []Handler{
		handle("201", func(x exchange) { x.WriteHeader(201) }),
		handle("201 and a body", func(x exchange) { x.WriteHeader(201); x.write("page") }),
		handle("a status that has no name", func(x exchange) { x.WriteHeader(799); x.write("page") }),
		{"404", http.NotFound},
		handle("500", func(x exchange) { http.Error(x, "sorry", 500) }),
		{"a redirect", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/next", http.StatusSeeOther) }},
		handle("204", func(x exchange) { x.WriteHeader(204) }),
		handle("204 and a body", func(x exchange) { x.WriteHeader(204); x.write("x"); x.writeString("x") }),
		handle("204 and an empty write", func(x exchange) { x.WriteHeader(204); x.set("X", "1"); x.writeString("") }),
		handle("204 and a Content-Length", func(x exchange) { x.set("Content-Length", "1"); x.WriteHeader(204); x.write("x") }),
		handle("204 and a copy", func(x exchange) { x.WriteHeader(204); x.copy(strings.NewReader("page")) }),
		handle("304", func(x exchange) { x.set("Etag", `"v1"`); x.WriteHeader(304) }),
		handle("304 and a body", func(x exchange) { x.WriteHeader(304); x.write("x") }),
		handle("304 and a type", func(x exchange) { x.set("Content-Type", "a/b"); x.set("Content-Length", "9"); x.WriteHeader(304) }),
		handle("101", func(x exchange) {
			x.set("Connection", "Upgrade")
			x.set("Upgrade", "echo")
			x.WriteHeader(101)
			x.write("x")
		}),
		twice(202, 418), twice(202, 100), twice(202, 103), twice(204, 200), twice(202, 0), twice(304, 1000),
		handle("a status after the body", func(x exchange) { x.write("page"); x.WriteHeader(500) }),
		handle("a status after a flush", func(x exchange) { x.flush(); x.WriteHeader(500); x.WriteHeader(103); x.write("page") }),
		handle("an error after the body", func(x exchange) { x.write("page"); http.Error(x, "sorry", 500) }),
		handle("early hints", func(x exchange) {
			x.set("Link", "</style.css>; rel=preload")
			x.WriteHeader(103)
			x.Header().Del("Link")
			x.write("page")
		}),
		handle("many informational", func(x exchange) {
			for range 3 {
				x.WriteHeader(102)
			}
			x.set("X-Late", "1")
			x.WriteHeader(103)
			x.WriteHeader(404)
		}),
		handle("early hints after the body", func(x exchange) { x.write("page"); x.WriteHeader(103) }),
		handle("early hints alone", func(x exchange) { x.WriteHeader(103) }),
		handle("100", func(x exchange) { x.WriteHeader(100); x.write(x.readBody()) }),
		handle("199", func(x exchange) { x.WriteHeader(199); x.write("page") }),
		handle("an invalid status", func(x exchange) {
			func() {
				defer func() { Note(x.r, recover()) }()
				x.WriteHeader(99)
			}()
			x.WriteHeader(201)
		}),
	}
}

func lengths() []Handler {
	length := func(n, what string, f func(x exchange)) Handler {
		return handle("Content-Length "+n+", "+what, func(x exchange) { x.set("Content-Length", n); f(x) })
	}
	return []Handler{
		length("4", "written", func(x exchange) { x.write("page") }),
		length("4", "written and flushed", func(x exchange) { x.write("page"); x.flush() }),
		length("0", "201", func(x exchange) { x.WriteHeader(201) }),
		length("0", "written over", func(x exchange) { x.write("x") }),
		length("9", "too short", func(x exchange) { x.write("short") }),
		length("9", "nothing", func(exchange) {}),
		length("9", "flushed and short", func(x exchange) { x.flush(); x.write("short") }),
		length("3", "over at once", func(x exchange) { x.write("more"); x.write("s") }),
		length("3", "over in the end", func(x exchange) { x.write("fit"); x.write("more"); x.writeString("more") }),
		length("3", "over in the middle", func(x exchange) { x.write("a"); x.write("more"); x.write("b") }),
		length("3", "over after a flush", func(x exchange) { x.flush(); x.write("fit"); x.write("more") }),
		length("3", "over by a copy", func(x exchange) { x.copy(strings.NewReader("more")) }),
		length("3", "set again", func(x exchange) { x.write("fit"); x.set("Content-Length", "7"); x.write("more") }),
		length("5000", "in lines", func(x exchange) { x.lines(5000) }),
		length("100000", "in many lines", func(x exchange) { x.lines(100_000) }),
		length("100000", "over in many lines", func(x exchange) { x.lines(100_000); x.write("more") }),
		length("-3", "invalid", func(x exchange) { x.write("page") }),
		length("+4", "signed", func(x exchange) { x.write("page") }),
		length("none", "not a number", func(x exchange) { x.write("page") }),
		length("", "empty", func(x exchange) { x.write("page") }),
		length("99999999999999999999", "huge", func(x exchange) { x.write("page") }),
		handle("two Content-Lengths", func(x exchange) { x.Header()["Content-Length"] = []string{"4", "5"}; x.write("page") }),
		handle("a Content-Length after the body", func(x exchange) { x.write("page"); x.set("Content-Length", "9") }),
		handle("a nil Content-Length", func(x exchange) { x.Header()["Content-Length"] = nil; x.write("page") }),
		handle("Transfer-Encoding identity", func(x exchange) { x.set("Transfer-Encoding", "identity"); x.write("page") }),
		handle("Transfer-Encoding chunked", func(x exchange) { x.set("Transfer-Encoding", "chunked"); x.write("page") }),
		handle("Transfer-Encoding and Content-Length", func(x exchange) {
			x.set("Transfer-Encoding", "chunked")
			x.set("Content-Length", "4")
			x.write("page")
		}),
	}
}

func headers() []Handler {
	return []Handler{
		handle("headers of its own", func(x exchange) {
			x.set("Vary", "Accept-Encoding")
			x.Header().Add("Set-Cookie", "a=1")
			x.Header().Add("Set-Cookie", "b=2")
			x.write("page")
		}),
		handle("a header after the body", func(x exchange) { x.write("page"); x.set("X-Late", "1") }),
		handle("a header after the status", func(x exchange) { x.WriteHeader(202); x.set("X-Late", "1"); x.write("page") }),
		handle("a header kept from before", func(x exchange) {
			h := x.Header()
			h.Set("X-Early", "1")
			x.WriteHeader(202)
			h.Set("X-Late", "1")
			h.Set("X-Early", "2")
			x.write("page")
		}),
		handle("a header deleted after the status", func(x exchange) {
			x.set("X-Early", "1")
			x.WriteHeader(202)
			x.Header().Del("X-Early")
			Note(x.r, x.Header())
		}),
		handle("a header added to after the status", func(x exchange) {
			x.Header().Add("X-Early", "1")
			x.WriteHeader(202)
			x.Header().Add("X-Early", "2")
			x.write("page")
			Note(x.r, x.Header())
		}),
		handle("a header changed in place", func(x exchange) {
			x.set("X-Early", "1")
			x.write("page")
			x.Header()["X-Early"][0] = "2"
			x.lines(100_000)
		}),
		handle("headers after a flush", func(x exchange) { x.set("X-Early", "1"); x.flush(); x.set("X-Late", "1"); x.write("page") }),
		handle("no type", func(x exchange) { x.Header()["Content-Type"] = nil; x.write("page") }),
		handle("no type, set after the body", func(x exchange) { x.write("page"); x.Header()["Content-Type"] = nil }),
		handle("an encoding", func(x exchange) { x.set("Content-Encoding", "br"); x.write("page") }),
		handle("no date", func(x exchange) { x.Header()["Date"] = nil; x.write("page") }),
		handle("a date", func(x exchange) { x.set("Date", "yesterday"); x.write("page") }),
		handle("a name that is not canonical", func(x exchange) { x.Header()["x-lower"] = []string{"1", "2"}; x.write("page") }),
		handle("a line that ends early", func(x exchange) { x.set("X-Split", "a\r\nb"); x.write("page") }),
		handle("Connection: close", func(x exchange) { x.set("Connection", "close"); x.write("page") }),
		handle("Connection: keep-alive", func(x exchange) {
			x.set("Connection", "keep-alive")
			x.set("Content-Length", "4")
			x.write("page")
		}),
		handle("Connection: close after the body", func(x exchange) { x.write("page"); x.set("Connection", "close") }),
	}
}
