package main

import (
	"html/template"
	"log"
	"net/http"

	"github.com/labstack/echo/v5"
	"github.com/wafer-go/wafer/adapter/echosession"
	"github.com/wafer-go/wafer/session"
)

func main() {
	e := echo.New()
	e.Renderer = &echo.TemplateRenderer{
		Template: template.Must(template.New("").Funcs(session.Funcs).ParseGlob("views/*.html")),
	}
	e.Use(echosession.Middleware(newSessions()))
	e.GET("/", index)
	e.POST("/login", login)
	log.Fatal(e.Start("localhost:8080"))
}

func index(c *echo.Context) error {
	return c.Render(http.StatusOK, "index.html", echosession.From(c))
}

func login(c *echo.Context) error {
	s := echosession.From(c)
	s.SignIn(c.FormValue("username")) // in your program, the user's ID
	username.Set(s, c.FormValue("username"))
	s.Flash("You were successfully logged in")
	return c.Redirect(http.StatusSeeOther, "/")
}
