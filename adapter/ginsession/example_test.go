package ginsession_test

import (
	"errors"
	"log"
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/wafer-go/wafer/adapter/ginsession"
	"github.com/wafer-go/wafer/adapter/internal/exampletest"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

func ExampleMiddleware() {
	const visits = session.Field[int]("visits")
	sessions, err := session.New(session.Signed(secret.New()), nil)
	if err != nil {
		log.Fatal(err)
	}
	r := gin.New()
	r.Use(ginsession.Middleware(sessions))
	r.GET("/", func(c *gin.Context) {
		s := ginsession.From(c)
		visits.Update(s, func(n int) int { return n + 1 })
		n, _ := visits.Get(s)
		c.String(http.StatusOK, "visits: %d", n)
	})
	exampletest.Visit(r, "/", "/", "/")
	// Output:
	// /: visits: 1
	// /: visits: 2
	// /: visits: 3
}

// Only the routes of a group have sessions here.
func ExampleMiddleware_group() {
	sessions, err := session.New(session.Signed(secret.New()), nil)
	if err != nil {
		log.Fatal(err)
	}
	r := gin.New()
	account := r.Group("/account", ginsession.Middleware(sessions))
	account.GET("/name", func(c *gin.Context) {
		name, ok := username.Get(ginsession.From(c))
		c.String(http.StatusOK, "%q %v", name, ok)
	})
	exampletest.Visit(r, "/account/name")
	// Output:
	// /account/name: "" false
}

// A flash in a template that Gin renders. SetFuncMap comes before the templates
// are loaded.
func ExampleFrom() {
	sessions, err := session.New(session.Signed(secret.New()), nil)
	if err != nil {
		log.Fatal(err)
	}
	r := gin.New()
	r.SetFuncMap(session.Funcs)
	r.LoadHTMLGlob("testdata/*.html")
	r.Use(ginsession.Middleware(sessions))
	r.GET("/save", func(c *gin.Context) {
		ginsession.From(c).FlashAs("success", "Saved")
		c.Redirect(http.StatusSeeOther, "/")
	})
	r.GET("/", func(c *gin.Context) {
		c.HTML(http.StatusOK, "page.html", gin.H{"Session": ginsession.From(c)})
	})
	exampletest.Visit(r, "/save", "/")
	// Output:
	// /save: success: Saved
	// /: nothing new
}

// A page of c.Errors shows the flashes, and so clears them. Its middleware
// comes after the sessions.
func ExampleMiddleware_errors() {
	sessions, err := session.New(session.Signed(secret.New()), nil)
	if err != nil {
		log.Fatal(err)
	}
	r := gin.New()
	r.Use(ginsession.Middleware(sessions), func(c *gin.Context) {
		c.Next()
		if len(c.Errors) == 0 || c.Writer.Written() {
			return
		}
		page := c.Errors.Last().Error()
		for _, m := range ginsession.From(c).Flashes() {
			page += ", " + m.Text
		}
		c.String(http.StatusConflict, "%s", page)
	})
	r.GET("/order", func(c *gin.Context) {
		ginsession.From(c).Flash("Your cart was kept")
		_ = c.Error(errors.New("sold out"))
	})
	exampletest.Visit(r, "/order")
	// Output:
	// /order: sold out, Your cart was kept
}
