package main

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
)

const key = "a key for these tests, known to both halves"

// visitor is a browser of both halves.
type visitor struct {
	t      *testing.T
	client *http.Client
	url    string
	site   string // what the browser says of the page that sends a request
	stay   bool   // it does not follow redirects
	token  string // of the forms of the session
}

// pythonHalf serves all tests, because what it keeps is in the visitor's cookies. It ends with this
// process.
var pythonHalf = sync.OnceValues(func() (*python, error) { return startPython(context.Background(), key) })

// halves serves both behind one address.
func halves(t *testing.T) *visitor {
	t.Helper()
	goHalf, err := newHandler(key)
	if err != nil {
		t.Fatal(err)
	}
	python, err := pythonHalf()
	if err != nil {
		t.Fatalf("%v; run the tests with `make test`", err)
	}
	server := httptest.NewServer(front(goHalf, python.url))
	t.Cleanup(server.Close)
	v := &visitor{t: t, client: server.Client(), url: server.URL, site: "same-origin"}
	v.client.Jar, _ = cookiejar.New(nil)
	v.client.CheckRedirect = func(*http.Request, []*http.Request) error {
		if v.stay {
			return http.ErrUseLastResponse
		}
		return nil
	}
	return v
}

// visit returns the page that it ends at. What it posts has the token of a form of the other half.
func (v *visitor) visit(method, path string, form ...string) string {
	v.t.Helper()
	if method == "POST" {
		form = append(form, "csrf_token", v.formToken(path))
	}
	_, page := v.send(method, path, form...)
	if strings.HasSuffix(path, "/logout") {
		v.token = "" // the session has ended
	}
	return page
}

var field = regexp.MustCompile(`name="csrf_token" value="([^"]+)"`)

// formToken returns a token of the half that a form is not sent to.
func (v *visitor) formToken(path string) string {
	v.t.Helper()
	if v.token == "" {
		other := "/py/"
		if strings.HasPrefix(path, other) {
			other = "/go/"
		}
		_, page := v.send("GET", other)
		found := field.FindStringSubmatch(page)
		if found == nil {
			v.t.Fatalf("%s has no form with a token: %s", other, page)
		}
		v.token = found[1]
	}
	return v.token
}

// close closes the browser, which forgets what is not to be remembered.
func (v *visitor) close() {
	u, _ := url.Parse(v.url)
	v.client.Jar.SetCookies(u, []*http.Cookie{{Name: "session", Path: "/", MaxAge: -1}}) // #nosec G124 -- a test's jar
	v.token = ""
}

func (v *visitor) send(method, path string, form ...string) (status int, page string) {
	v.t.Helper()
	values := url.Values{}
	for i := 0; i < len(form); i += 2 {
		values.Set(form[i], form[i+1])
	}
	r, err := http.NewRequest(method, v.url+path, strings.NewReader(values.Encode()))
	if err != nil {
		v.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", v.site)
	res, err := v.client.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

func TestALoginOnEitherHalfIsOneOnBoth(t *testing.T) {
	v := halves(t)
	for _, half := range [][2]string{{"py", "go"}, {"go", "py"}} {
		here, there := half[0], half[1]
		v.visit("POST", "/"+here+"/login", "username", "ada "+here)
		if page := v.visit("GET", "/"+there+"/"); !strings.Contains(page, "Hello, ada "+here) {
			t.Errorf("logged in on %s, %s shows %s", here, there, page)
		}
		if text := v.visit("GET", "/"+there+"/session.json"); !strings.Contains(text, `"_user_id":"ada `+here+`"`) {
			t.Errorf("logged in on %s, %s has the session %s", here, there, text)
		}
		v.visit("POST", "/"+there+"/logout")
		if page := v.visit("GET", "/"+here+"/"); strings.Contains(page, "Hello") {
			t.Errorf("logged out on %s, %s shows %s", there, here, page)
		}
	}
}

func TestAFlashOfEitherHalfIsShownOnceByTheOther(t *testing.T) {
	v := halves(t)
	v.visit("POST", "/go/login", "username", "ada")
	for here, text := range map[string]string{"py": "Flashed by Python", "go": "Flashed by Go"} {
		if page := v.visit("POST", "/"+here+"/flash"); !strings.Contains(page, text) {
			t.Errorf("%s: the other half shows %s", here, page)
		}
		for _, half := range []string{"go", "py"} {
			if page := v.visit("GET", "/"+half+"/"); strings.Contains(page, text) {
				t.Errorf("%s: %s shows it again: %s", here, half, page)
			}
		}
	}
}

func TestSessionJSONIsTheSameOnBothAndTakesNoFlash(t *testing.T) {
	v := halves(t)
	v.visit("POST", "/go/login", "username", "ada")
	v.stay = true
	v.visit("POST", "/py/flash")
	v.visit("POST", "/go/flash")
	shown := ""
	for _, half := range []string{"go", "py", "go"} {
		page := strings.TrimSpace(v.visit("GET", "/"+half+"/session.json"))
		if want := `{"_created":`; !strings.HasPrefix(page, want) {
			t.Errorf("%s shows %s, want %s", half, page, want)
		}
		if want := `"_flashes":[["info","Flashed by Python"],["info","Flashed by Go"]],`; !strings.Contains(page, want) || shown != "" && page != shown {
			t.Errorf("%s shows %s, want %s, and the other half showed %s", half, page, want, shown)
		}
		shown = page
	}
}

func TestARememberedLoginIsOneOnBothAndNotFresh(t *testing.T) {
	v := halves(t)
	for _, half := range [][2]string{{"py", "go"}, {"go", "py"}} {
		here, there := half[0], half[1]
		v.visit("POST", "/"+here+"/login", "username", "ada", "remember", "on")
		if page := v.visit("GET", "/"+there+"/admin"); !strings.Contains(page, "The admin page") {
			t.Errorf("signed in on %s, %s shows %s", here, there, page)
		}
		v.close()
		for _, half := range []string{there, here} {
			if page := v.visit("GET", "/"+half+"/"); !strings.Contains(page, "Hello, ada") || !strings.Contains(page, "You were remembered") {
				t.Errorf("remembered by %s, %s shows %s", here, half, page)
			}
			if page := v.visit("GET", "/"+half+"/admin"); !strings.Contains(page, "Please reauthenticate") || !strings.Contains(page, `name="remember"`) {
				t.Errorf("remembered, the admin page of %s is %s", half, page)
			}
		}
		v.visit("POST", "/"+there+"/logout")
		v.close()
		for _, half := range []string{here, there} {
			if page := v.visit("GET", "/"+half+"/"); strings.Contains(page, "Hello") {
				t.Errorf("signed out on %s, %s shows %s", there, half, page)
			}
		}
	}
}

func TestAFormOfEitherHalfIsSentToTheOther(t *testing.T) {
	v := halves(t)
	v.visit("POST", "/go/login", "username", "ada")
	for _, half := range []string{"go", "py"} {
		page := v.visit("GET", "/"+half+"/")
		action := regexp.MustCompile(`action="(/../notes)"`).FindStringSubmatch(page)
		token := field.FindStringSubmatch(page)
		if action == nil || token == nil || strings.Contains(action[1], half) {
			t.Fatalf("the form of %s is %q: %s", half, action, page)
		}
		if status, page := v.send("POST", action[1], "note", "x"); status != http.StatusBadRequest {
			t.Errorf("%s without a token is answered %d: %s", action[1], status, page)
		}
		if _, page := v.send("POST", action[1], "note", "<by "+half+">", "csrf_token", token[1]); !strings.Contains(page, "<li>&lt;by "+half+"&gt;</li>") {
			t.Errorf("%s shows %s", action[1], page)
		}
	}
}

func TestABadNoteIsAnAlertOnBoth(t *testing.T) {
	v := halves(t)
	v.visit("POST", "/go/login", "username", "ada")
	v.refuses("/notes", "note", "<li>")
}

func TestABadNameIsAnAlertOnBoth(t *testing.T) { halves(t).refuses("/login", "username", "Hello") }

// refuses checks that both halves answer bad values of a form's field with an alert, on a page
// without a text.
func (v *visitor) refuses(path, field, without string) {
	v.t.Helper()
	bad := []string{"", "  ", strings.Repeat("x", 101)}
	for half, values := range map[string][]string{"go": append(bad, "\xff"), "py": bad} {
		for _, value := range values {
			page := v.visit("POST", "/"+half+path, field, value)
			if !strings.Contains(page, `<div class="flash error" role="alert">`) || strings.Contains(page, without) {
				v.t.Errorf("%s: %q gives %s", half, value, page)
			}
		}
	}
}

func TestALoginGoesOnToThePageThatNeededIt(t *testing.T) {
	v := halves(t)
	for _, half := range []string{"go", "py"} {
		v.visit("POST", "/"+half+"/login", "username", "ada", "remember", "on")
		v.close()
		page := v.visit("GET", "/"+half+"/admin")
		action := regexp.MustCompile(`action="(/../login[^"]*)"`).FindStringSubmatch(page)
		if action == nil {
			t.Fatalf("%s has no login: %s", half, page)
		}
		if page := v.visit("POST", action[1], "username", ""); !strings.Contains(page, `role="alert"`) || !strings.Contains(page, action[1]) {
			t.Errorf("after a bad name, %s shows %s", half, page)
		}
		if page := v.visit("POST", action[1], "username", "ada"); !strings.Contains(page, "The admin page") || strings.Contains(page, "needs a fresh login") {
			t.Errorf("after the login, %s shows %s", half, page)
		}
		v.close()
		if page := v.visit("POST", "/"+half+"/login?next=https://elsewhere.example/", "username", "ada"); !strings.Contains(page, "Hello, ada") {
			t.Errorf("%s follows next to %s", half, page)
		}
		v.visit("POST", "/"+half+"/logout")
	}
}

func TestNoGetChangesAnythingOnEither(t *testing.T) {
	v := halves(t)
	for _, half := range []string{"go", "py"} {
		for _, path := range []string{"/login", "/logout", "/flash"} {
			if status, _ := v.send("GET", "/"+half+path); status != http.StatusMethodNotAllowed {
				t.Errorf("GET /%s%s answers %d", half, path, status)
			}
		}
	}
}

func TestAnotherSiteChangesNothingOnEither(t *testing.T) {
	v := halves(t)
	v.visit("POST", "/go/login", "username", "ada")
	v.site = "cross-site"
	for _, half := range []string{"go", "py"} {
		if status, _ := v.send("POST", "/"+half+"/logout"); status != http.StatusForbidden {
			t.Errorf("%s answers %d", half, status)
		}
		if page := v.visit("GET", "/"+half+"/"); !strings.Contains(page, "Hello, ada") {
			t.Errorf("%s shows %s", half, page)
		}
	}
}

func TestANameIsEscapedOnBoth(t *testing.T) {
	v := halves(t)
	for _, half := range []string{"go", "py"} {
		if page := v.visit("POST", "/"+half+"/login", "username", "<b>"); !strings.Contains(page, "Hello, &lt;b&gt;") {
			t.Errorf("%s shows %s", half, page)
		}
	}
}
