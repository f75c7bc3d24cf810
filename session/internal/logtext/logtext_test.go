package logtext_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/session/internal/logtext"
)

func TestShown_IsOneLineOf200Bytes(t *testing.T) {
	long := strings.Repeat("x", 200)
	for text, want := range map[string]string{
		"": "", "a b": "a b", "é": "é", "a\nb\"": `a\nb\"`, "\x1b\u202e": `\x1b\u202e`, long: long, long + "y": long + "…",
		long[1:] + "é": long[1:] + "…",
	} {
		if got := logtext.Shown(text); got != want {
			t.Errorf("%q is shown as %s, want %s", text, got, want)
		}
	}
}

func TestDescribe_LeavesTheQueryOut(t *testing.T) {
	u := &url.URL{Path: "/a\n", RawQuery: "token=secret"}
	if got := logtext.Describe(&http.Request{Method: "GET", URL: u}); got != `GET /a\n` {
		t.Errorf("it is %q", got)
	}
	if got := logtext.Describe(&http.Request{Method: "GET"}); got != "GET" {
		t.Errorf("without a URL it is %q", got)
	}
}

func TestCaller_IsTheTestThatCalls(t *testing.T) {
	if got := logtext.Caller(); !strings.Contains(got, "/logtext_test.go:") {
		t.Errorf("the caller is %q", got)
	}
}
