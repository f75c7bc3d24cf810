package fibersession

import (
	"net/http"
	"reflect"
	"testing"

	"github.com/valyala/fasthttp"
)

func TestHeaderOf_HasEachLineInItsOrder(t *testing.T) {
	got := headerOf([]string{"accept", "1", "X-Name", "2", "Accept", "3", "x-name", "4", "accept", "5"})
	if want := (http.Header{"Accept": {"1", "3", "5"}, "X-Name": {"2", "4"}}); !reflect.DeepEqual(got, want) {
		t.Errorf("the header is %v", got)
	}
	if got := headerOf(nil); got != nil {
		t.Errorf("of nothing the header is %v", got)
	}
}

func TestWriteHeader_WritesWhatChangedAndKeepsTheOrderOfLines(t *testing.T) {
	was := http.Header{"A": {"1"}, "Link": {"1", "2", "3"}, "B": {"1", "2"}, "Vary": {"C"}, "Set-Cookie": {"a=1", "b=2"}}
	for name, change := range map[string]func(h http.Header){
		"nothing":                 func(http.Header) {},
		"one line":                func(h http.Header) { h["A"] = []string{"2"} },
		"a new name":              func(h http.Header) { h["New"] = []string{"1"} },
		"two lines of a new name": func(h http.Header) { h["New"] = []string{"1", "2"} },
		"a name goes":             func(h http.Header) { delete(h, "A") },
		"all lines go":            func(h http.Header) { delete(h, "Link") },
		"more lines":              func(h http.Header) { h["A"] = []string{"1", "2"} },
		"fewer lines":             func(h http.Header) { h["Link"] = []string{"3"} },
		"one of two":              func(h http.Header) { h["B"] = []string{"2"} },
		"another cookie":          func(h http.Header) { h["Set-Cookie"] = []string{"a=1", "c=3"} },
		"a cookie more":           func(h http.Header) { h["Set-Cookie"] = []string{"a=1", "b=2", "c=3"} },
		"a cookie less":           func(h http.Header) { h["Set-Cookie"] = []string{"b=2"} },
		"two of many names":       func(h http.Header) { delete(h, "A"); delete(h, "B") },
	} {
		t.Run(name, func(t *testing.T) {
			var to fasthttp.ResponseHeader
			for _, name := range []string{"A", "B", "Vary", "Set-Cookie", "Link"} {
				for _, line := range was[name] {
					to.Add(name, line)
				}
			}
			want := was.Clone()
			change(want)
			writeHeader(&to, was, want.Clone())
			got := copyHeader(to.All(), "Content-Type")
			if !reflect.DeepEqual(got, want) {
				t.Errorf("the header is\n%v, not\n%v", got, want)
			}
		})
	}
}

func TestWriteHeader_TheFirstFinalStatusCounts(t *testing.T) {
	var v visit
	for _, status := range []int{http.StatusEarlyHints, http.StatusOK, http.StatusTeapot} {
		v.WriteHeader(status)
	}
	if v.page.status != http.StatusOK {
		t.Errorf("the status is %d", v.page.status)
	}
}
