package debug

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/wafer-go/wafer/session"
)

// maxError is how many bytes of an error are shown.
const maxError = 1 << 10

// cut returns a text of limit bytes at most, and marks the cut. What
// cannot be seen, such as a mark that turns the direction of writing, is
// spelled out.
func cut(text string, limit int) string {
	if len(text) > limit {
		text = strings.ToValidUTF8(text[:limit], "") + "…"
	}
	return visible(text)
}

func visible(text string) string {
	if !strings.ContainsFunc(text, hidden) {
		return text
	}
	var b strings.Builder
	for i, r := range text {
		switch size := 0; {
		case r == utf8.RuneError:
			if _, size = utf8.DecodeRuneInString(text[i:]); size == 1 {
				fmt.Fprintf(&b, `\x%02x`, text[i])
				continue
			}
			b.WriteRune(r)
		case hidden(r):
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func hidden(r rune) bool { return r == utf8.RuneError || !unicode.IsPrint(r) }

// passwords are those that errors of database drivers quote with an address.
var passwords = regexp.MustCompile(`(?i)(://[^/\s:@]*:)[^@\s]*@|\b([^\s:/@]+:)[^@\s]*@(tcp|unix)\(|\b((?:password|passwd|pwd|secret|token)\s*[=:]\s*)("[^"]*"|'[^']*'|[^\s&]+)`)

// plain returns an error's words without a password in them, and without the
// beginning that the page says itself.
func plain(err error) string {
	text := strings.TrimPrefix(strings.TrimPrefix(err.Error(), session.ErrRefused.Error()+": "), "session: ")
	return cut(passwords.ReplaceAllStringFunc(text, func(found string) string {
		part := passwords.FindStringSubmatch(found)
		switch {
		case part[1] != "":
			return part[1] + "[hidden]@"
		case part[2] != "":
			return part[2] + "[hidden]@" + part[3] + "("
		}
		return part[4] + "[hidden]"
	}), maxError)
}

// bytesText is a number of bytes, with commas.
func bytesText(n int) string {
	if n == 1 {
		return "1 byte"
	}
	return number(n) + " bytes"
}

func number(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// plural is "1 value" or "2 values".
func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return number(n) + " " + word + "s"
}

// span is a time's distance from now, rounded to the largest unit of which there
// are two.
func span(d time.Duration) string {
	suffix, prefix := "", "in "
	if d < 0 {
		d, suffix, prefix = -d, " ago", ""
	}
	switch {
	case d < time.Second:
		return "now"
	case d < 2*time.Minute:
		return prefix + plural(int(d.Round(time.Second)/time.Second), "second") + suffix
	case d < 2*time.Hour:
		return prefix + plural(int(d.Round(time.Minute)/time.Minute), "minute") + suffix
	case d < 48*time.Hour:
		return prefix + plural(int(d.Round(time.Hour)/time.Hour), "hour") + suffix
	}
	return prefix + plural(int(d.Round(24*time.Hour)/(24*time.Hour)), "day") + suffix
}

// took is a request's duration, to three digits or so.
func took(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return d.Round(time.Microsecond).String()
	case d < time.Second:
		return d.Round(100 * time.Microsecond).String()
	}
	return d.Round(10 * time.Millisecond).String()
}
