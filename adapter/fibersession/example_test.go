package fibersession_test

import (
	"bufio"
	"fmt"
	"log"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/adaptor"
	"github.com/wafer-go/wafer/adapter/fibersession"
	"github.com/wafer-go/wafer/adapter/internal/exampletest"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

func Example() {
	sessions, err := session.New(session.Signed(secret.New()), nil)
	if err != nil {
		log.Fatal(err)
	}
	app := fiber.New()
	app.Use(fibersession.Middleware(sessions))

	app.Post("/login", func(c fiber.Ctx) error {
		s := fibersession.From(c)
		s.Renew() // the visitor's rights change
		username.Set(s, c.FormValue("username"))
		s.Flash("You were successfully logged in")
		return c.Redirect().Status(fiber.StatusSeeOther).To("/")
	})
	app.Get("/", func(c fiber.Ctx) error {
		s := fibersession.From(c)
		name, _ := username.Get(s)
		return c.SendString(fmt.Sprint("Hello, ", name, ". ", s.Flashes()))
	})

	exampletest.Visit(adaptor.FiberApp(app), "POST /login?username=ada", "/")
	// Output:
	// POST /login?username=ada: Hello, ada. [{message  You were successfully logged in false []}]
	// /: Hello, ada. []
}

// A part of the app alone may have sessions.
func ExampleMiddleware_group() {
	sessions, err := session.New(session.Signed(secret.New()), nil)
	if err != nil {
		log.Fatal(err)
	}
	app := fiber.New()
	account := app.Group("/account", fibersession.Middleware(sessions))
	account.Get("/", func(c fiber.Ctx) error {
		return c.SendString(fmt.Sprint("new here: ", fibersession.From(c).IsNew()))
	})
	exampletest.Visit(adaptor.FiberApp(app), "/account")
	// Output:
	// /account: new here: true
}

// A stream runs when the handler has returned: what is to reach the visitor's
// cookie is changed before it begins.
func ExampleFrom_stream() {
	sessions, err := session.New(session.Signed(secret.New()), nil)
	if err != nil {
		log.Fatal(err)
	}
	app := fiber.New()
	app.Use(fibersession.Middleware(sessions))
	app.Get("/events", func(c fiber.Ctx) error {
		s := fibersession.From(c)
		count.Update(s, func(n int) int { return n + 1 })
		n, _ := count.Get(s)
		c.Set(fiber.HeaderContentType, "text/event-stream")
		return c.SendStreamWriter(func(w *bufio.Writer) {
			_, _ = fmt.Fprintf(w, "data: visit %d\n\n", n)
		})
	})
	exampletest.Visit(adaptor.FiberApp(app), "/events")
	// Output: /events: data: visit 1
}
