package debug

import (
	"strings"
	"unicode"

	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/inspect"
)

// troubleshooting is where each warning has more room.
const troubleshooting = "https://github.com/wafer-go/wafer/blob/main/docs/troubleshooting.md"

// partPanic is the heading in docs/troubleshooting.md on a panic, which has no [inspect.Warning]
// and no error that would have its heading.
const partPanic = "the handler panicked, its changes are dropped"

// The headings there of what the page finds by itself.
var (
	partTooLarge = session.ReasonHeading(session.ErrTooLarge)
	partLate     = session.ReasonHeading(session.ErrTooLate)
	partValue    = session.ReasonHeading(&session.ValueError{})
)

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

// warning is one mistake, and the part of the guide about it.
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
func warningsOf(found inspect.Inspection, size sizes) []warning {
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
		add("The session could not be read, so this request and others of it fail: "+plain(found.Failure)+".", session.ReasonHeading(found.Failure))
	}
	if found.Refused != nil {
		add("The cookie of this request was refused, so the visitor has an empty session: "+plain(found.Refused)+".", session.ReasonHeading(found.Refused))
	}
	if size.Cookie != nil && size.Cookie.Over {
		add("The cookie is larger than "+bytesText(limitOf(found))+". Browsers reject one of more than 4,096 silently.", partTooLarge)
	} else if size.Cookie != nil && size.Cookie.Nearly {
		add("The cookie is nearly full: "+strings.ToLower(size.Cookie.Label[:1])+size.Cookie.Label[1:]+". A session that does not fit fails the response.", partTooLarge)
	}
	for _, v := range found.Values {
		if v.Err != nil {
			add("The value at "+cut(v.Key, maxKey)+" cannot be kept, so the response will fail: "+unkept(v, false)+".", partValue)
			break
		}
	}
	for _, w := range found.Warnings {
		add(sentence(w.Text()), w.Heading())
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
