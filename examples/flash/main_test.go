package main

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/secret"
)

var text = regexp.MustCompile(`<p class="flash (\w+)"><strong>\w+</strong> ([^<]*)</p>`)

// Each pattern's messages arrive as listed, and the next page has those of then.
func TestEachPatternShowsItsMessagesOnce(t *testing.T) {
	for path, want := range map[string][]string{
		"/categories": {"message", "success", "info", "warning", "error"},
		"/name":       {"error"},
		"/now":        {"info"},
		"/keep":       {"info"},
		"/chain":      {"success", "info", "info"},
		"/fragment":   {"success"},
	} {
		client, url := visitor(t)
		page := do(t, client, "POST", url+path, false)
		var got []string
		for _, m := range text.FindAllStringSubmatch(page, -1) {
			got = append(got, m[1])
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s shows %q, want %q", path, got, want)
		}
		if page := do(t, client, "GET", url+"/", false); text.MatchString(page) {
			t.Errorf("the page after %s shows them again: %s", path, page)
		}
	}
}

func TestAFragmentIsTheMessagesAlone(t *testing.T) {
	client, url := visitor(t)
	if got := do(t, client, "POST", url+"/fragment", true); !strings.Contains(got, `hx-swap-oob="true"`) || strings.Contains(got, "<html") || !strings.Contains(got, "Saved") {
		t.Error(got)
	}
}

func TestTheAPITakesTheMessages(t *testing.T) {
	client, url := visitor(t)
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	do(t, client, "POST", url+"/chain", false)
	for _, want := range []string{`{"messages":[{"category":"success","text":"First: the order is placed"}]}`, `{"messages":[]}`} {
		if got := strings.TrimSpace(do(t, client, "GET", url+"/api/messages", false)); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func visitor(t *testing.T) (*http.Client, string) {
	t.Helper()
	h, err := newHandler(secret.New())
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewTLSServer(h)
	t.Cleanup(server.Close)
	client := server.Client()
	client.Jar, _ = cookiejar.New(nil)
	return client, server.URL
}

func do(t *testing.T, client *http.Client, method, url string, htmx bool) string {
	t.Helper()
	r, err := http.NewRequest(method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if htmx {
		r.Header.Set("HX-Request", "true")
	}
	res, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
