package flaskwtf

import (
	"bytes"
	"crypto/tls"
	"errors"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/session"
)

const secret = "d3486ae9136e7856bc42212385ea797094475802"

var withSecret = map[string]any{"csrf_token": secret}

// tokenAt returns a token of that time for the secret.
func tokenAt(t testing.TB, at time.Time, secret string) (token string) {
	t.Helper()
	p := newProtection(t, &Options{Clock: func() time.Time { return at }})
	within(t, map[string]any{"csrf_token": secret}, func(_ http.ResponseWriter, r *http.Request) { token = p.Token(session.From(r)) })
	return token
}

func post(pairs ...string) *http.Request {
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	r := httptest.NewRequest("POST", "http://app.example/", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

func with(r *http.Request, name, value string) *http.Request {
	r.Header.Set(name, value)
	return r
}

func uploaded(t testing.TB, token string, size int) *http.Request {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	err := w.WriteField("csrf_token", token)
	if err == nil {
		var file interface{ Write([]byte) (int, error) }
		if file, err = w.CreateFormFile("file", "f"); err == nil {
			_, _ = file.Write(make([]byte, size))
			err = w.Close()
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return with(httptest.NewRequest("POST", "/", &b), "Content-Type", w.FormDataContentType())
}

func method(r *http.Request, method string) *http.Request {
	r.Method = method
	return r
}

func TestCheck_AsFlaskWTF(t *testing.T) {
	now := time.Now()
	long := strings.Repeat("x", 1<<10)
	good, others := tokenAt(t, now, secret), tokenAt(t, now, strings.Repeat("0", 40))
	old, hour, ahead, tomorrow := tokenAt(t, now.Add(-time.Hour-2*time.Second), secret), tokenAt(t, now.Add(-time.Hour), secret), tokenAt(t, now.Add(20*time.Second), secret), tokenAt(t, now.Add(24*time.Hour), secret)
	for what, c := range map[string]struct {
		r      *http.Request
		values map[string]any
		want   error
	}{
		"a field":                          {post("csrf_token", good), withSecret, nil},
		"a field of a form with a prefix":  {post("a-csrf_token", "", "b-csrf_token", good), withSecret, nil},
		"a field with another name":        {post("csrf_token_", good), withSecret, ErrNoToken},
		"a field in the URL":               {httptest.NewRequest("POST", "/?csrf_token="+good, nil), withSecret, ErrNoToken},
		"a header":                         {with(post(), "X-CSRFToken", good), withSecret, nil},
		"the other header":                 {with(post(), "X-CSRF-Token", good), withSecret, nil},
		"a bad header beside a good field": {with(post("csrf_token", good), "X-CSRFToken", others), withSecret, nil},
		"a bad field beside a prefix":      {post("csrf_token", others, "a-csrf_token", good), withSecret, ErrMismatch},
		"a multipart form":                 {uploaded(t, good, 3<<20), withSecret, nil},
		"nothing":                          {post(), withSecret, ErrNoToken},
		"an empty field":                   {post("csrf_token", ""), withSecret, ErrNoToken},
		"no session":                       {post("csrf_token", good), nil, ErrNoSession},
		"another session's":                {post("csrf_token", others), withSecret, ErrMismatch},
		"an hour":                          {post("csrf_token", hour), withSecret, nil},
		"more than an hour":                {post("csrf_token", old), withSecret, ErrExpired},
		"a clock that is ahead":            {post("csrf_token", ahead), withSecret, nil},
		"tomorrow's":                       {post("csrf_token", tomorrow), withSecret, ErrExpired},
		"cut":                              {post("csrf_token", good[:len(good)-1]), withSecret, ErrInvalid},
		"the secret itself":                {post("csrf_token", secret), withSecret, ErrInvalid},
		"very long":                        {post("csrf_token", tokenAt(t, now, long)), map[string]any{"csrf_token": long}, ErrInvalid},
		"a bomb":                           {post("csrf_token", tokenAt(t, now, strings.Repeat("A", 1<<20))), withSecret, ErrInvalid},
		"PUT":                              {method(post(), "PUT"), withSecret, ErrNoToken},
		"PATCH":                            {method(post(), "PATCH"), withSecret, ErrNoToken},
		"DELETE":                           {method(post(), "DELETE"), withSecret, ErrNoToken},
		"DELETE with a header":             {with(method(post(), "DELETE"), "X-CSRFToken", good), withSecret, nil},
		"GET":                              {method(post(), "GET"), withSecret, nil},
		"HEAD":                             {method(post(), "HEAD"), withSecret, nil},
		"JSON":                             {with(with(post(), "Content-Type", "application/json"), "X-CSRFToken", good), withSecret, nil},
	} {
		p := newProtection(t, &Options{Clock: func() time.Time { return now }})
		var err error
		withinRequest(t, c.r, c.values, func(_ http.ResponseWriter, r *http.Request) { err = p.Check(r) })
		if !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
			t.Errorf("%s: %v, want %v", what, err, c.want)
		}
	}
}

func TestCheck_EachOption(t *testing.T) {
	now := time.Now()
	good, old := tokenAt(t, now, secret), tokenAt(t, now.Add(-1000*time.Hour), secret)
	for what, c := range map[string]struct {
		opts Options
		r    *http.Request
		key  string
		want error
	}{
		"another field":              {Options{FieldName: "x"}, post("x", good), "x", nil},
		"the default field":          {Options{FieldName: "x"}, post("csrf_token", good), "x", ErrNoToken},
		"another header":             {Options{Headers: []string{"X-A"}}, with(post(), "X-A", good), "csrf_token", nil},
		"the default header":         {Options{Headers: []string{"X-A"}}, with(post(), "X-CSRFToken", good), "csrf_token", ErrNoToken},
		"no headers":                 {Options{Headers: []string{}}, with(post(), "X-CSRFToken", good), "csrf_token", ErrNoToken},
		"another method":             {Options{Methods: []string{"GET"}}, method(post(), "GET"), "csrf_token", ErrNoToken},
		"a method that is left out":  {Options{Methods: []string{"GET"}}, post(), "csrf_token", nil},
		"a shorter limit":            {Options{TimeLimit: time.Minute}, post("csrf_token", old), "csrf_token", ErrExpired},
		"the shortest limit":         {Options{TimeLimit: time.Second}, post("csrf_token", good), "csrf_token", nil},
		"the default limit":          {Options{}, post("csrf_token", old), "csrf_token", ErrExpired},
		"no limit":                   {Options{TimeLimit: -1}, post("csrf_token", old), "csrf_token", nil},
		"a body within the limit":    {Options{MaxBody: 1 << 10}, post("csrf_token", good), "csrf_token", nil},
		"a body over the limit":      {Options{MaxBody: 10}, post("csrf_token", good), "csrf_token", new(http.MaxBytesError)},
		"an upload over the limit":   {Options{MaxBody: 1 << 20}, uploaded(t, good, 2<<20), "csrf_token", new(http.MaxBytesError)},
		"no limit of bodies":         {Options{MaxBody: -1}, uploaded(t, good, 11<<20), "csrf_token", nil},
		"a large body with a header": {Options{MaxBody: 10}, with(uploaded(t, "", 1<<10), "X-CSRFToken", good), "csrf_token", nil},
	} {
		c.opts.Clock = func() time.Time { return now }
		p := newProtection(t, &c.opts)
		var err error
		withinRequest(t, c.r, map[string]any{c.key: secret}, func(_ http.ResponseWriter, r *http.Request) { err = p.Check(r) })
		_, tooLarge := errors.AsType[*http.MaxBytesError](c.want)
		if got, ok := errors.AsType[*http.MaxBytesError](err); tooLarge && ok && got != nil {
			continue
		}
		if !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
			t.Errorf("%s: %v, want %v", what, err, c.want)
		}
	}
}

func TestCheck_Referer(t *testing.T) {
	good := tokenAt(t, time.Now(), secret)
	proxied := func(r *http.Request) bool { return r.Header.Get("X-Forwarded-Proto") == "https" }
	for _, c := range []struct {
		opts          Options
		tls           bool
		host, referer string
		want          error
	}{
		{Options{}, false, "app.example", "", nil},
		{Options{}, true, "app.example", "", ErrNoReferer},
		{Options{}, true, "app.example", "https://app.example/page?q", nil},
		{Options{}, true, "APP.example", "https://app.example:443/", nil},
		{Options{}, true, "app.example:8443", "https://app.example:8443/", nil},
		{Options{}, true, "app.example:8443", "https://app.example/", ErrBadReferer},
		{Options{}, true, "app.example", "http://app.example/", ErrBadReferer},
		{Options{}, true, "app.example", "https://app.example.evil.example/", ErrBadReferer},
		{Options{}, true, "app.example", "https://app.example@evil.example/", ErrBadReferer},
		{Options{}, true, "app.example", "https://evil.example/app.example", ErrBadReferer},
		{Options{}, true, "app.example", "https://%zz/", ErrBadReferer},
		{Options{AnyReferer: true}, true, "app.example", "", nil},
		{Options{Secure: proxied}, false, "app.example", "", ErrNoReferer},
	} {
		for where, r := range map[string]*http.Request{"a field": post("csrf_token", good), "a header": with(post(), "X-CSRFToken", good)} {
			r = with(with(r, "Referer", c.referer), "X-Forwarded-Proto", "https")
			r.Host = c.host
			if c.tls {
				r.TLS = &tls.ConnectionState{}
			}
			p := newProtection(t, &c.opts)
			var err error
			withinRequest(t, r, withSecret, func(_ http.ResponseWriter, r *http.Request) { err = p.Check(r) })
			if !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
				t.Errorf("with %s, %+v: %v", where, c, err)
			}
		}
	}
}

func TestHandler_AnswersWhatIsRefused(t *testing.T) {
	good := tokenAt(t, time.Now(), secret)
	called := false
	next := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called = true })
	for what, c := range map[string]struct {
		opts   *Options
		r      *http.Request
		status int
		body   string
	}{
		"accepted":  {nil, post("csrf_token", good), 200, ""},
		"refused":   {nil, post(), 400, "Refused: the CSRF token is missing. Load the page again and send the form once more.\n"},
		"too large": {&Options{MaxBody: 1}, post("csrf_token", good), 413, "The form is too large.\n"},
		"by the program": {&Options{ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			http.Error(w, err.Error(), http.StatusTeapot)
		}}, post(), 418, "the CSRF token is missing\n"},
	} {
		called = false
		var logged bytes.Buffer
		opts := Options{Logger: slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))}
		if c.opts != nil {
			opts.MaxBody, opts.ErrorHandler = c.opts.MaxBody, c.opts.ErrorHandler
		}
		w := withinRequest(t, c.r, withSecret, newProtection(t, &opts).Handler(next).ServeHTTP)
		if told := strings.Contains(logged.String(), `msg="flaskwtf: request refused" request="POST /" reason=`); told == called {
			t.Errorf("%s: logged %s", what, logged.String())
		}
		if w.Code != c.status || w.Body.String() != c.body || called != (c.status == 200) {
			t.Errorf("%s: %d %q, called: %t", what, w.Code, w.Body, called)
		}
	}
}

// net/http does not remove them, because the session's handler passes a copy of its request on.
func TestHandler_RemovesTheFilesOfAForm(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	files := func() int {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		return len(entries)
	}
	during := 0
	next := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { during = files() })
	r := uploaded(t, tokenAt(t, time.Now(), secret), 3<<20)
	withinRequest(t, r, withSecret, newProtection(t, nil).Handler(next).ServeHTTP)
	if during != 1 || files() != 0 {
		t.Errorf("there are %d files in the handler, and %d after it", during, files())
	}
}
