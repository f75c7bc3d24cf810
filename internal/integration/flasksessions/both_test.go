package flasksessions

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/session/driver"
)

// bothChanges is how many changes each half makes to one record.
const bothChanges = 160

// A Flask program and a Go program change one record, hundreds of times, at once. Redis itself tells in
// which order it was written: no write of Go's loses anything that was there, of Go's or of Flask's.
// Flask-Session's writes put back what it read before, so they lose changes of both: that is what
// docs/from-flask-session.md says.
func TestRecords_ChangedFromBothSides(t *testing.T) {
	p, flask := open(t, "Redis")
	v := newVisitor(t, flask, startGo(t, p))
	v.do("POST", v.flask+"/login?user=ada")
	cookie := v.cookie()
	id := strings.TrimPrefix(cookie, "session=")

	monitor := openMonitor(t)
	const clients = 4
	atOnce(t, 2*clients, func(i int) error {
		program := []string{v.flask, v.goHalf}[i%2]
		for n := range bothChanges / clients {
			if _, err := send(v.client, "POST", fmt.Sprint(program, "/add?n=", i/2*bothChanges+n), cookie); err != nil {
				return err
			}
		}
		return nil
	})
	if err := redisClient().Echo(t.Context(), "the end").Err(); err != nil {
		t.Fatal(err)
	}

	var h history
	for {
		line, err := monitor.ReadString('\n')
		if err != nil {
			t.Fatalf("Redis does not tell what it wrote: %v", err)
		}
		if strings.Contains(line, `"the end"`) {
			break
		}
		h.add(t, p, "session:"+id, strings.TrimSpace(line))
	}
	h.check(t)
}

// openMonitor has Redis tell each command, a line each.
func openMonitor(t *testing.T) *bufio.Reader {
	t.Helper()
	u, err := url.Parse(variable("WAFER_REDIS"))
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if _, err := io.WriteString(conn, "MONITOR\r\n"); err != nil {
		t.Fatal(err)
	}
	reader := bufio.NewReaderSize(conn, 1<<20)
	if answer, err := reader.ReadString('\n'); err != nil || answer != "+OK\r\n" {
		t.Fatalf("Redis answered %q to MONITOR (%v)", answer, err)
	}
	return reader
}

// A write is what a record held after it.
type write struct {
	byGo      bool
	go_, flas []int
}

// history are the writes to a record, in order.
type history []write

// add reads a line of MONITOR: a time, the database with who sent it, and the command in quotes.
func (h *history) add(t *testing.T, p place, key, line string) {
	t.Helper()
	_, command, _ := strings.Cut(line, "] ")
	var words []string
	for command = strings.TrimSpace(command); command != ""; command = strings.TrimSpace(command) {
		quoted, err := strconv.QuotedPrefix(command)
		if err != nil {
			t.Fatalf("MONITOR says %q: %v", line, err)
		}
		word, err := strconv.Unquote(quoted)
		if err != nil {
			t.Fatal(err)
		}
		words, command = append(words, word), command[len(quoted):]
	}
	if len(words) < 4 || words[1] != key {
		return
	}
	w := write{byGo: strings.Contains(line, " lua]")}
	var data string
	switch strings.ToUpper(words[0]) {
	case "SETEX":
		data = words[3]
	case "SET":
		data = words[2]
	default:
		return
	}
	w.go_, w.flas = contents(t, p, data)
	*h = append(*h, w)
}

// contents returns the lists in a record.
func contents(t *testing.T, p place, data string) (byGo, byFlask []int) {
	t.Helper()
	backend, err := p.backend(fixed(data))
	if err != nil {
		t.Fatal(err)
	}
	d, err := backend.Open(driver.Config{CookieName: "session"})
	if err != nil {
		t.Fatal(err)
	}
	s, err := d.Load(t.Context(), strings.Repeat("x", 43))
	if err != nil {
		t.Fatal(err)
	}
	var both struct{ Go, Flask []int }
	if err := json.Unmarshal([]byte(s.Payload), &both); err != nil {
		t.Fatal(err)
	}
	return both.Go, both.Flask
}

func (h history) check(t *testing.T) {
	t.Helper()
	var goWrites, flaskWrites, undone int
	for i, w := range h {
		if w.byGo {
			goWrites++
		} else {
			flaskWrites++
		}
		if i == 0 {
			continue
		}
		before := h[i-1]
		switch {
		case !w.byGo:
			undone += len(missing(before.go_, w.go_))
		case len(missing(before.go_, w.go_)) > 0, len(missing(before.flas, w.flas)) > 0, len(w.go_) != len(before.go_)+1:
			t.Errorf("a write of Go's made %v and %v of %v and %v", w.go_, w.flas, before.go_, before.flas)
		}
	}
	t.Logf("Go wrote %d times and Flask %d times; Flask undid %d changes of Go's", goWrites, flaskWrites, undone)
	if goWrites != bothChanges || flaskWrites != bothChanges {
		t.Errorf("Go wrote %d times and Flask %d times, not %d", goWrites, flaskWrites, bothChanges)
	}
}

// missing are the numbers that are gone.
func missing(before, after []int) (gone []int) {
	for _, n := range before {
		if !slices.Contains(after, n) {
			gone = append(gone, n)
		}
	}
	return gone
}
