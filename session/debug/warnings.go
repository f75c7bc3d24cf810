package debug

import (
	"errors"
	"strings"
	"unicode"

	"github.com/wafer-go/wafer/session"
)

// troubleshooting is where each warning has more room.
const troubleshooting = "https://github.com/wafer-go/wafer/blob/main/docs/troubleshooting.md"

// The parts of docs/troubleshooting.md by the words of their headings.
const (
	partRefused     = "cookie refused, the visitor starts with an empty session"
	partFuture      = "it was written in the future"
	partDuplicate   = "a visitor has several cookies of the session's name"
	partUnavailable = "the backend is not available"
	partTooLarge    = "the cookie … would be … bytes and browsers keep 4096"
	partValue       = "the value of … cannot be kept"
	partPayload     = "its signed contents are no session"
	partLate        = "changed after the response header had left"
	partPanic       = "the handler panicked, its changes are dropped"
)

// parts are those that a warning of the log has the words of.
var parts = []string{
	"is Secure and the request came over plain HTTP",
	"Cookie.SameSite is None and the cookie is Insecure",
	"the request's host is not in Cookie.Domain",
	"says in Cache-Control that shared caches may keep it",
	"many session cookies were set and not one has come back",
	partDuplicate,
	partFuture,
	"the whole header may have more than 4096 bytes",
	"first read after the response header had left",
	"the connection was taken over before the header left",
}

// anchor is what GitHub makes of a heading to link to it by.
func anchor(heading string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(heading) {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
			b.WriteRune(r)
		case r == ' ':
			b.WriteByte('-')
		}
	}
	return b.String()
}

// warning is one thing that is amiss, and where there is more on it.
type warning struct{ Text, Link, Part string }

// linkTo returns the address of a part, or of them all.
func linkTo(part string) string {
	if part == "" {
		return troubleshooting
	}
	return troubleshooting + "#" + anchor(part)
}

// warningsOf returns what is amiss with the session of the request first, and
// then what the log has warned of, each part once.
func warningsOf(found session.Inspection, size sizes) []warning {
	var all []warning
	add := func(text, part string) {
		for i, w := range all {
			if part != "" && w.Part == part {
				all[i].Text += " " + text
				return
			}
		}
		all = append(all, warning{text, linkTo(part), part})
	}
	if found.Failure != nil {
		add("The session could not be read, so this request and others of it fail: "+plain(found.Failure)+".", partUnavailable)
	}
	if found.Refused != nil {
		add("The cookie of this request was not taken, so the visitor has an empty session: "+plain(found.Refused)+".", refusedPart(found.Refused))
	}
	if size.Cookie != nil && size.Cookie.Over {
		add("The cookie is larger than "+bytesText(limitOf(found))+". Browsers drop one of more than 4,096 without a word.", partTooLarge)
	} else if size.Cookie != nil && size.Cookie.Nearly {
		add("The cookie is nearly full: "+strings.ToLower(size.Cookie.Label[:1])+size.Cookie.Label[1:]+". A session that does not fit fails the response.", partTooLarge)
	}
	for _, v := range found.Values {
		if v.Err != nil {
			add("The value at "+cut(v.Key, maxKey)+" cannot be kept, so the response will fail: "+plain(v.Err)+".", partValue)
			break
		}
	}
	for _, text := range found.Warnings {
		add(sentence(text), partOf(text))
	}
	return all
}

// sentence makes one of a line of the log.
func sentence(text string) string {
	text = strings.TrimPrefix(text, "session: ")
	if text == "" {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:] + "."
}

func partOf(text string) string {
	for _, part := range parts {
		if strings.Contains(text, part) {
			return part
		}
	}
	return ""
}

func refusedPart(err error) string {
	switch {
	case errors.Is(err, session.ErrDuplicateCookie):
		return partDuplicate
	case errors.Is(err, session.ErrFromFuture):
		return partFuture
	case errors.Is(err, session.ErrBadPayload):
		return partPayload
	}
	return partRefused
}
