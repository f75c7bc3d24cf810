package adaptertest

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
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
	{name: "Untouched", says: "a session that no handler uses leaves no trace and costs no request to the store", run: func(c *checker) {
		st := NewFrailStore()
		m := c.stored(st)
		hello := get("/", func(c Ctx) error { return say(c, "hello") })
		v := c.visit(c.through(m, hello, get("/set", set)))
		bare := c.visit(Program{Routes: []Route{hello}, Logger: c.logger()})
		v.Get("/set?name=ada")
		loads := st.Loads.Load()
		ours, without := v.Get("/"), bare.Get("/")
		ours.Is(200, "hello")
		if got, want := headerNames(ours.Header), headerNames(without.Header); !slices.Equal(got, want) {
			c.broken("The response has the headers %q, and %q without the middleware.", got, want)
		}
		if n := st.Loads.Load() - loads; n != 0 {
			c.broken("The store was asked %d times.", n)
		}
	}},
	{name: "ReadVaries", says: "a response for which the session was read has \"Vary: Cookie\" and no cookie", run: func(c *checker) {
		v := c.visit(c.through(c.signed(), get("/", func(c Ctx) error {
			c.AddHeader("Vary", "Accept-Language")
			return who(c)
		})))
		a := v.Get("/")
		a.SetsCookies(0)
		if got := strings.Join(a.Header["Vary"], ", "); got != "Accept-Language, Cookie" {
			c.broken("Vary is %q. It should be \"Accept-Language, Cookie\".", got)
		}
	}},
	{name: "Redirect", says: "a redirect has the cookie", run: func(c *checker) {
		v := c.visit(c.through(c.signed(), get("/", who), Route{Method: "POST", Path: "/login", Handle: func(c Ctx) error {
			username.Set(c.Session(), "ada")
			return c.Redirect(http.StatusSeeOther, "/")
		}}))
		a := v.Do("POST", "/login")
		if a.SetsCookies(1); a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/" {
			c.broken("It answers %d and leads to %q.", a.StatusCode, a.Header.Get("Location"))
		}
		v.Want("/", "ada")
	}},
	{name: "OwnCookies", says: "the cookies that a handler sets stay, in their order", run: func(c *checker) {
		v := c.visit(c.through(c.signed(), get("/", func(c Ctx) error {
			c.AddHeader("Set-Cookie", "theme=dark; Path=/")
			c.AddHeader("Set-Cookie", "size=large; Path=/")
			return set(c)
		})))
		var names []string
		for _, cookie := range v.Get("/?name=ada").Cookies() {
			names = append(names, cookie.Name)
		}
		if got := strings.Join(names, " "); got != "theme size "+"__Host-session" {
			c.broken("The cookies are %s.", got)
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

// headerNames returns the names of a header in order.
func headerNames(h http.Header) []string {
	var names []string
	for name := range h {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
