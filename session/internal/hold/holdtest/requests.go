package holdtest

import "strings"

// A request is what a client sends on one connection. After it, a second request on the connection
// shows whether the connection was kept.
type request struct {
	name    string
	method  string
	version string // HTTP/1.1 if empty
	header  string // lines, each with its \r\n
	body    string
	again   bool // send it twice
}

// requests are those that each handler answers.
var requests = []request{
	{name: "GET", method: "GET"},
	{name: "GET twice", method: "GET", again: true},
	{name: "GET and close", method: "GET", header: "Connection: close\r\n"},
	{name: "GET by HTTP/1.0", method: "GET", version: "HTTP/1.0"},
	{name: "GET by HTTP/1.0 with keep-alive", method: "GET", version: "HTTP/1.0", header: "Connection: keep-alive\r\n"},
	{name: "HEAD", method: "HEAD"},
	{name: "HEAD by HTTP/1.0", method: "HEAD", version: "HTTP/1.0", header: "Connection: keep-alive\r\n"},
	{name: "GET of a range", method: "GET", header: "Range: bytes=2-5\r\n"},
	{name: "GET of a range that is not there", method: "GET", header: "Range: bytes=9000000-\r\n"},
	{name: "GET of a known Etag", method: "GET", header: "If-None-Match: \"v1\"\r\n"},
	{name: "POST", method: "POST", header: "Content-Length: 4\r\n", body: "sent"},
	{name: "POST of 8 KiB", method: "POST", header: "Content-Length: 8192\r\n", body: strings.Repeat("8 bytes ", 1024)},
	{name: "POST in chunks", method: "POST", header: "Transfer-Encoding: chunked\r\n", body: "4\r\nsent\r\n0\r\n\r\n"},
	{name: "POST that expects 100", method: "POST", header: "Content-Length: 4\r\nExpect: 100-continue\r\n", body: "sent"},
	{name: "OPTIONS", method: "OPTIONS"},
}

// Requests returns how many requests over HTTP/1 Compare sends to each handler.
func Requests() int { return len(requests) }

// text is what the client sends. id tells the server to which request the handler's notes belong.
func (r request) text(id string) (text string, methods []string) {
	version := r.version
	if version == "" {
		version = "HTTP/1.1"
	}
	one := r.method + " / " + version + "\r\nHost: example.com\r\n" + exchangeHeader + ": " + id + "\r\n" +
		r.header + "\r\n" + r.body
	text, methods = one, []string{r.method}
	if r.again {
		text, methods = one+one, append(methods, r.method)
	}
	return text + "GET " + kept + " HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n\r\n", append(methods, "GET")
}
