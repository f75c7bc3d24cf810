package cookieheader

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

func TestValues_NamesAreComparedExactly(t *testing.T) {
	for _, tt := range []struct {
		header []string
		want   []string
	}{
		{[]string{"s=1"}, []string{"1"}},
		{[]string{"a=0; s=1; b=2"}, []string{"1"}},
		{[]string{"a=0;s=1;b=2"}, []string{"1"}},
		{[]string{"a=0", "s=1"}, []string{"1"}},
		{[]string{"s=1; s=2"}, []string{"1", "2"}},
		{[]string{" \ts=1\t "}, []string{"1"}},
		{[]string{"s= 1"}, []string{" 1"}},
		{[]string{"s="}, []string{""}},
		{[]string{"s=a=b"}, []string{"a=b"}},
		{[]string{`s="1"`}, []string{`"1"`}},
		{[]string{"s"}, nil},
		{[]string{"S=1"}, nil},
		{[]string{"ss=1"}, nil},
		{[]string{"xs=1"}, nil},
		{[]string{"s =1"}, nil},
		{[]string{"=s=1"}, nil},
		{[]string{"; ;;s=1;"}, []string{"1"}},
		{[]string{""}, nil},
		{nil, nil},
	} {
		got := slices.Collect(Values(http.Header{"Cookie": tt.header}, "s"))
		if !slices.Equal(got, tt.want) {
			t.Errorf("in %q the cookie s is %q, want %q", tt.header, got, tt.want)
		}
		if Has(http.Header{"Cookie": tt.header}, "s") != (len(tt.want) > 0) {
			t.Errorf("Has is wrong about %q", tt.header)
		}
	}
}

func TestDifferentAndFirst_AreTheValuesThatCount(t *testing.T) {
	for name, tt := range map[string]struct {
		lines            []string
		different, first []string
	}{
		"none":                 {[]string{"t=1"}, nil, nil},
		"one":                  {[]string{"t=1; s=a"}, []string{"a"}, []string{"a"}},
		"one, twice":           {[]string{"s=a; s=a"}, []string{"a"}, []string{"a"}},
		"two, on two lines":    {[]string{"s=b", "t=1; s=a"}, []string{"b", "a"}, []string{"b"}},
		"more than are wanted": {[]string{"s=a; s=b; s=c; s=d"}, []string{"a", "b", "c"}, []string{"a"}},
		"an empty one first":   {[]string{"s=; s=a"}, []string{"a"}, nil},
	} {
		h := http.Header{"Cookie": tt.lines}
		if got := Different(h, "s", make([]string, 0, 3)); !slices.Equal(got, tt.different) {
			t.Errorf("%s: the different ones are %q, want %q", name, got, tt.different)
		}
		if got := First(h, "s", make([]string, 0, 3)); !slices.Equal(got, tt.first) {
			t.Errorf("%s: the first is %q, want %q", name, got, tt.first)
		}
	}
}

func FuzzValues(f *testing.F) {
	for _, line := range []string{"s=1", "a=0; s=1; s=2", "=s=1", "s", ";;s = 1", "s=\xff;S=2"} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		got := slices.Collect(Values(http.Header{"Cookie": {line}}, "s"))
		for _, v := range got {
			if strings.Contains(v, ";") || !strings.Contains(line, "s="+v) {
				t.Fatalf("found the value %q in %q", v, line)
			}
		}
		// What net/http finds, we find. It also strips carriage returns and
		// the like, which no header that a server took can hold.
		if strings.ContainsAny(line, "\r\n\v\f") {
			return
		}
		cookies, err := http.ParseCookie(line)
		if err != nil {
			return
		}
		var want []string
		for _, c := range cookies {
			if c.Name == "s" && !c.Quoted {
				want = append(want, c.Value)
			}
		}
		for _, v := range want {
			if !slices.Contains(got, v) {
				t.Fatalf("net/http finds %q in %q, we find %q", want, line, got)
			}
		}
	})
}
