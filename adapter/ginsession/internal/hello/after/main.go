package main

import (
	"log"
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/wafer-go/wafer/adapter/ginsession"
	"github.com/wafer-go/wafer/session"
)

func main() {
	r := gin.Default()
	r.SetFuncMap(session.Funcs)
	r.LoadHTMLGlob("views/*.html")
	r.Use(ginsession.Middleware(newSessions()))
	r.GET("/", index)
	r.POST("/login", login)
	log.Fatal(r.Run("localhost:8080"))
}

func index(c *gin.Context) {
	c.HTML(http.StatusOK, "index.html", ginsession.From(c))
}

func login(c *gin.Context) {
	s := ginsession.From(c)
	s.SignIn(c.PostForm("username")) // in your program, the user's ID
	username.Set(s, c.PostForm("username"))
	s.Flash("You were successfully logged in")
	c.Redirect(http.StatusSeeOther, "/")
}
