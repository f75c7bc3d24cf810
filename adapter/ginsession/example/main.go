// Command example is the app of Flask's documentation on Gin: a page that
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
	"html/template"
	"log"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"
	"github.com/wafer-go/wafer/adapter/ginsession"
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
	gin.SetMode(gin.ReleaseMode) // debug mode logs the cookie when a handler panics
	r, err := newApp(key)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("Open http://" + *addr)
	log.Fatal(r.Run(*addr))
}

// newApp returns the whole app.
func newApp(key secret.Key) (*gin.Engine, error) {
	sessions, err := session.New(session.Signed(key), nil)
	if err != nil {
		return nil, err
	}
	pages, err := template.New("").Funcs(session.Funcs).ParseFS(views, "views/*.html") // flashes and value
	if err != nil {
		return nil, err
	}
	r := gin.New()
	r.SetHTMLTemplate(pages)
	if err := r.SetTrustedProxies(nil); err != nil {
		return nil, err
	}
	r.Use(gin.Logger(), sameSite, ginsession.Middleware(sessions), gin.CustomRecovery(showPanic))
	r.GET("/", index)
	r.GET("/login", loginForm)
	r.POST("/login", login)
	r.POST("/logout", logout)
	r.NoRoute(notFound)
	return r, nil
}

var protection = http.NewCrossOriginProtection()

// sameSite refuses requests that change something and come from pages of
// others.
func sameSite(c *gin.Context) {
	if err := protection.Check(c.Request); err != nil {
		_ = c.AbortWithError(http.StatusForbidden, err)
	}
}

func index(c *gin.Context) {
	c.HTML(http.StatusOK, "index.html", gin.H{"Session": ginsession.From(c)})
}

func loginForm(c *gin.Context) {
	c.HTML(http.StatusOK, "login.html", gin.H{"Session": ginsession.From(c)})
}

func login(c *gin.Context) {
	s := ginsession.From(c)
	name := strings.TrimSpace(c.PostForm("username"))
	if n := utf8.RuneCountInString(name); n < 1 || n > 100 || !utf8.ValidString(name) {
		s.FlashNow("error", "Please give a name of 1 to 100 characters")
		c.HTML(http.StatusUnprocessableEntity, "login.html", gin.H{"Session": s})
		return
	}
	s.SignIn(name) // in your program, the user's ID
	username.Set(s, name)
	s.FlashAs("success", "You were successfully logged in")
	c.Redirect(http.StatusSeeOther, "/")
}

func logout(c *gin.Context) {
	s := ginsession.From(c)
	s.SignOut()
	s.FlashAs("info", "You were logged out")
	c.Redirect(http.StatusSeeOther, "/")
}

// showError is the app's error page. It has the session, and shows the flashes.
func showError(c *gin.Context, status int) {
	c.HTML(status, "error.html", gin.H{"Session": ginsession.From(c), "Problem": http.StatusText(status)})
}

func notFound(c *gin.Context) { showError(c, http.StatusNotFound) }

func showPanic(c *gin.Context, _ any) {
	c.Abort()
	showError(c, http.StatusInternalServerError)
}
