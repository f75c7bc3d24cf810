package fibersession_test

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"net/http"

	"github.com/gofiber/fiber/v3"
	"github.com/wafer-go/wafer/adapter/fibersession"
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

	login, _ := http.NewRequest("POST", "https://example.com/login?username=ada", nil)
	res, err := app.Test(login)
	if err != nil {
		log.Fatal(err)
	}
	index, _ := http.NewRequest("GET", "https://example.com/", nil)
	index.AddCookie(res.Cookies()[0])
	res, err = app.Test(index)
	if err != nil {
		log.Fatal(err)
	}
	page, _ := io.ReadAll(res.Body)
	fmt.Printf("%s\n", page)
	// Output: Hello, ada. [{message  You were successfully logged in false []}]
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
	r, _ := http.NewRequest("GET", "https://example.com/account", nil)
	res, err := app.Test(r)
	if err != nil {
		log.Fatal(err)
	}
	page, _ := io.ReadAll(res.Body)
	fmt.Printf("%s\n", page)
	// Output: new here: true
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
	r, _ := http.NewRequest("GET", "https://example.com/events", nil)
	res, err := app.Test(r)
	if err != nil {
		log.Fatal(err)
	}
	stream, _ := io.ReadAll(res.Body)
	fmt.Printf("%s%d cookie\n", stream, len(res.Cookies()))
	// Output:
	// data: visit 1
	//
	// 1 cookie
}
