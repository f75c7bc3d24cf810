package adaptertest

import (
	"os"
	"path/filepath"
	"strings"
)

var valueRules = []rule{
	{name: "ChangeIsKept", says: "the next request reads what a request set", run: func(c *checker) {
		v := c.visit(c.through(c.signed(), get("/set", set), get("/", who)))
		v.Want("/", "")
		v.Get("/set?name=ada").Is(200, "set")
		v.Want("/", "ada")
		v.Another().Want("/", "")
		c.quiet()
	}},
	{name: "CookieOnce", says: "a response has one cookie of the session, however often the session changed", run: func(c *checker) {
		v := c.visit(c.through(c.signed(), get("/", func(c Ctx) error {
			for range 3 {
				count.Update(c.Session(), func(n int) int { return n + 1 })
				if err := say(c, "page "); err != nil {
					return err
				}
			}
			return nil
		})))
		a := v.Get("/")
		a.Is(200, "page page page ")
		a.SetsCookies(1)
		if got := a.Header.Get("Cache-Control"); got != "no-store" {
			c.broken("A response that sets the cookie has Cache-Control %q. It should be no-store.", got)
		}
		c.quiet()
	}},
	{name: "Untouched", says: "a session that no handler uses costs no request to the store", run: func(c *checker) {
		st := NewFrailStore()
		v := c.visit(c.through(c.stored(st), get("/", func(c Ctx) error { return say(c, "hello") }), get("/set", set)))
		v.Get("/set?name=ada")
		loads := st.Loads.Load()
		v.Get("/").Is(200, "hello")
		if n := st.Loads.Load() - loads; n != 0 {
			c.broken("The store was asked %d times.", n)
		}
	}},
	{name: "Head", says: "the answer to HEAD has the cookie and the length of the answer to GET", run: func(c *checker) {
		v := c.visit(c.through(c.signed(), get("/", set)))
		a := v.Do("HEAD", "/?name=ada")
		a.Is(200, "")
		if a.SetsCookies(1); a.ContentLength != int64(len("set")) {
			c.broken("Content-Length is %d. It should be %d.", a.ContentLength, len("set"))
		}
	}},
	{name: "LargeBody", says: "a body larger than the buffer arrives whole, with the cookie", run: func(c *checker) {
		body := strings.Repeat("0123456789", 50_000)
		v := c.visit(c.through(c.signed(), get("/", func(c Ctx) error {
			username.Set(c.Session(), "ada")
			return say(c, body)
		})))
		a := v.Get("/")
		if a.SetsCookies(1); a.Body != body {
			c.broken("%d of %d bytes arrive, or others.", len(a.Body), len(body))
		}
	}},
	{name: "File", says: "a file, or a range of it, is sent with the cookie, and so is the page for one that is missing", run: func(c *checker) {
		dir := c.TempDir()
		content := strings.Repeat("0123456789", 2_000)
		if err := os.WriteFile(filepath.Join(dir, "file.txt"), []byte(content), 0o600); err != nil {
			c.Fatal(err)
		}
		v := c.visit(c.through(c.signed(), get("/", func(c Ctx) error {
			username.Set(c.Session(), "ada")
			return c.File(filepath.Join(dir, c.Query("file")))
		})))
		a := v.Get("/?file=file.txt")
		if a.SetsCookies(1); a.StatusCode != 200 || a.Body != content {
			c.broken("It answers %d with %d of %d bytes.", a.StatusCode, len(a.Body), len(content))
		}
		part := v.Another().Get("/?file=file.txt", "Range", "bytes=2-4")
		part.Is(206, "234")
		part.SetsCookies(1)
		missing := v.Another().Get("/?file=none.txt")
		if missing.SetsCookies(1); missing.StatusCode < 400 {
			c.broken("It answers %d for a file that does not exist.", missing.StatusCode)
		}
	}},
}
