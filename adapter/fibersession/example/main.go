// Command example is the app of Flask's documentation on Fiber: a page that
// knows who is logged in, a login form, a logout, and a message flashed after
// each.
//
//	go run ./example
package main

import (
	"embed"
	"errors"
	"flag"
	"fmt"
	"log"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/adaptor"
	"github.com/gofiber/template/html/v2"
	"github.com/wafer-go/wafer/adapter/fibersession"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

const username = session.Field[string]("username")

//go:embed views
var views embed.FS

func main() {
	addr := flag.String("addr", "localhost:8080", "the `address` to serve at")
	flag.Parse()
	log.SetFlags(0)

	key, err := secret.FromEnv("SECRET_KEY") // `wafer keygen` prints one
	if errors.Is(err, secret.ErrNotSet) {
		fmt.Println("SECRET_KEY is not set, so this run has its own key, and stopping it signs everyone out. To keep a key:")
		fmt.Println("  export SECRET_KEY=$(openssl rand -hex 32)")
		key, err = secret.New(), nil
	}
	if err != nil {
		log.Fatal(err)
	}
	app, err := newApp(key)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("Open http://" + *addr)
	log.Fatal(app.Listen(*addr, fiber.ListenConfig{DisableStartupMessage: true}))
}

// newApp returns the whole app.
func newApp(key secret.Key) (*fiber.App, error) {
	sessions, err := session.New(session.Signed(key), nil)
	if err != nil {
		return nil, err
	}
	engine := html.NewFileSystem(http.FS(views), ".html")
	engine.AddFuncMap(session.Funcs) // flashes and value, in all templates
	app := fiber.New(fiber.Config{Views: engine, ViewsLayout: "views/layout", ErrorHandler: showError})

	// Requests that change something must come from our own pages.
	app.Use(adaptor.HTTPMiddleware(http.NewCrossOriginProtection().Handler))
	app.Use(fibersession.Middleware(sessions))
	app.Get("/", index)
	app.Get("/login", loginForm)
	app.Post("/login", login)
	app.Post("/logout", logout)
	return app, nil
}

// show renders a page in the layout, which fetches the flashes itself.
func show(c fiber.Ctx, view string, more fiber.Map) error {
	bind := fiber.Map{"Session": fibersession.From(c)}
	for name, value := range more {
		bind[name] = value
	}
	return c.Render("views/"+view, bind)
}

func index(c fiber.Ctx) error { return show(c, "index", nil) }

func loginForm(c fiber.Ctx) error { return show(c, "login", nil) }

func login(c fiber.Ctx) error {
	s := fibersession.From(c)
	name := strings.TrimSpace(c.FormValue("username"))
	if n := utf8.RuneCountInString(name); n < 1 || n > 100 || !utf8.ValidString(name) {
		s.FlashNow("error", "Please give a name of 1 to 100 characters")
		return show(c.Status(fiber.StatusUnprocessableEntity), "login", nil)
	}
	s.SignIn(name) // in your program, the user's ID
	username.Set(s, name)
	s.FlashAs("success", "You were successfully logged in")
	return c.Redirect().Status(fiber.StatusSeeOther).To("/")
}

func logout(c fiber.Ctx) error {
	s := fibersession.From(c)
	s.SignOut()
	s.FlashAs("info", "You were logged out")
	return c.Redirect().Status(fiber.StatusSeeOther).To("/")
}

// showError is the app's error page. It has the session, and shows the flashes.
func showError(c fiber.Ctx, err error) error {
	status := fiber.StatusInternalServerError
	var known *fiber.Error
	if errors.As(err, &known) {
		status = known.Code
	} else {
		log.Print(err)
	}
	return show(c.Status(status), "error", fiber.Map{"Problem": http.StatusText(status)})
}
