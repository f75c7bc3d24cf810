package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// unreleased is what a few pages say before the first release.
const unreleased = "Nothing has been released yet"

// checkChangelog looks for what users are told of the version. Where nobody has
// named a version, entries under Unreleased will do.
func checkChangelog(_ context.Context, c *checks) (string, error) {
	text, err := os.ReadFile(filepath.Join(c.tree.Root, "CHANGELOG.md"))
	if err != nil {
		return "", err
	}
	number := strings.TrimPrefix(c.Version, "v")
	head, body := changelogSection(string(text), number)
	if head == "" && !c.Asked {
		if _, body := changelogSection(string(text), "Unreleased"); hasEntry(body) {
			return "CHANGELOG.md has entries under Unreleased", nil
		}
		return "", fmt.Errorf("CHANGELOG.md has nothing under Unreleased; write what has changed since the last version")
	}
	var wrong failures
	date := regexp.MustCompile(`^## \[[^\]]+\] - (\d{4}-\d{2}-\d{2})$`).FindStringSubmatch(head)
	switch {
	case head == "":
		wrong.add("CHANGELOG.md has no section for %s; turn Unreleased into \"## [%s] - %s\"", c.Version, number, time.Now().UTC().Format(time.DateOnly))
	case date == nil:
		wrong.add("CHANGELOG.md says %q; write it like \"## [%s] - %s\"", head, number, time.Now().UTC().Format(time.DateOnly))
	case !hasEntry(body):
		wrong.add("CHANGELOG.md lists nothing under %q; write what has changed", head)
	default:
		if _, err := time.Parse(time.DateOnly, date[1]); err != nil {
			wrong.add("CHANGELOG.md gives %s a date that does not exist: %s", c.Version, date[1])
		}
	}
	for _, name := range []string{"CHANGELOG.md", "SECURITY.md", "README.md"} {
		text, err := os.ReadFile(filepath.Join(c.tree.Root, name))
		if err != nil {
			wrong.add("%v", err)
		}
		if strings.Contains(string(text), unreleased) {
			wrong.add("%s says %q; say which versions are supported", name, unreleased)
		}
	}
	return "CHANGELOG.md has a section for " + c.Version, wrong.err()
}

// changelogSection returns a version's heading, and the lines below it up to
// the next; two empty strings where there is none.
func changelogSection(text, version string) (head, body string) {
	for section := range strings.SplitSeq("\n"+text, "\n## ") {
		first, rest, _ := strings.Cut(section, "\n")
		if strings.HasPrefix(first, "["+version+"]") {
			return "## " + strings.TrimSpace(first), rest
		}
	}
	return "", ""
}

func hasEntry(body string) bool {
	return strings.Contains("\n"+body, "\n- ")
}
