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
