package jsonvalue

import (
	"strings"
	"testing"
)

func TestReadable_EndsInDotsWhereMoreFollows(t *testing.T) {
	most := strings.Repeat("x", MaxReadable)
	for _, c := range []struct {
		words []string
		want  string
		room  bool // after the last
	}{
		{[]string{"", "a", "", "b"}, "a b", true},
		{[]string{most}, most, true},
		{[]string{most, ""}, most, true},
		{[]string{most, "y"}, most + "…", false},
		{[]string{most + "y"}, most + "…", false},
		{[]string{most[1:] + "é"}, most[1:] + "…", false},
	} {
		var r Readable
		room := true
		for _, words := range c.words {
			room = r.Add(words)
		}
		if got := r.String(); got != c.want || room != c.room {
			t.Errorf("%.20q are %d bytes that end in %q, room for more %v; want %d bytes, %v",
				c.words, len(got), got[max(0, len(got)-5):], room, len(c.want), c.room)
		}
	}
}
