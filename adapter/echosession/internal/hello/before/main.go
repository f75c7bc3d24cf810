package main

import (
	"html/template"
	"log"
	"net/http"

	"github.com/labstack/echo/v5"
)

func main() {
	e := echo.New()
	e.Renderer = &echo.TemplateRenderer{
		Template: template.Must(template.New("").ParseGlob("views/*.html")),
	}
	e.GET("/", index)
	e.POST("/login", login)
	log.Fatal(e.Start("localhost:8080"))
}

func index(c *echo.Context) error {
	return c.Render(http.StatusOK, "index.html", nil)
}

func login(c *echo.Context) error {
	log.Printf("%s logs in, and is forgotten", c.FormValue("username"))
	return c.Redirect(http.StatusSeeOther, "/")
}
