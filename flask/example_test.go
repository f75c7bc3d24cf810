package flask_test

import (
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/wafer-go/wafer/flask"
	"github.com/wafer-go/wafer/session"
)

// The SECRET_KEY of the Flask program. A real one comes from the environment.
const secretKey = "7cd6a8d0f4f2b7d1b0b1c92d8f6c5a0e51a3f7e2"

// A visitor logged in with Flask, where the view did
//
//	session["username"] = "ada"
//
// and comes to a Go program with the cookie.
func Example() {
	const username = session.Field[string]("username")

	backend, err := flask.Cookies(secretKey, nil)
	if err != nil {
		log.Fatal(err)
	}
	options := flask.Defaults()
	options.Clock = exampleClock // yours needs none
	sessions, err := session.New(backend, options)
	if err != nil {
		log.Fatal(err)
	}
	handler := sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if name, ok := username.Get(session.From(r)); ok {
			fmt.Fprintln(w, "Logged in as", name)
		} else {
			fmt.Fprintln(w, "You are not logged in")
		}
	}))

	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Cookie", "session=eyJ1c2VybmFtZSI6ImFkYSJ9.ZVPxAA.LGQrLZtuRdqc5Ulzj4XoVY4CxJE")
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	fmt.Print(w.Body)
	// Output: Logged in as ada
}

// What Go sets, Flask reads: session["visited"] is ("Paris", 3) there.
func ExampleCookies() {
	const fallbackKey = "9d3f0c2b7a1e4f58b6c0" // the only one of SECRET_KEY_FALLBACKS
	backend, err := flask.Cookies(secretKey, nil, fallbackKey)
	if err != nil {
		log.Fatal(err)
	}
	options := flask.Defaults()
	options.Clock = exampleClock
	sessions, err := session.New(backend, options)
	if err != nil {
		log.Fatal(err)
	}
	handler := sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		session.From(r).Set("visited", flask.Tuple{"Paris", 3})
	}))

	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	fmt.Println(w.Header().Get("Set-Cookie"))
	// Output: session=eyJ2aXNpdGVkIjp7IiB0IjpbIlBhcmlzIiwzXX19.ZVPxAA.xNLcklfvkIkgrBK_pVIXakLzH4k; HttpOnly; Path=/
}

// A key that everybody knows is no key.
func ExampleCookies_published() {
	_, err := flask.Cookies("dev", nil)
	fmt.Println(err != nil)
	_, err = flask.Cookies("dev", &flask.CookieOptions{AllowPublishedKey: true})
	fmt.Println(err)
	// Output:
	// true
	// <nil>
}

// Flask over HTTPS, with SESSION_COOKIE_SECURE=True and
// SESSION_COOKIE_SAMESITE="Lax".
func ExampleDefaults() {
	options := flask.Defaults()
	options.Cookie.Insecure = false
	options.Cookie.SameSite = http.SameSiteLaxMode
	fmt.Println(options.Cookie.Name, options.Lifetime)
	// Output: session 744h0m0s
}

// Python's types at any depth, in a struct of the program's own.
func ExampleTuple() {
	type place struct {
		Name     string     `json:"name"`
		Position [2]float64 `json:"position"` // a tuple of two in Python
		Seen     time.Time  `json:"seen"`
	}
	const places = session.Field[[]place]("places")

	backend, err := flask.Cookies(secretKey, nil)
	if err != nil {
		log.Fatal(err)
	}
	options := flask.Defaults()
	options.Clock = exampleClock
	sessions, err := session.New(backend, options)
	if err != nil {
		log.Fatal(err)
	}
	r := httptest.NewRequest("GET", "/", nil)
	// {"places": [{"name": "Paris", "position": (48.9, 2.4), "seen": datetime(2024, 2, 29)}]}
	r.Header.Set("Cookie", "session="+examplePlaces)
	s, err := sessions.Load(r)
	if err != nil {
		log.Fatal(err)
	}
	list, _ := places.Get(s)
	fmt.Println(list[0].Name, list[0].Position, list[0].Seen.Format(time.DateOnly))
	// Output: Paris [48.9 2.4] 2024-02-29
}

func exampleClock() time.Time { return time.Unix(1700000000, 0) }

const examplePlaces = ".eJyrVirISUxOLVayiq5WykvMTVWyUgpILMosVtJRKsgvzizJzM9TsqpWUigBqjCx0LPUMdIzia3VUSpOTYVIpAB1hGSU6igYWSq4pSYpGBkYmSgYGFiBkYK7b4hSbW1sLQB7Hx3B.ZVPxAA.RAZwdtEwzlo8XwIR-5MyWz73k6A"
