package browser_test

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/wafer-go/wafer/session/internal/browser"
)

// request has one header's line.
func request(method, name, value string) *http.Request {
	return &http.Request{Method: method, Header: http.Header{name: {value}}}
}

func TestIsPrefetch_InEachBrowser(t *testing.T) {
	for r, want := range map[*http.Request]bool{
		request("GET", "Sec-Purpose", "prefetch"):           true,
		request("GET", "Sec-Purpose", "prefetch;prerender"): true,
		request("GET", "Purpose", "prefetch"):               true,
		request("GET", "X-Moz", "prefetch"):                 true,
		request("GET", "Sec-Purpose", "other"):              false,
		request("GET", "Purpose", "preview"):                false,
		request("GET", "X-Moz", "other"):                    false,
		request("GET", "Accept", "prefetch"):                false,
	} {
		if got := browser.IsPrefetch(r); got != want {
			t.Errorf("%v: %t", r.Header, got)
		}
	}
}

func TestIsCrossSitePost_OnlyAPostOfAnotherSite(t *testing.T) {
	for r, want := range map[*http.Request]bool{
		request("POST", "Sec-Fetch-Site", "cross-site"): true,
		request("GET", "Sec-Fetch-Site", "cross-site"):  false,
		request("POST", "Sec-Fetch-Site", "same-site"):  false,
		request("POST", "Accept", "*/*"):                false,
	} {
		if got := browser.IsCrossSitePost(r); got != want {
			t.Errorf("%s %v: %t", r.Method, r.Header, got)
		}
	}
}

func TestOverHTTPS_ByEachSign(t *testing.T) {
	for what, r := range map[string]*http.Request{
		"TLS":       {TLS: &tls.ConnectionState{}},
		"a scheme":  {URL: &url.URL{Scheme: "https"}},
		"a proxy":   request("GET", "X-Forwarded-Proto", "HTTPS"),
		"RFC 7239":  request("GET", "Forwarded", "for=192.0.2.1;Proto=HTTPS"),
		"all three": {TLS: &tls.ConnectionState{}, URL: &url.URL{Scheme: "https"}, Header: http.Header{"X-Forwarded-Proto": {"https"}}},
	} {
		if !browser.OverHTTPS(r) {
			t.Errorf("%s: it is not HTTPS", what)
		}
	}
	for what, r := range map[string]*http.Request{
		"nothing": {}, "a path": {URL: &url.URL{Path: "/"}}, "HTTP": request("GET", "X-Forwarded-Proto", "http"),
	} {
		if browser.OverHTTPS(r) {
			t.Errorf("%s: it is HTTPS", what)
		}
	}
}

func TestIsTest_IsWhatHTTPTestMakes(t *testing.T) {
	host, address := httptest.NewRequest("GET", "/", nil), httptest.NewRequest("GET", "/", nil)
	host.Host, address.RemoteAddr = "example.org", "192.0.2.1:1235"
	if !browser.IsTest(httptest.NewRequest("GET", "/", nil)) || browser.IsTest(host) || browser.IsTest(address) {
		t.Error("it is wrong about one of them")
	}
}

func TestTrustedOverHTTP_OnlyThisMachine(t *testing.T) {
	for host, want := range map[string]bool{
		"": true, "localhost": true, "a.localhost": true, "127.0.0.1": true, "127.8.8.8": true, "::1": true,
		"localhost.example": false, "xlocalhost": false, "192.168.0.1": false, "::2": false, "example.com": false,
	} {
		if got := browser.TrustedOverHTTP(host); got != want {
			t.Errorf("%q: %t, want %t", host, got, want)
		}
	}
}

func TestHostname_WithoutPortAndBrackets(t *testing.T) {
	for host, want := range map[string]string{
		"": "", "Example.COM": "example.com", "example.com:8080": "example.com", "example.com.": "example.com", "[::1]:8080": "::1", "[::1]": "::1",
		"::1": "::1", "]": "", ":80": "",
	} {
		if got := browser.Hostname(host); got != want {
			t.Errorf("%q is %q, want %q", host, got, want)
		}
	}
}

func TestWithin_IsTheDomainMatch(t *testing.T) {
	for _, c := range []struct {
		host, domain string
		want         bool
	}{
		{"example.com", "example.com", true},
		{"example.com", "Example.COM", true},
		{"www.example.com", "example.com", true},
		{"wwwexample.com", "example.com", false},
		{"example.com", "www.example.com", false},
		{"192.0.2.1", "192.0.2.1", true},
		{"192.0.2.1", "2.1", false},
	} {
		if got := browser.Within(c.host, c.domain); got != c.want {
			t.Errorf("%s within %s: %t", c.host, c.domain, got)
		}
	}
}
