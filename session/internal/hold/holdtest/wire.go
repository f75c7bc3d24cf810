package holdtest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"strconv"
	"strings"
	"time"
)

// patience limits an exchange. No exchange needs as long, unless a rule is broken.
const patience = 20 * time.Second

// transmit opens a connection, sends text, and returns all that the server sends until it closes.
func transmit(addr, text string) ([]byte, error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, err
	}
	if _, err := io.WriteString(conn, text); err != nil {
		return nil, err
	}
	all, err := io.ReadAll(conn)
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return all, err
	}
	return all, nil // a reset ends the answer as a close does
}

// readable returns the responses in sent as text to compare: the bytes as they are, but with Date
// made the same in all, and the chunks of a body joined. methods are those of the requests.
func readable(sent []byte, methods []string) string {
	var text strings.Builder
	in := bufio.NewReader(bytes.NewReader(sent))
	for len(methods) > 0 {
		head := readHead(in)
		if head == "" {
			break
		}
		status, length, chunked := understand(head)
		text.WriteString(sameDate(head))
		switch {
		case status == 0:
			methods = nil // a handler took over the connection
		case status == http.StatusSwitchingProtocols:
			methods = methods[1:]
		case status < 200: // the final response follows
		case methods[0] == http.MethodHead || status == http.StatusNoContent || status == http.StatusNotModified:
			methods = methods[1:]
		case chunked:
			copyChunks(&text, in)
			methods = methods[1:]
		case length >= 0:
			_, err := io.CopyN(&text, in, length)
			fmt.Fprintf(&text, "(%d bytes, error %v)\n", length, err)
			methods = methods[1:]
		default:
			methods = nil // the body ends with the connection
		}
	}
	rest, _ := io.ReadAll(in) // what is framed wrongly may have another header
	text.WriteString(sameDate(string(rest)))
	return text.String()
}

// readHead reads a header with the empty line after it, or what there is.
func readHead(in *bufio.Reader) string {
	var head strings.Builder
	for {
		line, err := in.ReadString('\n')
		head.WriteString(line)
		if err != nil || line == "\r\n" {
			return head.String()
		}
	}
}

func understand(head string) (status int, length int64, chunked bool) {
	length = -1
	line, rest, _ := strings.Cut(head, "\r\n")
	if proto, code, ok := strings.Cut(line, " "); ok && strings.HasPrefix(proto, "HTTP/1.") {
		code, _, _ = strings.Cut(code, " ")
		status, _ = strconv.Atoi(code)
	}
	for line := range strings.SplitSeq(rest, "\r\n") {
		switch name, value, _ := strings.Cut(line, ": "); name {
		case "Content-Length":
			length, _ = strconv.ParseInt(value, 10, 64)
		case "Transfer-Encoding":
			chunked = value == "chunked"
		}
	}
	return status, length, chunked
}

func sameDate(head string) string {
	lines := strings.SplitAfter(head, "\r\n")
	for i, line := range lines {
		if value, ok := strings.CutPrefix(line, "Date: "); ok {
			if _, err := http.ParseTime(strings.TrimSpace(value)); err == nil {
				lines[i] = "Date: now\r\n"
			}
		}
	}
	return strings.Join(lines, "")
}

func copyChunks(to io.Writer, in *bufio.Reader) {
	n, err := io.Copy(to, httputil.NewChunkedReader(in))
	if err != nil {
		_, _ = fmt.Fprintf(to, "(chunks of %d bytes, error %v)\n", n, err)
		return
	}
	_, _ = fmt.Fprintf(to, "(chunks of %d bytes, trailers %q)\n", n, readHead(in))
}
