package main

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// A rule is a form that prose must not have.
type rule struct {
	pattern *regexp.Regexp
	except  *regexp.Regexp // the match is allowed if this follows
	after   *regexp.Regexp // the match is allowed behind this
	fix     string
}

// form compiles a pattern. A space in it matches any white space, so that the end of a line hides
// nothing.
func form(pattern string) *regexp.Regexp {
	return regexp.MustCompile(strings.ReplaceAll(pattern, " ", `\s+`))
}

var rules = []rule{
	{form(`\b(is|are|was) no\b`), regexp.MustCompile(`^\s+(longer|more)\b`), regexp.MustCompile(`[Tt]here\s+$`), "negate the verb: is not a"},
	{form(`\b(nor|none of|but (that|for|in))\b`), nil, nil, "write or; not one of; except"},
	{form(`(^\s*|[;:,(.] )[Ww]ho\b`), nil, nil, "name the person: you, the user, anyone who"},
	{form(`\b([Ss]ome|[Nn]o|[Ee]very|[Aa]ny)body\b`), nil, nil, "name the person: you, the user, anyone who"},
	{form(`\b[Tt]ak(es?|en|ing)\b`), regexp.MustCompile(`^\s+(over|effect)\b`), nil, "accept, use, remove, read"},
	{form(`\b[Ww]ant(s|ed)?\b`), nil, nil, "need, expect"},
	{form(`\b[Ww]here (it|there|no|a|the|one)\b`), nil, nil, "if, when; or name the place"},
	{form(`[,;:] for (a|the|it|what|one|they)\b`), nil, nil, "because"},
	{form(`\b(has|had) left\b`), nil, nil, "was sent"},
	{form(`\b[Hh](eld|old(s|ing)?) back`), nil, nil, "buffer"},
	{form(`\b[Aa]new\b`), nil, nil, "again; reissue a cookie"},
	{form(`\b[Ss]tand(s|ing)?\b`), nil, nil, "is"},
	{form(`\b([Mm]erely|[Mm]eanwhile|[Aa]s a rule|in silence)\b`), nil, nil, "only; then; usually; silently"},
	{form(`\b[Ss]ay[,.;:)]`), nil, nil, "for example"},
	{form(`\b(of|with|in) (one|those|these) (that|which|who|in|of)\b`), nil, nil, "repeat the noun"},
	{form(`by many goroutines`), nil, nil, "safe for concurrent use by multiple goroutines"},
	{form(`\bNil \w* ?are\b`), nil, nil, "If opts is nil, the defaults apply"},
	{form(`([Cc]olour|[Nn]eighbour|[Ll]icence|[Bb]ehaviour|[ns]is(e|ed|es|ing)\b)`), nil, nil, "US spelling"},
}

// saysWhether is a rule of doc comments only, of functions that return a bool.
var saysWhether = rule{form(`^\s*\w+ says (that|whether)\b`), nil, nil, "reports whether"}

// maxColumns is the longest line of prose. A tab counts for four columns.
const maxColumns = 100

// A passage is prose that belongs together: a paragraph, a comment, or a string.
type passage struct {
	path  string
	line  int    // of its first line
	text  string // with its line breaks
	prose string // text, with code and addresses masked, byte for byte
	rules []rule
	lines []string // those that can be wrapped, and empty ones in place of others
}

// A finding is a form that a passage must not have.
type finding struct {
	path       string
	line       int
	shown, fix string
}

func (f finding) String() string {
	return fmt.Sprintf("%s:%d: %s (%s)", f.path, f.line, f.shown, f.fix)
}

// around is how many bytes of text a finding shows before and after what it is about.
const around = 40

func (p *passage) findings() (found []finding) {
	for _, r := range p.rules {
		for _, at := range r.pattern.FindAllStringIndex(p.prose, -1) {
			if r.except != nil && r.except.MatchString(p.prose[at[1]:]) || r.after != nil && r.after.MatchString(p.prose[:at[0]]) {
				continue
			}
			start := at[0] + len(p.prose[at[0]:at[1]]) - len(strings.TrimLeft(p.prose[at[0]:at[1]], " \t\n"))
			shown := p.text[max(0, at[0]-around):min(len(p.text), at[1]+around)]
			found = append(found, finding{
				p.path, p.line + strings.Count(p.prose[:start], "\n"),
				strings.Join(strings.Fields(strings.ToValidUTF8(shown, "")), " "), r.fix,
			})
		}
	}
	for i, line := range p.lines {
		if n := utf8.RuneCountInString(strings.ReplaceAll(line, "\t", "    ")); n > maxColumns {
			found = append(found, finding{p.path, p.line + i, fmt.Sprintf("%d columns", n), "wrap at 100"})
		}
	}
	return found
}
