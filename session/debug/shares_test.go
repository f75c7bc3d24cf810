package debug

import (
	"fmt"
	"slices"
	"testing"

	"github.com/wafer-go/wafer/session/inspect"
)

func TestSizesOf_TheCookieAgainstItsLimit(t *testing.T) {
	for size, want := range map[int]bar{
		100: {}, 3686: {}, 3687: {Nearly: true}, 4096: {Nearly: true}, 4097: {Nearly: true, Over: true, Limit: "99.98%"}, 8192: {Nearly: true, Over: true, Limit: "50.00%"},
	} {
		got := sizesOf(inspect.Inspection{Cookie: "s", Sizes: []int{size}, Limit: 9999}).Cookie
		if got.Nearly != want.Nearly || got.Over != want.Over || got.Limit != want.Limit {
			t.Errorf("a cookie of %d bytes is drawn as %+v", size, got)
		}
		if len(got.Parts) != 1 || got.Parts[0].Bytes != size || got.Parts[0].X != "0.00%" || got.Parts[0].Width != at(size, max(size, 4096)) {
			t.Errorf("a cookie of %d bytes has the parts %+v", size, got.Parts)
		}
	}
	if got := sizesOf(inspect.Inspection{Cookie: "s", Sizes: []int{1000}, Limit: 1000}).Cookie; got.Label != "The cookie has 1,000 of 1,000 bytes, 100\u00a0%" {
		t.Errorf("the limit of the options is %q", got.Label)
	}
}

func TestSizesOf_NotesSayWhatTheFiguresMean(t *testing.T) {
	for what, tt := range map[string]struct {
		found inspect.Inspection
		notes int
	}{
		"no cookie":             {inspect.Inspection{}, 0},
		"a cookie":              {inspect.Inspection{Sizes: []int{9}}, 0},
		"two cookies":           {inspect.Inspection{Sizes: []int{9, 8}}, 1},
		"a change":              {inspect.Inspection{Sizes: []int{9}, Changes: []string{"x"}}, 1},
		"a change, no cookie":   {inspect.Inspection{Changes: []string{"x"}}, 0},
		"a record":              {inspect.Inspection{Sizes: []int{9}, Found: true, ID: "x"}, 1},
		"a session in a cookie": {inspect.Inspection{Sizes: []int{9}, Found: true}, 0},
	} {
		s := sizesOf(tt.found)
		if len(s.Notes) != tt.notes || (s.Record != nil) != (tt.found.ID != "") || (s.Cookie != nil) != (len(tt.found.Sizes) > 0) {
			t.Errorf("%s: %+v", what, s)
		}
	}
}

func names(parts []part) (all []string) {
	for _, p := range parts {
		all = append(all, fmt.Sprintf("%s %s %d %s %s", p.Class, p.Name, p.Bytes, p.X, p.Percent))
	}
	return all
}

// Base64 makes four bytes of three, unless the values were compressed into less.
func TestSizesOf_DividesTheCookieAmongTheKeys(t *testing.T) {
	values := []inspect.Value{{Key: "a", Size: 10}, {Key: "bb", Size: 20}} // with quotes, colon and comma 15 and 26 bytes
	for size, want := range map[int][]string{
		200: {"k1 bb 35 0.00% 18\u00a0%", "k2 a 20 0.85% 10\u00a0%", "rest name, time and signature 145 1.34% 72\u00a0%"},
		100: {"k1 bb 27 0.00% 27\u00a0%", "k2 a 15 0.66% 15\u00a0%", "rest name, time and signature 58 1.03% 58\u00a0%"},
	} {
		found := inspect.Inspection{Cookie: "session", Sizes: []int{size}, Limit: 4096, Found: true, Values: values}
		if got := names(sizesOf(found).Cookie.Parts); !slices.Equal(got, want) {
			t.Errorf("%d bytes are divided into %q, want %q", size, got, want)
		}
	}
	found := inspect.Inspection{Cookie: "session", Sizes: []int{200}, Found: true, ID: "x", Values: values}
	if got, want := names(sizesOf(found).Record.Parts), []string{"k1 bb 26 0.00% 63\u00a0%", "k2 a 15 63.41% 37\u00a0%"}; !slices.Equal(got, want) {
		t.Errorf("a record is divided into %q, want %q", got, want)
	}
	if got := sizesOf(found).Cookie.Parts; len(got) != 1 || got[0].Bytes != 200 {
		t.Errorf("the cookie of a record is divided into %+v", got)
	}
}

func TestByKey_TheLargestHaveAPartEach(t *testing.T) {
	var values []inspect.Value
	for i, others := range []string{"", "", "", "", "", "", "", "1 other key", "2 other keys"} {
		total, parts := byKey(values, nil)
		last := ""
		if len(parts) > 0 && parts[len(parts)-1].Class == "others" {
			last = parts[len(parts)-1].Name
		}
		if last != others || len(parts) != min(i, maxShares+1) || total != i*(1+4+1)+i*(i-1)/2 {
			t.Errorf("of %d keys there are %d bytes and the parts %q", i, total, names(parts))
		}
		if i > 0 && (parts[0].Name != fmt.Sprint(i-1) || parts[0].Class != "k1" || !parts[0].Code) {
			t.Errorf("of %d keys the largest is %+v", i, parts[0])
		}
		values = append(values, inspect.Value{Key: fmt.Sprint(i), Size: 1 + i})
	}
}

func TestPercent_OfASmallShare(t *testing.T) {
	for n, want := range map[int]string{0: "0\u00a0%", 1: "under 1\u00a0%", 9: "under 1\u00a0%", 10: "1\u00a0%", 500: "50\u00a0%", 1000: "100\u00a0%"} {
		if got := percent(n, 1000); got != want {
			t.Errorf("%d of 1000 are %q, want %q", n, got, want)
		}
	}
	if got := percent(0, 0); got != "0\u00a0%" {
		t.Errorf("nothing of nothing is %q", got)
	}
}
