package guides

import (
	"io"
	"log"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/sessiontest"
)

func TestGoAnswersAHeaderOfMoreThanAMebibyteWith431(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Start()
	defer server.Close()
	for size, want := range map[int]int{1000 << 10: http.StatusOK, 1100 << 10: http.StatusRequestHeaderFieldsTooLarge} {
		r, err := http.NewRequest("GET", server.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Cookie", strings.Repeat("a", size))
		res, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("%d bytes are answered %d, want %d", size, res.StatusCode, want)
		}
	}
}

// A browser knows cookies by host, and not by port or path of the program.
func TestTwoProgramsOnOneHostNeedTwoNames(t *testing.T) {
	for names, stays := range map[[2]string]bool{
		{"__Host-session", "__Host-session"}: false,
		{"__Host-shop", "__Host-admin"}:      true,
	} {
		jar, _ := cookiejar.New(nil)
		urls := []string{"https://app.example:8081", "https://app.example:8082"}
		var programs []*session.Manager
		for i, name := range names {
			m := manager(t, session.Signed(secret.New()), &session.Options{Cookie: session.Cookie{Name: name}})
			if err := sessiontest.Edit(m, jar, urls[i], func(s *session.Session) error { username.Set(s, "ada"); return nil }); err != nil {
				t.Fatal(err)
			}
			programs = append(programs, m)
		}
		s, err := sessiontest.Read(programs[0], jar, urls[0])
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := username.Get(s); ok != stays {
			t.Errorf("%v: the first program's session is there: %t", names, ok)
		}
	}
}

// TestTheOriginIsComparedWithTheHostThatTheProxyPassesOn: nginx, left alone,
// asks the program for the host and port that it was told to connect to.
func TestTheOriginIsComparedWithTheHostThatTheProxyPassesOn(t *testing.T) {
	h := http.NewCrossOriginProtection().Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	for host, want := range map[string]int{"app.example": http.StatusOK, "127.0.0.1:9000": http.StatusForbidden} {
		r := httptest.NewRequest("POST", (&url.URL{Scheme: "http", Host: host, Path: "/"}).String(), nil)
		r.Header.Set("Origin", "https://app.example")
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code != want {
			t.Errorf("%s: it answers %d, want %d", host, w.Code, want)
		}
	}
}
