package memcachedrecords

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/wafer-go/wafer/flask/flasksession"
	"github.com/wafer-go/wafer/session/driver"
)

// A server keeps items as memcached does, but none expires.
type server struct {
	items  map[string]string
	expiry map[string]int                  // as the client gave it
	before func(verb string)               // called ahead of each command; may change items
	fails  func(verb string) (failed bool) // answers with an error
}

// newServer returns records in a server, inside a bubble of package synctest.
func newServer(t *testing.T) (flasksession.Records, *server) {
	t.Helper()
	s := &server{
		items: map[string]string{}, expiry: map[string]int{},
		before: func(string) {}, fails: func(string) bool { return false },
	}
	client := memcache.New("127.0.0.1:11211")
	client.DialContext = func(context.Context, string, string) (net.Conn, error) {
		here, there := net.Pipe()
		go s.serve(there)
		return here, nil
	}
	t.Cleanup(func() { client.Close() })
	return New(client), s
}

func (s *server) serve(c net.Conn) {
	defer c.Close()
	r := bufio.NewReader(c)
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		words := strings.Fields(line)
		verb, key := words[0], words[1]
		var data []byte
		var expiry int
		if verb == "add" || verb == "cas" { // VERB KEY FLAGS EXPIRY LENGTH [UNIQUE]
			var length int
			fmt.Sscan(words[3], &expiry)
			fmt.Sscan(words[4], &length)
			data = make([]byte, length+len("\r\n"))
			if _, err := io.ReadFull(r, data); err != nil {
				return
			}
			data = data[:length]
		}
		s.before(verb)
		answer := "SERVER_ERROR out of memory"
		if !s.fails(verb) {
			answer = s.answer(verb, key, string(data), expiry, words)
		}
		if _, err := io.WriteString(c, answer+"\r\n"); err != nil {
			return
		}
	}
}

// answer runs a command. Items with the same data have the same unique number.
func (s *server) answer(verb, key, data string, expiry int, words []string) string {
	have, ok := s.items[key]
	unique := fmt.Sprint(crc32.ChecksumIEEE([]byte(have)))
	switch {
	case verb == "gets" && ok:
		return fmt.Sprintf("VALUE %s 0 %d %s\r\n%s\r\nEND", key, len(have), unique, have)
	case verb == "gets":
		return "END"
	case verb == "add" && ok:
		return "NOT_STORED"
	case verb != "add" && !ok:
		return "NOT_FOUND"
	case verb == "delete":
		delete(s.items, key)
		return "DELETED"
	case verb == "cas" && words[5] != unique:
		return "EXISTS"
	}
	s.items[key], s.expiry[key] = data, expiry
	return "STORED"
}

// memcached counts up to 30 days from now, in whole seconds, and takes what is more as a time.
func TestSwap_SaysWhenTheRecordExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		records, s := newServer(t)
		now := time.Now()
		const month = 30 * 24 * time.Hour
		for at, want := range map[time.Time]int{
			now.Add(-time.Hour):        -1,
			now:                        -1,
			now.Add(1):                 1,
			now.Add(time.Second):       1,
			now.Add(time.Second + 1):   2,
			now.Add(time.Hour):         3600,
			now.Add(month):             30 * 24 * 3600,
			now.Add(month + time.Hour): int(now.Add(month + time.Hour).Unix()),
			now.AddDate(100, 0, 0):     math.MaxInt32,
		} {
			delete(s.items, "x")
			if err := records.Swap(t.Context(), "x", nil, flasksession.Record{Data: []byte("a"), Expires: at}); err != nil || s.expiry["x"] != want {
				t.Errorf("of a record that expires after %v, it said %d, and not %d: %v", at.Sub(now), s.expiry["x"], want, err)
			}
			if err := records.Swap(t.Context(), "x", []byte("a"), flasksession.Record{Data: []byte("b"), Expires: at}); err != nil || s.expiry["x"] != want {
				t.Errorf("of a replaced record that expires after %v, it said %d, and not %d: %v", at.Sub(now), s.expiry["x"], want, err)
			}
			if r, err := records.Load(t.Context(), "x"); err != nil || string(r.Data) != "b" {
				t.Errorf("there is %q: %v", r.Data, err)
			}
		}
	})
}

// While Retire leaves word, another request may change the record. Then it removes its own word.
func TestRetire_OfARecordThatChangesMeanwhile(t *testing.T) {
	for _, test := range []struct {
		what, word string // the word that is there before
		between    func(items map[string]string)
		want       error
		left       string // the word that is there afterwards
	}{
		{"nothing", "", func(map[string]string) {}, nil, "word"},
		{"nothing", "earlier", func(map[string]string) {}, nil, "earlier"},
		{"a change", "", func(items map[string]string) { items["x"] = "b" }, driver.ErrConflict, ""},
		{"a change", "earlier", func(items map[string]string) { items["x"] = "b" }, driver.ErrConflict, "earlier"},
		{"the end", "", func(items map[string]string) { delete(items, "x") }, driver.ErrEnded, ""},
	} {
		synctest.Test(t, func(t *testing.T) {
			records, s := newServer(t)
			s.items["x"] = "a"
			if test.word != "" {
				s.items["x:word"] = test.word
			}
			s.before = func(verb string) {
				if verb == "cas" {
					test.between(s.items)
				}
			}
			word := flasksession.Record{Data: []byte("word"), Expires: time.Now().Add(time.Minute)}
			if err := records.Retire(t.Context(), "x", []byte("a"), "x:word", word); !errors.Is(err, test.want) {
				t.Errorf("after %s, it returned %v", test.what, err)
			}
			if got := s.items["x:word"]; got != test.left {
				t.Errorf("after %s, with the word %q before, there is the word %q", test.what, test.word, got)
			}
			if r, err := records.Load(t.Context(), "x"); test.want == nil && (r.Data != nil || err != nil) {
				t.Errorf("there is %q: %v", r.Data, err)
			}
		})
	}
}

func TestRetire_LeavesNoWordThatHasExpired(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		records, s := newServer(t)
		s.items["x"] = "a"
		word := flasksession.Record{Data: []byte("word"), Expires: time.Now()}
		if err := records.Retire(t.Context(), "x", []byte("a"), "x:word", word); err != nil || s.items["x"] != "" {
			t.Errorf("there is %q: %v", s.items["x"], err)
		}
		if got, ok := s.items["x:word"]; ok {
			t.Errorf("there is the word %q", got)
		}
	})
}

// A server that cannot do something does not look as if the record had ended or changed.
func TestRecords_OfAServerThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		records, s := newServer(t)
		next := flasksession.Record{Data: []byte("b"), Expires: time.Now().Add(time.Minute)}
		for verb, methods := range map[string]map[string]func() error{
			"gets": {
				"Load":   func() error { _, err := records.Load(t.Context(), "x"); return err },
				"Swap":   func() error { return records.Swap(t.Context(), "x", []byte("a"), next) },
				"Retire": func() error { return records.Retire(t.Context(), "x", []byte("a"), "x:word", next) },
			},
			"add": {
				"Swap of a new record": func() error { return records.Swap(t.Context(), "y", nil, next) },
				"Retire":               func() error { return records.Retire(t.Context(), "x", []byte("a"), "x:word", next) },
			},
			"cas": {
				"Swap":   func() error { return records.Swap(t.Context(), "x", []byte("a"), next) },
				"Retire": func() error { return records.Retire(t.Context(), "x", []byte("a"), "x:word", next) },
			},
			"delete": {"Delete": func() error { return records.Delete(t.Context(), "x") }},
		} {
			s.fails = func(v string) bool { return v == verb }
			for method, call := range methods {
				s.items["x"] = "a"
				err := call()
				if err == nil || errors.Is(err, driver.ErrEnded) || errors.Is(err, driver.ErrConflict) || !strings.Contains(err.Error(), "out of memory") {
					t.Errorf("%s, of a server that fails at %q, returned %v", method, verb, err)
				}
				if got, ok := s.items["x:word"]; ok {
					t.Errorf("%s, of a server that fails at %q, left the word %q", method, verb, got)
				}
			}
		}
	})
}

func TestDelete_OfNothingSucceeds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		records, s := newServer(t)
		s.items["x"] = "a"
		for range 2 {
			if err := records.Delete(t.Context(), "x"); err != nil || len(s.items) > 0 {
				t.Errorf("there are %d items: %v", len(s.items), err)
			}
		}
	})
}
