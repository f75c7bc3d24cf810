package flasksessions

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/flask/flasksession"
	"github.com/wafer-go/wafer/session"
)

// startFlask starts the Flask program and returns its address. It sets how Go writes records: as the
// Flask-Session that is installed does.
func startFlask(p *place) string {
	cmd := exec.Command(variable("WAFER_PYTHON"), "-W", "ignore", "program.py", string(must(json.Marshal(p.config))))
	cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")
	cmd.Stderr = os.Stderr
	programs = append(programs, must(cmd.StdinPipe())) // its end ends the program, and so does that of the tests
	stdout := must(cmd.StdoutPipe())
	if err := cmd.Start(); err != nil {
		panic(err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		panic(fmt.Sprintf("the Flask program did not start: %v", err))
	}
	port, serialization, _ := strings.Cut(strings.TrimSpace(line), " ")
	if serialization == "pickle" {
		p.options.Serialization = flasksession.Pickle
	}
	return "http://127.0.0.1:" + port
}

// programs are what keeps the Flask programs running.
var programs []io.Closer

// The values of both programs.
const (
	user  = session.Field[string]("user")
	adds  = session.Field[[]int]("go")
	flask = session.Field[[]int]("flask")
)

// startGo starts the same program in Go and returns its address.
func startGo(t *testing.T, p place) string {
	t.Helper()
	backend, err := p.backend(p.records)
	if err != nil {
		t.Fatal(err)
	}
	return serve(t, backend)
}

func serve(t *testing.T, backend session.Backend) string {
	t.Helper()
	sessions, err := session.New(backend, flasksession.Defaults())
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /session", func(w http.ResponseWriter, r *http.Request) {
		s, all := session.From(r), map[string]any{}
		for _, key := range s.Keys() {
			all[key] = s.Value(key)
		}
		_ = json.NewEncoder(w).Encode(all)
	})
	mux.HandleFunc("POST /login", func(_ http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		s.SignIn(r.FormValue("user"))
		user.Set(s, r.FormValue("user"))
		s.Flash("Hello from Go")
	})
	mux.HandleFunc("POST /logout", func(_ http.ResponseWriter, r *http.Request) { session.From(r).SignOut() })
	mux.HandleFunc("GET /flashes", func(w http.ResponseWriter, r *http.Request) {
		list := [][2]string{}
		for _, m := range session.From(r).Flashes() {
			list = append(list, [2]string{m.Category, m.Text})
		}
		_ = json.NewEncoder(w).Encode(list)
	})
	mux.HandleFunc("POST /add", func(_ http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.FormValue("n"))
		adds.Update(session.From(r), func(list []int) []int { return append(list, n) })
	})
	server := httptest.NewServer(sessions.Handler(mux))
	t.Cleanup(server.Close)
	return server.URL
}

// A visitor has one browser and visits both programs.
type visitor struct {
	t             *testing.T
	client        *http.Client
	flask, goHalf string
}

func newVisitor(t *testing.T, flask, goHalf string) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{MaxIdleConnsPerHost: 16}
	t.Cleanup(transport.CloseIdleConnections)
	return &visitor{t: t, client: &http.Client{Jar: jar, Transport: transport}, flask: flask, goHalf: goHalf}
}

// do sends a request, which must succeed, and returns its body.
func (v *visitor) do(method, url string) string {
	v.t.Helper()
	body, err := send(v.client, method, url, "")
	if err != nil {
		v.t.Fatal(err)
	}
	return body
}

// send sends a request, with a Cookie header if it is not empty.
func send(client *http.Client, method, url, cookie string) (string, error) {
	r, err := http.NewRequest(method, url, nil)
	if err != nil {
		return "", err
	}
	if cookie != "" {
		r.Header.Set("Cookie", cookie)
	}
	w, err := client.Do(r)
	if err != nil {
		return "", err
	}
	defer w.Body.Close()
	body, err := io.ReadAll(w.Body)
	if err == nil && w.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s was answered %d: %s", method, url, w.StatusCode, body)
	}
	return string(body), err
}

// session returns what a program says that the session has.
func (v *visitor) session(program string) map[string]any {
	v.t.Helper()
	var all map[string]any
	if err := json.Unmarshal([]byte(v.do("GET", program+"/session")), &all); err != nil {
		v.t.Fatal(err)
	}
	return all
}

// is checks who is signed in for both programs.
func (v *visitor) is(when string, who any) {
	v.t.Helper()
	for name, program := range map[string]string{"Flask": v.flask, "Go": v.goHalf} {
		if got := v.session(program)["user"]; got != who {
			v.t.Errorf("%s, %s says that %v is signed in, not %v", when, name, got, who)
		}
	}
}

// cookie returns the Cookie header that the browser sends.
func (v *visitor) cookie() string {
	v.t.Helper()
	u, err := url.Parse(v.goHalf)
	if err != nil {
		v.t.Fatal(err)
	}
	for _, c := range v.client.Jar.Cookies(u) {
		return c.Name + "=" + c.Value
	}
	return ""
}

// newVisitorWith returns another visitor of the same programs, who has a cookie.
func newVisitorWith(t *testing.T, v *visitor, cookie string) *visitor {
	t.Helper()
	other := newVisitor(t, v.flask, v.goHalf)
	u, err := url.Parse(v.goHalf)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := http.ParseCookie(cookie)
	if err != nil {
		t.Fatal(err)
	}
	other.client.Jar.SetCookies(u, parsed)
	return other
}
