package hold_test

import (
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
)

// errorHeader returns the header of the error page after a handler whose commit fails, or which
// panicked.
func errorHeader(before http.Header, h func(h http.Header), panics bool) http.Header {
	w := httptest.NewRecorder()
	maps.Copy(w.Header(), before)
	c := &committer{commit: refuse, fail: func(http.ResponseWriter, error) {}}
	_, _ = respond(w, c, 100, func(w http.ResponseWriter) {
		h(w.Header())
		_, _ = io.WriteString(w, "page")
		if panics {
			panic("boom")
		}
	})
	return w.Header()
}

func TestWriter_Fail_GetsNoHeaderThatActs(t *testing.T) {
	acting := []string{
		"Accept-Ranges", "Access-Control-Allow-Methods", "Access-Control-Max-Age", "Alt-Svc", "Cache-Control",
		"Clear-Site-Data", "Connection", "Content-Disposition", "Content-Encoding", "Content-Length",
		"Content-Security-Policy-Report-Only", "Content-Type", "Date", "Etag", "Expires", "Hx-Location",
		"Hx-Redirect", "Hx-Trigger", "Last-Modified", "Link", "Location", "Nel", "Refresh", "Report-To",
		"Retry-After", "Set-Cookie", "Surrogate-Control", "Trailer", "Trailer:X-Sum", "Turbo-Location", "Upgrade",
		"Www-Authenticate", "X-Accel-Buffering", "X-Accel-Redirect", "X-Lighttpd-Send-File", "X-Next-Year",
		"X-Sendfile", "x-sendfile", "x-frame-options",
	}
	for _, panics := range []bool{false, true} {
		got := errorHeader(nil, func(h http.Header) {
			for _, name := range acting {
				h[name] = []string{"1"}
			}
		}, panics)
		if len(got) > 0 {
			t.Errorf("panicked %v: the error page has %v", panics, got)
		}
	}
}

func TestWriter_Fail_GetsHeadersThatRestrict(t *testing.T) {
	staying := []string{
		"Access-Control-Allow-Credentials", "Access-Control-Allow-Origin", "Access-Control-Expose-Headers",
		"Content-Security-Policy", "Cross-Origin-Embedder-Policy", "Cross-Origin-Opener-Policy",
		"Cross-Origin-Resource-Policy", "Permissions-Policy", "Referrer-Policy", "Server",
		"Strict-Transport-Security", "Traceparent", "Traceresponse", "Vary", "X-Content-Type-Options",
		"X-Correlation-Id", "X-Frame-Options", "X-Request-Id",
	}
	got := errorHeader(nil, func(h http.Header) {
		for _, name := range staying {
			h.Set(name, "1")
		}
	}, false)
	if names := slices.Sorted(maps.Keys(got)); !slices.Equal(names, staying) {
		t.Errorf("the error page has %q, want %q", names, staying)
	}
}

func TestWriter_Fail_GetsWhatWasSetOutside(t *testing.T) {
	for name, tt := range map[string]struct {
		before http.Header
		h      func(h http.Header)
		want   http.Header
	}{
		"left alone": {
			http.Header{"Content-Encoding": {"gzip"}, "X-Any": {"1", "2"}},
			func(http.Header) {},
			http.Header{"Content-Encoding": {"gzip"}, "X-Any": {"1", "2"}},
		},
		"changed":          {http.Header{"Link": {"a"}}, func(h http.Header) { h.Set("Link", "b") }, http.Header{"Link": {"a"}}},
		"added to":         {http.Header{"Link": {"a"}}, func(h http.Header) { h.Add("Link", "b") }, http.Header{"Link": {"a"}}},
		"changed in place": {http.Header{"Link": {"a"}}, func(h http.Header) { h["Link"][0] = "b" }, http.Header{"Link": {"a"}}},
		"deleted":          {http.Header{"Link": {"a"}}, func(h http.Header) { h.Del("Link") }, http.Header{"Link": {"a"}}},
		"a policy made weaker": {
			http.Header{"Content-Security-Policy": {"default-src 'none'"}},
			func(h http.Header) { h.Set("Content-Security-Policy", "") },
			http.Header{"Content-Security-Policy": {"default-src 'none'"}},
		},
		"nil":             {http.Header{"Date": nil}, func(h http.Header) { h.Set("Date", "now") }, http.Header{"Date": nil}},
		"Vary replaced":   {http.Header{"Vary": {"A"}}, func(h http.Header) { h.Set("Vary", "B") }, http.Header{"Vary": {"A", "B"}}},
		"Vary added to":   {http.Header{"Vary": {"A"}}, func(h http.Header) { h.Add("Vary", "B") }, http.Header{"Vary": {"A", "B"}}},
		"Vary left alone": {http.Header{"Vary": {"A"}}, func(http.Header) {}, http.Header{"Vary": {"A"}}},
	} {
		for _, panics := range []bool{false, true} {
			before := tt.before.Clone()
			if got := errorHeader(before, tt.h, panics); !maps.EqualFunc(got, tt.want, slices.Equal) {
				t.Errorf("%s, panicked %v: the error page has %v, want %v", name, panics, got, tt.want)
			}
		}
	}
}
