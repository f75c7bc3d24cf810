package stores

import (
	"regexp"
	"strings"
)

const (
	// hidden replaces a password.
	hidden = "xxxxx"

	// secrets matches what there is in the name of an option whose value is a secret.
	secrets = `(?:password|passwd|pwd|secret)`
)

var (
	secretName = regexp.MustCompile(`(?i)` + secrets)

	// userinfo is what precedes a URL's host, up to the last at sign of the word: a password may
	// have some that were not escaped.
	userinfo = regexp.MustCompile(`([A-Za-z][A-Za-z0-9+.-]*://[^\s:/@"]*:)[^\s"]*@`)

	// option is a secret among a URL's options, or a keyword of PostgreSQL's.
	option = regexp.MustCompile(`(?i)((?:^|[?&\s"'])[^=&\s"']*` + secrets + `[^=&\s"']*=)([^&\s"]+)`)

	// anyUserinfo is what may be a password in an argument: all up to the last at sign, also after
	// a space or in the data source name of go-sql-driver.
	anyUserinfo = regexp.MustCompile(`(?s)((?:^|[\s"])(?:[A-Za-z][A-Za-z0-9+.-]*://)?[^\s:/@"]*:).*@`)

	// anyOption is a secret with all that follows, because a password may have any character.
	anyOption = regexp.MustCompile(`(?is)(` + secrets + `[^=\s]*\s*=).*`)
)

// Redact hides what looks like a password in whatever looks like a URL, for an error's text.
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

// Shown is an argument as an error may show it: what could be a password, or a part of one, is
// hidden, also if the argument is not the URL that its user meant it to be.
func Shown(text string) string {
	text = anyUserinfo.ReplaceAllString(text, "${1}"+hidden+"@")
	return anyOption.ReplaceAllString(text, "${1}"+hidden)
}
