package debug

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/inspect"
)

// maxShares is how many keys have a share of their own in the bar; the rest is
// one.
const maxShares = 6

// signature is the number of bytes of the time and the signature of a signed token,
// with the dots before them: what there is at least beside the values.
const signature = 1 + 6 + 1 + 43

// bar is a drawing of sizes on one line.
type bar struct {
	Label   string // what a screen reader says of it
	Caption string // of the table
	Parts   []part
	Limit   string // the place of the limit, in percent of the width, if it is not the end
	Over    bool
	Nearly  bool
}

// part is one piece of the bar, and a row of the table under it.
type part struct {
	Name     string
	Code     bool // Name is a key
	Class    string
	Bytes    int // in the cookie, or in the store
	Percent  string
	X, Width string // in percent
}

// sizes is what the page says of what a session weighs.
type sizes struct {
	Cookie *bar     // the request's cookie against the limit
	Record *bar     // what the store keeps, each key's share
	Notes  []string // on what the figures mean
}

// limitOf is how many bytes a cookie's name and value may have: by the options,
// and by what browsers keep (RFC 6265bis, section 5.6), whichever is less.
func limitOf(found inspect.Inspection) int {
	return min(found.Limit, session.DefaultMaxCookieSize)
}

func sizesOf(found inspect.Inspection) sizes {
	var s sizes
	limit := limitOf(found)
	if len(found.Sizes) > 0 {
		size := slices.Max(found.Sizes)
		s.Cookie = &bar{
			Caption: "The bytes of each key, as near as base64 and compression allow",
			Label:   fmt.Sprintf("The cookie has %s of %s, %s", number(size), bytesText(limit), percent(size, limit)),
			Over:    size > limit, Nearly: size > limit*9/10,
		}
		whole := max(size, limit)
		if size > limit {
			s.Cookie.Limit = at(limit, whole)
		}
		if found.Found && found.ID == "" {
			s.Cookie.Parts = inCookie(found, size)
		} else {
			s.Cookie.Parts = []part{{Name: "name and value", Class: "rest", Bytes: size}}
		}
		lay(s.Cookie.Parts, whole, size)
		if len(found.Changes) > 0 {
			s.Notes = append(s.Notes, "This request has changed the session, and the cookie that it came with is shown beside the values as they are now.")
		}
	}
	if len(found.Sizes) > 1 {
		var each []string
		for _, size := range found.Sizes {
			each = append(each, number(size))
		}
		s.Notes = append(s.Notes, fmt.Sprintf("There are %d cookies of the name, %s bytes. The bar shows the largest.", len(each), cut(strings.Join(each, " and "), shortText)))
	}
	if found.Found && found.ID != "" {
		total, parts := byKey(found.Values, nil)
		s.Record = &bar{Label: "The record in the store has " + bytesText(total) + " of keys and values", Caption: "The bytes of each key", Parts: parts}
		lay(parts, total, total)
		s.Notes = append(s.Notes, "The session is in a store, and the cookie contains only the session ID, however large the session grows.")
	}
	return s
}

// inCookie divides a cookie among the keys in it: base64 makes four bytes of
// three. What is compressed is divided in the same proportions.
func inCookie(found inspect.Inspection, size int) []part {
	room := max(size-len(found.Cookie)-signature, 1)
	total, _ := byKey(found.Values, nil)
	grown := float64(total) * 4 / 3
	scale := 4.0 / 3
	if grown > float64(room) {
		scale = float64(room) / float64(max(total, 1))
	}
	_, parts := byKey(found.Values, func(n int) int { return int(math.Round(float64(n) * scale)) })
	rest := size
	for _, p := range parts {
		rest -= p.Bytes
	}
	return append(parts, part{Name: "name, time and signature", Class: "rest", Bytes: max(rest, 0)})
}

// byKey returns the bytes of all keys and values as JSON, and a part for each
// of the largest, and one for the others.
func byKey(values []inspect.Value, scale func(int) int) (total int, parts []part) {
	sorted := slices.Clone(values)
	slices.SortStableFunc(sorted, func(a, b inspect.Value) int { return weight(b) - weight(a) })
	others, n := 0, 0
	add := func(name, class string, size int, code bool) {
		inside := size
		if scale != nil {
			inside = scale(size)
		}
		parts = append(parts, part{Name: name, Code: code, Class: class, Bytes: inside})
	}
	for i, v := range sorted {
		total += weight(v)
		if i < maxShares {
			add(cut(v.Key, maxKey), fmt.Sprint("k", i+1), weight(v), true)
			continue
		}
		others += weight(v)
		n++
	}
	if n > 0 {
		add(plural(n, "other key"), "others", others, false)
	}
	return total, parts
}

// weight is the size of a key as JSON: its name in quotes, a colon, the value
// and a comma.
func weight(v inspect.Value) int { return len(v.Key) + 4 + v.Size }

// lay places the parts one after another on a line that is whole bytes long.
func lay(parts []part, whole, size int) {
	x := 0
	for i := range parts {
		n := parts[i].Bytes
		parts[i].X, parts[i].Width, parts[i].Percent = at(x, whole), at(n, whole), percent(n, size)
		x += n
	}
}

func at(n, whole int) string {
	return fmt.Sprintf("%.2f%%", 100*float64(n)/float64(max(whole, 1)))
}

// percent is a share in words.
func percent(n, whole int) string {
	switch p := 100 * float64(n) / float64(max(whole, 1)); {
	case n > 0 && p < 1:
		return "under 1\u00a0%"
	default:
		return fmt.Sprintf("%.0f\u00a0%%", p)
	}
}
