package main

import (
	"log"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/template/html/v2"
)

func main() {
	engine := html.New("views", ".html")
	app := fiber.New(fiber.Config{Views: engine})
	app.Get("/", index)
	app.Post("/login", login)
	log.Fatal(app.Listen("localhost:8080"))
}

func index(c fiber.Ctx) error {
	return c.Render("index", nil)
}

func login(c fiber.Ctx) error {
	log.Printf("%s logs in, and is forgotten", c.FormValue("username"))
	return c.Redirect().Status(fiber.StatusSeeOther).To("/")
}
