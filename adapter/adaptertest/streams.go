package adaptertest

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"strings"
	"time"

	"github.com/wafer-go/wafer/session"
)

var streamRules = []rule{
	{name: "FirstEvent", says: "the first bytes of a stream arrive with the cookie while the stream goes on", run: func(c *checker) {
		firstEvent(c, false)
	}},
	{name: "FirstEventHTTP2", onHTTP: true, says: "over HTTP/2 too, the first bytes of a stream arrive with the cookie while it goes on", run: func(c *checker) {
		firstEvent(c, true)
	}},
	{name: "LateChange", says: "a change in a stream is too late for a cookie, and is reported", run: func(c *checker) {
		v, s := c.stream(c.signed(), func(s *session.Session) { count.Set(s, 1) })
		v.readStream(s)
		v.Want("/", "ada")
		if c.late() != 1 {
			c.broken("%d changes are reported as too late. The log says:\n%s", c.late(), c.said.String())
		}
	}},
	{name: "LateChangeInStore", says: "a change in a stream is saved in a store when the stream ends", run: func(c *checker) {
		v, s := c.stream(c.stored(nil), func(s *session.Session) { count.Set(s, 1) })
		v.readStream(s)
		v.Eventually("/", "ada +")
		c.quiet()
	}},
	{name: "LateChangeLost", says: "a change in a stream that the store does not save is reported", run: func(c *checker) {
		c.said.SetDefault(c.T)
		st := NewFrailStore()
		v, s := c.stream(c.stored(st), func(s *session.Session) {
			count.Set(s, 1)
			st.Down.Store(true)
		})
		v.readStream(s)
		for deadline := time.Now().Add(5 * time.Second); !strings.Contains(c.said.String(), errDown.Error()); time.Sleep(5 * time.Millisecond) {
			if time.Now().After(deadline) {
				c.broken("The log does not have the store's error: %s", c.said.String())
			}
		}
		st.Down.Store(false)
		v.Want("/", "ada")
	}},
	{name: "SaveInStream", says: "Session.Save works in a stream", run: func(c *checker) {
		var v Visitor
		v, s := c.stream(c.stored(nil), func(s *session.Session) {
			count.Set(s, 1)
			if err := s.Save(context.WithoutCancel(c.Context())); err != nil {
				c.wrong("Save: %v", err)
			}
			if page, err := body(v.Client.Do(request(v.URL + "/"))); page != "ada +" {
				c.wrong("While the stream goes on, another request reads %q, %v", page, err)
			}
		})
		v.readStream(s)
	}},
	{name: "EarlyHints", says: "early hints pass at once, without the cookie, and do not change the final status", run: func(c *checker) {
		v := c.visit(c.through(c.signed(), get("/", func(c Ctx) error {
			username.Set(c.Session(), "ada")
			if err := c.EarlyHints("</style.css>; rel=preload"); err != nil {
				return err
			}
			c.Status(418)
			return say(c, "tea")
		})))
		var hints []http.Header
		r := request(v.URL + "/")
		a := v.Send(r.WithContext(httptrace.WithClientTrace(c.Context(), &httptrace.ClientTrace{
			Got1xxResponse: func(_ int, h textproto.MIMEHeader) error {
				hints = append(hints, http.Header(h))
				return nil
			},
		})))
		a.Is(418, "tea")
		a.SetsCookies(1)
		if len(hints) != 1 || hints[0].Get("Link") == "" || hints[0]["Set-Cookie"] != nil {
			c.broken("The responses of status 103 are %v.", hints)
		}
	}},
	{name: "VisitorGone", says: "a change is saved in a store also if the visitor has gone away", run: visitorGone},
}

// stream serves a program whose /stream calls late when its first bytes have arrived.
func (c *checker) stream(m *session.Manager, late func(s *session.Session)) (Visitor, chan<- bool) {
	c.Helper()
	return c.streamOver(m, late, false)
}

func (c *checker) streamOver(m *session.Manager, late func(s *session.Session), http2 bool) (Visitor, chan<- bool) {
	c.Helper()
	arrived := make(chan bool)
	p := c.through(m, get("/", who), get("/stream", func(c Ctx) error {
		s := c.Session()
		username.Set(s, "ada")
		c.AddHeader("Content-Type", "text/event-stream")
		return c.Stream(func(w Stream) {
			_, _ = io.WriteString(w, "data: 1\n\n")
			_ = w.Flush()
			<-arrived
			late(s)
			_, _ = io.WriteString(w, "data: 2\n\n")
		})
	}))
	v := c.serve(c.build(c.T, p), http2)
	v.Client.Timeout = 2 * time.Second // an adapter may send nothing before the stream ends
	return v, arrived
}

// readStream reads the stream to its end.
func (v Visitor) readStream(arrived chan<- bool) {
	v.t.Helper()
	res, err := v.Client.Get(v.URL + "/stream")
	if err != nil {
		close(arrived)
		v.broken("The header of the stream does not arrive: %v", err)
	}
	lines := bufio.NewScanner(res.Body)
	begun := lines.Scan() && lines.Text() == "data: 1" && len(res.Cookies()) == 1
	first := lines.Text()
	close(arrived)
	rest := ""
	for lines.Scan() {
		rest += lines.Text()
	}
	_ = res.Body.Close()
	if !begun || rest != "data: 2" {
		v.broken("The stream begins with %q and the cookies %q, and ends with %q.", first, res.Header["Set-Cookie"], rest)
	}
}

func firstEvent(c *checker, http2 bool) {
	v, s := c.streamOver(c.signed(), func(*session.Session) {}, http2)
	if http2 {
		if a := v.Get("/"); a.ProtoMajor != 2 {
			c.broken("The server speaks %s.", a.Proto)
		}
	}
	v.readStream(s)
	v.Want("/", "ada")
	c.quiet()
}

func visitorGone(c *checker) {
	began, gone := make(chan bool, 1), make(chan bool)
	v := c.visit(c.through(c.stored(nil), get("/set", set), get("/", who), get("/slow", func(c Ctx) error {
		began <- true
		<-gone
		select {
		case <-c.Context().Done(): // of net/http, soon
		case <-time.After(200 * time.Millisecond): // of fasthttp, which does not notice
		}
		count.Set(c.Session(), 1)
		return nil
	})))
	v.Get("/set?name=ada")
	ctx, cancel := context.WithCancel(c.Context())
	answered := make(chan bool)
	go func() {
		defer close(answered)
		_, _ = body(v.Client.Do(request(v.URL + "/slow").WithContext(ctx)))
	}()
	<-began
	cancel()
	<-answered
	close(gone)
	v.Eventually("/", "ada +")
}
