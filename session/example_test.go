package session_test

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

// visit sends a request as a browser would, with the cookies it has, and
// prints what comes back.
func visit(h http.Handler, method, path string, cookies []*http.Cookie) []*http.Cookie {
	r := httptest.NewRequest(method, path, nil)
	for _, c := range cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	fmt.Println(strings.TrimSpace(fmt.Sprintln(method, path, w.Code, w.Body)))
	if set := w.Result().Cookies(); len(set) > 0 {
		return set
	}
	return cookies
}

func Example() {
	const username = session.Field[string]("username")

	sessions, err := session.New(session.Signed(secret.New()), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /login", func(w http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		s.Renew()
		username.Set(s, "ada")
		s.Flash("You were successfully logged in")
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		if name, ok := username.Get(s); ok {
			fmt.Fprintf(w, "Hello %s.", name)
		} else {
			fmt.Fprint(w, "You are not logged in.")
		}
		for _, m := range s.Flashes() {
			fmt.Fprintf(w, " %s.", m.Text)
		}
	})
	h := sessions.Handler(mux)

	cookies := visit(h, "GET", "/", nil)
	cookies = visit(h, "POST", "/login", cookies)
	cookies = visit(h, "GET", "/", cookies)
	visit(h, "GET", "/", cookies)
	// Output:
	// GET / 200 You are not logged in.
	// POST /login 204
	// GET / 200 Hello ada. You were successfully logged in.
	// GET / 200 Hello ada.
}

// A forged cookie gives an empty session, and no hint.
func Example_forged() {
	sessions, _ := session.New(session.Signed(secret.New()), nil)
	h := sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%d values", session.From(r).Len())
	}))
	visit(h, "GET", "/", []*http.Cookie{{Name: "__Host-session", Value: "eyJ1c2VybmFtZSI6ImV2ZSJ9.ZVPxAA.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}})
	// Output:
	// GET / 200 0 values
}

func ExampleField() {
	type item struct {
		Name  string
		Count int
	}
	const (
		cart   = session.Field[[]item]("cart")
		visits = session.Field[int]("visits")
	)
	sessions, _ := session.New(session.Signed(secret.New()), nil)
	s, _ := sessions.Load(httptest.NewRequest("GET", "/", nil))

	cart.Set(s, []item{{"tea", 2}})
	visits.Update(s, func(n int) int { return n + 1 })

	items, _ := cart.Get(s)
	n, _ := visits.Get(s)
	_, ok := session.Field[string]("visits").Get(s)
	fmt.Println(items, n, ok)
	// Output: [{tea 2}] 1 false
}

func ExampleSession_Flashes() {
	sessions, _ := session.New(session.Signed(secret.New()), nil)
	s, _ := sessions.Load(httptest.NewRequest("GET", "/", nil))

	s.Flash("Saved")
	s.FlashAs("warning", "The disk is nearly full")
	for _, m := range s.Flashes() {
		fmt.Println(m.Category, m.Text)
	}
	fmt.Println(s.Flashes("warning"))
	// Output:
	// message Saved
	// warning The disk is nearly full
	// [{warning  The disk is nearly full false []}]
}

func ExampleFuncs() {
	page := template.Must(template.New("page").Funcs(session.Funcs).Parse(
		`{{range flashes .Session}}<li class="{{.Category}}">{{.Text}}</li>{{end}}
`))
	sessions, _ := session.New(session.Signed(secret.New()), nil)
	s, _ := sessions.Load(httptest.NewRequest("GET", "/", nil))

	s.Flash("1 < 2")
	s.FlashHTML("info", "See <a href=/help>help</a>")
	if err := page.Execute(os.Stdout, map[string]any{"Session": s}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// <li class="message">1 &lt; 2</li><li class="info">See <a href=/help>help</a></li>
}

func ExampleTooLargeError() {
	sessions, _ := session.New(session.Signed(secret.New()), &session.Options{
		MaxCookieSize: 100,
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			var e *session.TooLargeError
			if errors.As(err, &e) {
				fmt.Println(err)
			}
			http.Error(w, "Something went wrong.", http.StatusInternalServerError)
		},
	})
	h := sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		session.From(r).Set("cart", "tea, milk, sugar, biscuits, apples, pears")
	}))
	visit(h, "POST", "/cart", nil)
	// Output:
	// session: the cookie __Host-session would be 135 bytes, over the limit of 100; the largest values are cart (50 bytes); keep less in the session, such as a record's ID instead of the record, or use session.Overflow
	// POST /cart 500 Something went wrong.
}

// Signing a user out everywhere, with sessions that live in cookies: each
// session carries the user's epoch as it was at the login, and a higher one in
// the database makes all of them worthless.
func ExampleOptions_validate() {
	const (
		username = session.Field[string]("username")
		epoch    = session.Field[int]("epoch")
	)
	epochs := map[string]int{"ada": 1} // in truth a column of the users' table
	lookUp := func(name string) (int, error) { return epochs[name], nil }
	sessions, err := session.New(session.Signed(secret.New()), &session.Options{
		Validate: func(_ context.Context, s *session.Session) error {
			name, ok := username.Get(s)
			if !ok {
				return nil // nobody is logged in
			}
			current, err := lookUp(name)
			if err != nil {
				return err // the request fails, and nobody is signed out
			}
			if n, _ := epoch.Get(s); n != current {
				return session.ErrInvalidated
			}
			return nil
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /login", func(w http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		s.Renew()
		username.Set(s, "ada")
		epoch.Set(s, epochs["ada"])
	})
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		name, ok := username.Get(session.From(r))
		fmt.Fprintf(w, "%q %t", name, ok)
	})
	h := sessions.Handler(mux)

	cookies := visit(h, "POST", "/login", nil)
	visit(h, "GET", "/", cookies)
	epochs["ada"]++ // sign ada out everywhere
	visit(h, "GET", "/", cookies)
	// Output:
	// POST /login 200
	// GET / 200 "ada" true
	// GET / 200 "" false
}
