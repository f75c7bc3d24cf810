package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"
)

var (
	fences   = regexp.MustCompile("(?ms)^ *```.*?^ *```")
	codes    = regexp.MustCompile("`[^`\n]*`")
	linked   = regexp.MustCompile(`\]\(([^)\s]+)[^)]*\)|(?:href|src)="([^"]+)"`)
	headings = regexp.MustCompile(`(?m)^#+ +(.*?) *#*$`)
	anchors  = regexp.MustCompile(`<a (?:name|id)="([^"]+)"`)
)

// checkLinks follows the links of every page to files and to headings of this
// repository. Addresses elsewhere are only read, not asked.
func checkLinks(ctx context.Context, c *checks) (string, error) {
	out, err := git(ctx, c.tree.Root, "ls-files", "*.md")
	if err != nil {
		return "", err
	}
	var wrong failures
	pages, links := 0, 0
	for _, page := range lines(out) {
		if inTestdata(page) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(c.tree.Root, filepath.FromSlash(page)))
		if err != nil {
			return "", err
		}
		pages++
		prose := codes.ReplaceAllString(fences.ReplaceAllString(string(text), ""), "")
		for _, found := range linked.FindAllStringSubmatch(prose, -1) {
			links++
			if err := c.follow(page, found[1]+found[2]); err != nil {
				wrong.add("%s links to %s: %v", page, found[1]+found[2], err)
			}
		}
	}
	return fmt.Sprintf("%d links on %d pages lead somewhere", links, pages), wrong.err()
}

// follow tells where a page's link goes wrong.
func (c *checks) follow(page, link string) error {
	to, err := url.Parse(strings.Trim(link, "<>"))
	if err != nil {
		return fmt.Errorf("mend the address: %w", err)
	}
	if to.Scheme != "" || to.Host != "" {
		if to.Scheme == "https" || to.Scheme == "mailto" || isLocal(to) {
			return nil
		}
		return fmt.Errorf("write https in place of %q", to.Scheme)
	}
	file := page
	if to.Path != "" {
		file = path.Join(path.Dir(page), to.Path)
	}
	full := filepath.Join(c.tree.Root, filepath.FromSlash(file))
	if _, err := os.Stat(full); err != nil {
		return fmt.Errorf("there is no %s", file)
	}
	if to.Fragment == "" || path.Ext(file) != ".md" {
		return nil
	}
	text, err := os.ReadFile(full)
	if err != nil {
		return err
	}
	if !hasAnchor(string(text), to.Fragment) {
		return fmt.Errorf("%s has no heading #%s", file, to.Fragment)
	}
	return nil
}

func isLocal(to *url.URL) bool {
	return to.Scheme == "http" && (to.Hostname() == "localhost" || to.Hostname() == "127.0.0.1")
}

// hasAnchor tells whether a page has a heading whose anchor at GitHub is this.
func hasAnchor(text, anchor string) bool {
	text = fences.ReplaceAllString(text, "")
	seen := make(map[string]int)
	for _, heading := range headings.FindAllStringSubmatch(text, -1) {
		name := anchorOf(heading[1])
		if n := seen[name]; n > 0 {
			seen[name]++
			name = fmt.Sprintf("%s-%d", name, n)
		}
		seen[name]++
		if name == anchor {
			return true
		}
	}
	for _, found := range anchors.FindAllStringSubmatch(text, -1) {
		if found[1] == anchor {
			return true
		}
	}
	return false
}

// anchorOf makes of a heading the anchor that GitHub gives it: small letters,
// digits, hyphens for spaces, nothing for the rest.
func anchorOf(heading string) string {
	heading = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`).ReplaceAllString(heading, "$1")
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
			return unicode.ToLower(r)
		case r == ' ':
			return '-'
		default:
			return -1
		}
	}, heading)
}
