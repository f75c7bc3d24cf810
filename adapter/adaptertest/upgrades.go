package adaptertest

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/url"

	"github.com/wafer-go/wafer/session"
)

var upgradeRules = []rule{
	{name: "Upgrade", says: "the answer to an upgrade has the cookie, and a later change is reported as too late for it", run: func(c *checker) {
		v := c.upgrading(c.signed())
		v.talk()
		if c.late() != 2 {
			c.broken("%d changes are reported as too late. The log says:\n%s", c.late(), c.said.String())
		}
	}},
	{name: "UpgradeInStore", says: "what a connection that was taken over changed is saved in a store when the connection ends", run: func(c *checker) {
		v := c.upgrading(c.stored(nil))
		v.talk()
		v.Eventually("/", "ada ++")
		c.quiet()
	}},
	{name: "UpgradeHTTP2", onHTTP: true, says: "an upgrade over HTTP/2 is an error without a panic, and the page that follows has the cookie", run: func(c *checker) {
		failed := make(chan error, 1)
		p := c.through(c.signed(), get("/", who), get("/ws", func(c Ctx) error {
			username.Set(c.Session(), "ada")
			failed <- c.Upgrade(func(net.Conn) {})
			c.Status(426)
			return say(c, "no socket")
		}))
		v := c.serve(c.build(c.T, p), true)
		a := v.Get("/ws")
		select {
		case err := <-failed:
			if err == nil {
				c.broken("Upgrade over HTTP/2 returns no error.")
			}
		default:
			c.broken("Upgrade over HTTP/2 panics.")
		}
		if a.SetsCookies(1); a.Body != "no socket" {
			c.broken("It answers %d %q.", a.StatusCode, a.Body)
		}
		v.Want("/", "ada")
	}},
}

// upgrading serves a program that counts what it hears on a connection that it has taken over.
func (c *checker) upgrading(m *session.Manager) Visitor {
	c.Helper()
	return c.visit(c.through(m, get("/", who), get("/ws", func(c Ctx) error {
		s := c.Session()
		username.Set(s, "ada")
		return c.Upgrade(func(conn net.Conn) {
			lines := bufio.NewScanner(conn)
			for lines.Scan() {
				count.Update(s, func(n int) int { return n + 1 })
				name, _ := username.Get(s)
				_, _ = io.WriteString(conn, name+" said "+lines.Text()+"\n")
			}
		})
	})))
}

// upgrade asks for an upgrade.
func (v Visitor) upgrade() (net.Conn, *http.Response) {
	v.t.Helper()
	conn := v.Dial()
	_, _ = io.WriteString(conn, "GET /ws HTTP/1.1\r\nHost: example.com\r\nConnection: Upgrade\r\nUpgrade: lines\r\n\r\n")
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		v.broken("The upgrade is not answered: %v", err)
	}
	return conn, res
}

// talk upgrades, says two things, and keeps the cookie.
func (v Visitor) talk() {
	v.t.Helper()
	conn, res := v.upgrade()
	if res.StatusCode != http.StatusSwitchingProtocols || len(res.Cookies()) != 1 {
		v.broken("The upgrade is answered with %d and the cookies %q.", res.StatusCode, res.Header["Set-Cookie"])
	}
	if u, err := url.Parse(v.URL); err == nil {
		v.Client.Jar.SetCookies(u, res.Cookies())
	}
	lines := bufio.NewScanner(conn)
	for _, word := range []string{"hello", "bye"} {
		_, _ = io.WriteString(conn, word+"\n")
		if !lines.Scan() || lines.Text() != "ada said "+word {
			v.broken("The connection answers %q, %v", lines.Text(), lines.Err())
		}
	}
	_ = conn.Close()
}
