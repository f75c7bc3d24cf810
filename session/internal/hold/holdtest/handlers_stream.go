package holdtest

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

func streams() []Handler {
	return []Handler{
		handle("a flush", func(x exchange) { x.flush() }),
		handle("a flush in the middle", func(x exchange) { x.write("one "); x.flush(); x.write("two") }),
		handle("a flush in the end", func(x exchange) { x.write("page"); x.flush() }),
		handle("many flushes", func(x exchange) {
			for range 5 {
				x.writeString("line\n")
				x.flush()
			}
		}),
		handle("a status and a flush", func(x exchange) { x.WriteHeader(404); x.flush(); x.flush(); x.write("page") }),
		handle("204 and a flush", func(x exchange) { x.WriteHeader(204); x.flush(); x.write("x") }),
		handle("a flush by type assertion", func(x exchange) {
			x.write("one ")
			if f, ok := x.ResponseWriter.(http.Flusher); ok {
				f.Flush()
			}
			x.write("two")
		}),
		handle("events", func(x exchange) {
			x.set("Content-Type", "text/event-stream")
			x.set("Cache-Control", "no-cache")
			x.flush()
			x.writeString("data: 1\n\n")
			x.flush()
		}),
		handle("300 KiB and a flush", func(x exchange) { x.lines(300 << 10); x.flush(); x.write("end") }),
		handle("deadlines", func(x exchange) {
			c := http.NewResponseController(x.ResponseWriter)
			Note(x.r, c.SetReadDeadline(time.Now().Add(time.Minute)), c.SetWriteDeadline(time.Now().Add(time.Minute)))
			x.write("page")
			Note(x.r, c.SetWriteDeadline(time.Time{}))
		}),
		handle("a write deadline that is over", func(x exchange) {
			x.write("page")
			Note(x.r, http.NewResponseController(x.ResponseWriter).SetWriteDeadline(modified))
		}),
		handle("full duplex", func(x exchange) {
			Note(x.r, http.NewResponseController(x.ResponseWriter).EnableFullDuplex() != nil)
			x.write("page")
			x.flush()
			x.write(x.readBody())
		}),
		handle("the interfaces", func(x exchange) {
			_, flusher := x.ResponseWriter.(http.Flusher)
			_, hijacker := x.ResponseWriter.(http.Hijacker)
			_, reader := x.ResponseWriter.(io.ReaderFrom)
			_, texts := x.ResponseWriter.(io.StringWriter)
			Note(x.r, flusher, hijacker, reader, texts)
		}),
		{"a timeout handler", http.TimeoutHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "in time")
		}), time.Minute, "late").ServeHTTP},
		{"a cancelled request", func(w http.ResponseWriter, r *http.Request) {
			ctx, cancel := context.WithCancel(r.Context())
			cancel()
			<-ctx.Done()
			_, _ = io.WriteString(w, "page")
		}},
	}
}

// takeOver hijacks the connection, sends text, and closes it.
func (x exchange) takeOver(text string) {
	conn, rw, err := http.NewResponseController(x.ResponseWriter).Hijack()
	if err != nil {
		Note(x.r, "Hijack", err)
		x.write("no hijack")
		return
	}
	defer func() { _ = conn.Close() }()
	_, again := hijackAgain(x.ResponseWriter)
	x.WriteHeader(500)
	Note(x.r, "again", again)
	x.write("after")
	raw(rw, text)
}

func hijackAgain(w http.ResponseWriter) (net.Conn, error) {
	conn, _, err := http.NewResponseController(w).Hijack()
	return conn, err
}

func raw(rw *bufio.ReadWriter, text string) {
	_, _ = rw.WriteString(text)
	_ = rw.Flush()
}

func takeovers() []Handler {
	own := "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nraw"
	return []Handler{
		handle("a takeover", func(x exchange) { x.takeOver(own) }),
		handle("a takeover with the header", func(x exchange) {
			x.set("X-Early", "1")
			conn, rw, err := http.NewResponseController(x.ResponseWriter).Hijack()
			if err != nil {
				return
			}
			defer func() { _ = conn.Close() }()
			_, _ = rw.WriteString("HTTP/1.1 101 Switching Protocols\r\n")
			_ = x.Header().Write(rw)
			raw(rw, "\r\n")
		}),
		handle("a status and a takeover", func(x exchange) { x.WriteHeader(200); x.takeOver("raw") }),
		handle("101 and a takeover", func(x exchange) {
			x.set("Connection", "Upgrade")
			x.set("Upgrade", "echo")
			x.WriteHeader(101)
			x.takeOver("raw")
		}),
		handle("404, a length and a takeover", func(x exchange) {
			x.set("Content-Length", "3")
			x.WriteHeader(404)
			x.takeOver("raw")
		}),
		handle("a write and a takeover", func(x exchange) { x.write("page"); x.takeOver("raw") }),
		handle("3000 bytes and a takeover", func(x exchange) { x.write(strings.Repeat("x", 3000)); x.takeOver("raw") }),
		handle("100 KiB and a takeover", func(x exchange) { x.write(strings.Repeat("page", 25<<10)); x.takeOver("raw") }),
		handle("a flush and a takeover", func(x exchange) { x.write("page"); x.flush(); x.takeOver("raw") }),
		handle("early hints and a takeover", func(x exchange) { x.WriteHeader(103); x.takeOver(own) }),
		handle("a body read and a takeover", func(x exchange) { x.readBody(); x.takeOver(own) }),
		handle("a takeover after a late header", func(x exchange) {
			x.set("X-Early", "1")
			x.WriteHeader(200)
			x.set("X-Late", "1")
			x.takeOver("raw")
		}),
	}
}

func trailers() []Handler {
	return []Handler{
		handle("a trailer", func(x exchange) { x.set("Trailer", "X-Sum"); x.write("body"); x.set("X-Sum", "42") }),
		handle("two trailers", func(x exchange) {
			x.set("Trailer", "X-Sum, x-other,, Content-Length")
			x.write("body")
			x.set("X-Sum", "42")
			x.Header().Add("X-Other", "1")
			x.Header().Add("X-Other", "2")
		}),
		handle("a trailer set before the body", func(x exchange) {
			x.set("Trailer", "X-Sum")
			x.set("X-Sum", "1")
			x.write("body")
			x.set("X-Sum", "2")
		}),
		handle("a trailer declared after the body", func(x exchange) { x.write("body"); x.set("Trailer", "X-Sum"); x.set("X-Sum", "42") }),
		handle("a trailer and a status alone", func(x exchange) { x.set("Trailer", "X-Sum"); x.WriteHeader(200); x.set("X-Sum", "42") }),
		handle("a trailer that is never set", func(x exchange) { x.set("Trailer", "X-Sum"); x.write("body") }),
		handle("a trailer after a flush", func(x exchange) {
			x.set("Trailer", "X-Sum")
			x.flush()
			x.set("X-Sum", "42")
			x.set(http.TrailerPrefix+"X-More", "yes")
		}),
		handle("a trailer after 100 KiB", func(x exchange) { x.set("Trailer", "X-Sum"); x.lines(100 << 10); x.set("X-Sum", "42") }),
		handle("a trailer without notice", func(x exchange) { x.write("body"); x.set(http.TrailerPrefix+"X-More", "yes") }),
		handle("a trailer without notice after 3000 bytes", func(x exchange) { x.lines(3000); x.set(http.TrailerPrefix+"X-More", "yes") }),
		handle("a trailer without notice before the body", func(x exchange) { x.set(http.TrailerPrefix+"X-More", "yes"); x.write("body") }),
		handle("a trailer and a Content-Length", func(x exchange) {
			x.set("Content-Length", "4")
			x.set("Trailer", "X-Sum")
			x.write("body")
			x.set("X-Sum", "42")
		}),
		handle("a trailer and 204", func(x exchange) { x.set("Trailer", "X-Sum"); x.WriteHeader(204); x.set("X-Sum", "42") }),
		handle("a trailer by a header kept from before", func(x exchange) {
			h := x.Header()
			h.Set("Trailer", "X-Sum")
			x.write("body")
			h.Set("X-Sum", "42")
			h.Set("X-Late", "1")
		}),
	}
}

// ends are handlers that panic when nothing of theirs was sent, or all of it.
func ends() []Handler {
	return []Handler{
		handle("a panic", func(exchange) { panic("boom") }),
		handle("an abort", func(exchange) { panic(http.ErrAbortHandler) }),
		handle("a panic after a write", func(x exchange) { x.write("half a page"); panic(http.ErrAbortHandler) }),
		handle("a panic after a status", func(x exchange) { x.WriteHeader(201); panic(http.ErrAbortHandler) }),
		handle("a panic after a flush", func(x exchange) { x.write("half"); x.flush(); x.write("a page"); panic(http.ErrAbortHandler) }),
		handle("a panic after early hints", func(x exchange) { x.WriteHeader(103); panic(http.ErrAbortHandler) }),
		handle("a panic that is recovered", func(x exchange) {
			defer func() {
				_ = recover()
				http.Error(x, "sorry", 500)
			}()
			x.set("X-Early", "1")
			panic("boom")
		}),
		handle("a panic after a write that is recovered", func(x exchange) {
			defer func() {
				_ = recover()
				http.Error(x, "sorry", 500)
			}()
			x.write("half a page")
			panic("boom")
		}),
	}
}
