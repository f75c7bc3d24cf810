package caching

import (
	"net/http"
	"slices"
	"testing"
)

func TestAddVary_Merges(t *testing.T) {
	for _, tt := range []struct{ before, want []string }{
		{nil, []string{"Cookie"}},
		{[]string{"Accept"}, []string{"Accept", "Cookie"}},
		{[]string{"Accept, cookie"}, []string{"Accept, cookie"}},
		{[]string{"Accept", "Cookie"}, []string{"Accept", "Cookie"}},
		{[]string{"*"}, []string{"*"}},
		{[]string{"X-Cookie"}, []string{"X-Cookie", "Cookie"}},
	} {
		h := http.Header{"Vary": slices.Clone(tt.before)}
		AddVary(h, "Cookie", new([1]string))
		if !slices.Equal(h["Vary"], tt.want) {
			t.Errorf("Vary %q becomes %q, want %q", tt.before, h["Vary"], tt.want)
		}
	}
}

func TestKeepFrom_LeavesWhatTheProgramSaid(t *testing.T) {
	for _, tt := range []struct{ before, want []string }{
		{nil, []string{"no-store"}},
		{[]string{""}, []string{"no-store"}},
		{[]string{" , ", "\t"}, []string{"no-store"}},
		{[]string{"no-cache"}, []string{"no-cache", "private"}},
		{[]string{"", "must-revalidate"}, []string{"", "must-revalidate", "private"}},
		{[]string{"Max-Age=0"}, []string{"Max-Age=0", "private"}},
		{[]string{`max-age="00"`}, []string{`max-age="00"`, "private"}},
		{[]string{"no-cache, max-age=60"}, []string{"no-cache, max-age=60"}},
		{[]string{"s-maxage=0"}, []string{"s-maxage=0"}},
		{[]string{"Public"}, []string{"Public"}},
		{[]string{"private"}, []string{"private"}},
		{[]string{"must-revalidate", "no-store"}, []string{"must-revalidate", "no-store"}},
	} {
		h := http.Header{"Cache-Control": slices.Clone(tt.before)}
		KeepFrom(h, new([1]string))
		if !slices.Equal(h["Cache-Control"], tt.want) {
			t.Errorf("Cache-Control %q becomes %q, want %q", tt.before, h["Cache-Control"], tt.want)
		}
	}
}

func TestShared_IsWhatSharedCachesMayKeep(t *testing.T) {
	for _, tt := range []struct {
		header http.Header
		want   bool
	}{
		{http.Header{}, false},
		{http.Header{"Cache-Control": {}}, false},
		{http.Header{"Cache-Control": {"no-store"}}, false},
		{http.Header{"Cache-Control": {"public"}}, true},
		{http.Header{"Cache-Control": {"max-age=60"}}, true},
		{http.Header{"Cache-Control": {"max-age=0"}}, false},
		{http.Header{"Cache-Control": {"S-MaxAge=60, max-age=0"}}, true},
		{http.Header{"Cache-Control": {"public", "no-store"}}, false},
		{http.Header{"Cache-Control": {"no-store", "public"}}, false},
		{http.Header{"Cache-Control": {"public, private"}}, false},
		{http.Header{"Cache-Control": {"public, no-cache"}}, false},
		{http.Header{"Cache-Control": {"must-revalidate"}}, false},
		{http.Header{"Cache-Control": {"private"}, "Cdn-Cache-Control": {"max-age=60"}}, true},
		{http.Header{"Cache-Control": {"public"}, "Surrogate-Control": {"no-store"}}, false},
		{http.Header{"Cache-Control": {"public"}, "Surrogate-Control": {}}, true},
	} {
		if got := Shared(tt.header); got != tt.want {
			t.Errorf("%v: %t, want %t", tt.header, got, tt.want)
		}
	}
}
