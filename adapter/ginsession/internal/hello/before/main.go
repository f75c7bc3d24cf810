package main

import (
	"log"
	"net/http"

	"github.com/gin-gonic/gin"
)

func main() {
	r := gin.Default()
	r.LoadHTMLGlob("views/*.html")
	r.GET("/", index)
	r.POST("/login", login)
	log.Fatal(r.Run("localhost:8080"))
}

func index(c *gin.Context) {
	c.HTML(http.StatusOK, "index.html", nil)
}

func login(c *gin.Context) {
	log.Printf("%s logs in, and is forgotten", c.PostForm("username"))
	c.Redirect(http.StatusSeeOther, "/")
}
