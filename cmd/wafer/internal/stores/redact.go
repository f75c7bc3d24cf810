package stores

import (
	"regexp"
	"strings"
)

// userinfo is what stands between a URL's scheme and its host, up to the last
// at sign of the word: a password may have some that were not escaped.
var userinfo = regexp.MustCompile(`([A-Za-z][A-Za-z0-9+.-]*://[^\s:/@"]*:)[^\s"]*@`)

// option is a secret among a URL's options.
var option = regexp.MustCompile(`(?i)([?&][^=&\s"]*(?:password|passwd|pwd|secret)[^=&\s"]*=)([^&\s"]+)`)

// Redact hides what looks like a password in whatever looks like a URL, for
// text that was never read as one.
func Redact(text string) string {
	text = userinfo.ReplaceAllString(text, "${1}"+hidden+"@")
	return option.ReplaceAllStringFunc(text, func(found string) string {
		parts := option.FindStringSubmatch(found)
		if strings.HasPrefix(parts[2], hidden) {
			return found // and what follows is not part of it
		}
		return parts[1] + hidden
	})
}
