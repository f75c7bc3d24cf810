package adaptertest

import (
	"html/template"
	"net/http"

	"github.com/wafer-go/wafer/session"
)

// flashPage reads the messages in the middle of the page.
var flashPage = template.Must(template.New("page").Funcs(session.Funcs).Parse(
	`start {{range flashes .}}[{{.Text}}]{{end}} end`))

var flashRules = []rule{
	{name: "FlashAcrossRedirect", says: "a redirect has the cookie, the page after it shows a message, and the next page does not", run: func(c *checker) {
		v := c.visit(c.through(c.signed(), get("/", flashes), get("/save", func(c Ctx) error {
			c.Session().Flash("Saved")
			return c.Redirect(http.StatusSeeOther, "/")
		})))
		a := v.Get("/save")
		if a.SetsCookies(1); a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/" {
			c.broken("It answers %d and leads to %q.", a.StatusCode, a.Header.Get("Location"))
		}
		v.Want("/", "Saved")
		v.Want("/", "")
		c.quiet()
	}},
	{name: "FlashInMidPage", says: "messages that a template reads in the middle of its page are removed", run: func(c *checker) {
		v := c.visit(c.through(c.signed(), get("/flash", flash), get("/", func(c Ctx) error {
			return flashPage.Execute(c, c.Session())
		})))
		v.Get("/flash?text=%3Csaved%3E")
		v.Want("/", "start [&lt;saved&gt;] end")
		v.Want("/", "start  end")
		c.quiet()
	}},
	{name: "FlashAndHead", says: "HEAD removes no message", run: func(c *checker) {
		v := c.visit(c.through(c.signed(), get("/flash", flash), get("/", flashes)))
		v.Get("/flash?text=Saved")
		v.Do("HEAD", "/")
		v.Want("/", "Saved")
		v.Want("/", "")
	}},
}
