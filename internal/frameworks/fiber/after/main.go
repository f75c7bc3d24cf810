package main

import (
	"log"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/template/html/v2"
	"github.com/wafer-go/wafer/adapter/fibersession"
	"github.com/wafer-go/wafer/session"
)

func main() {
	engine := html.New("views", ".html")
	engine.AddFuncMap(session.Funcs)
	app := fiber.New(fiber.Config{Views: engine})
	app.Use(fibersession.Middleware(newSessions()))
	app.Get("/", index)
	app.Post("/login", login)
	log.Fatal(app.Listen("localhost:8080"))
}

func index(c fiber.Ctx) error {
	return c.Render("index", fibersession.From(c))
}

func login(c fiber.Ctx) error {
	s := fibersession.From(c)
	s.SignIn(c.FormValue("username")) // in your program, the user's ID
	username.Set(s, c.FormValue("username"))
	s.Flash("You were successfully logged in")
	return c.Redirect().Status(fiber.StatusSeeOther).To("/")
}
