package interop

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/flask"
	"github.com/wafer-go/wafer/flask/flasklogin"
	"github.com/wafer-go/wafer/session"
)

// money is a Go type for what the Python half's own JSONTag writes.
type money struct{ cents int }

// MarshalJSON writes {" money":250}.
func (m money) MarshalJSON() ([]byte, error) { return json.Marshal(map[string]int{" money": m.cents}) }

// UnmarshalJSON reads it.
func (m *money) UnmarshalJSON(text []byte) error {
	var tagged map[string]int
	if err := json.Unmarshal(text, &tagged); err != nil {
		return err
	}
	cents, ok := tagged[" money"]
	if !ok {
		return errors.New("it is not money")
	}
	m.cents = cents
	return nil
}

// half is the Go half of differences.py.
func half(t *testing.T, change func(o *session.Options), handler func(w http.ResponseWriter, s *session.Session)) http.Handler {
	t.Helper()
	backend, err := flask.Cookies(loginKey, nil)
	if err != nil {
		t.Fatal(err)
	}
	o := flask.Defaults()
	o.Logger = slog.New(slog.DiscardHandler)
	if change != nil {
		change(o)
	}
	m, err := session.New(backend, o)
	if err != nil {
		t.Fatal(err)
	}
	return m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler(w, session.From(r)) }))
}

// visitGo returns the Set-Cookie line of the Go half.
func visitGo(h http.Handler, cookie string) string {
	r := httptest.NewRequest("GET", "http://app.example/", nil)
	r.Header.Set("User-Agent", "x")
	if cookie != "" {
		r.Header.Set("Cookie", cookie)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Header().Get("Set-Cookie")
}

func pairOf(line string) string {
	pair, _, _ := strings.Cut(line, ";")
	return pair
}

type flaskAnswer struct {
	Status    int
	SetCookie []string `json:"set_cookie"`
}

// line is the one Set-Cookie line of an answer.
func (a flaskAnswer) line(t *testing.T) string {
	t.Helper()
	if len(a.SetCookie) != 1 {
		t.Fatalf("Flask answers %d with %q", a.Status, a.SetCookie)
	}
	return a.SetCookie[0]
}

func TestFlaskBeside(t *testing.T) {
	p := startPython(t)
	get := func(path, cookie string, config map[string]any) (answer flaskAnswer) {
		t.Helper()
		p.must(t, map[string]any{"op": "get", "key": loginKey, "path": path, "cookie": cookie, "config": config}, &answer)
		return answer
	}
	price := session.Field[money]("price")

	t.Run("a tag of the program's own is a type with MarshalJSON and UnmarshalJSON", func(t *testing.T) {
		cookie := pairOf(get("/pay", "", nil).line(t))
		h := half(t, nil, func(_ http.ResponseWriter, s *session.Session) {
			paid, ok := price.Get(s)
			if !ok || paid.cents != 250 {
				t.Errorf("Go reads %v, %t", paid, ok)
			}
			price.Set(s, money{paid.cents + 1})
		})
		cookie = pairOf(get("/pay", pairOf(visitGo(h, cookie)), nil).line(t))
		visitGo(half(t, nil, func(_ http.ResponseWriter, s *session.Session) {
			if s.Value("seen") != int64(251) {
				t.Errorf("Flask read %v", s.Value("seen"))
			}
		}), cookie)
	})

	t.Run("SERVER_NAME is a domain before Flask 2.3", func(t *testing.T) {
		theirs := get("/pay", "", map[string]any{"SERVER_NAME": "app.example"}).line(t)
		domain := ""
		if !p.hasFlask(2, 3) {
			domain = "app.example"
		}
		h := half(t, func(o *session.Options) { o.Cookie.Domain = domain }, func(_ http.ResponseWriter, s *session.Session) { price.Set(s, money{1}) })
		ours := visitGo(h, "")
		attributes := func(line string) string {
			_, rest, _ := strings.Cut(line, ";")
			return strings.Replace(rest, "Domain=.", "Domain=", 1) // browsers ignore the dot (RFC 6265, section 5.2.3)
		}
		if attributes(ours) != attributes(theirs) {
			t.Errorf("Go sets %s, Flask %s", ours, theirs)
		}
	})

	t.Run("after an exception Flask saves and Wafer does not", func(t *testing.T) {
		answer := get("/fail", "", nil)
		if answer.Status != http.StatusInternalServerError {
			t.Errorf("Flask answers %d", answer.Status)
		}
		visitGo(half(t, nil, func(_ http.ResponseWriter, s *session.Session) {
			if s.Value("before") != "the exception" {
				t.Error("Flask did not save it")
			}
		}), pairOf(answer.line(t)))
		failing := half(t, nil, func(_ http.ResponseWriter, s *session.Session) {
			s.Set("before", "the panic")
			panic(http.ErrAbortHandler)
		})
		func() {
			defer func() { _ = recover() }()
			if line := visitGo(failing, ""); line != "" {
				t.Errorf("after a panic Go sets %s", line)
			}
		}()
		recovering := half(t, nil, func(w http.ResponseWriter, s *session.Session) {
			defer func() {
				if recover() != nil {
					w.WriteHeader(http.StatusInternalServerError)
				}
			}()
			s.Set("before", "the panic")
			panic(http.ErrAbortHandler)
		})
		if line := visitGo(recovering, ""); line == "" {
			t.Error("after a panic that the program recovered from, Go sets no cookie")
		}
	})

	t.Run("a socket keeps the session that it began with", func(t *testing.T) {
		logins, err := flasklogin.New(loginKey, &flasklogin.Options{Protection: flasklogin.Off})
		if err != nil {
			t.Fatal(err)
		}
		withLogin := func(o *session.Options) { o.Login = logins }
		cookie := pairOf(visitGo(half(t, withLogin, func(_ http.ResponseWriter, s *session.Session) { s.SignIn("ada") }), ""))
		open := func(cookie string) {
			t.Helper()
			p.must(t, map[string]any{"op": "connect", "key": loginKey, "cookie": cookie}, &struct{}{})
		}
		who := func() string {
			t.Helper()
			var answer struct{ Answer string }
			p.must(t, map[string]any{"op": "emit"}, &answer)
			return answer.Answer
		}
		open(cookie)
		if got := who(); got != "ada" {
			t.Errorf("the socket says %q", got)
		}
		visitGo(half(t, withLogin, func(_ http.ResponseWriter, s *session.Session) { s.SignOut() }), cookie)
		if got := who(); got != "ada" {
			t.Errorf("after the sign-out the socket says %q", got)
		}
		open("")
		if got := who(); got != "" {
			t.Errorf("a new socket says %q", got)
		}
	})
}
