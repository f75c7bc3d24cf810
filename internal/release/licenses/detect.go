package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/google/licensecheck"
)

// allowed are the licenses, by their SPDX identifiers, of modules that ours may
// require.
var allowed = []string{
	"0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "MIT", "Unlicense", "Zlib",
	// Its own files stay under it, also when they are changed; programs that only
	// use them need not. We change none.
	"MPL-2.0",
	// A grant beside a BSD license, not a license.
	"GooglePatentsFile",
}

// reviewed are license files that licensecheck does not recognize and a
// maintainer has read, by the SHA-256 of their text.
var reviewed = map[string]string{
	// SQLite's authors have dedicated it to the public domain.
	"8438c9c89b849131ead81d5435cb97fcf052df5b0b286dda8a2d4c29e6cb3fd0": "public domain (SQLite)",
	// modernc.org/memory says where its logo is from, which no program contains.
	"5ae5bee3072a841376451b48d8cfcec7188e10543926d5870828d36c8a750dc5": "",
}

var (
	ownLicense = regexp.MustCompile(`(?i)^(licen[cs]e|copying|unlicense)(\.(txt|md|rst))?$`)
	notice     = regexp.MustCompile(`(?i)^notice`)
)

// minCovered is how many percent of a module's own license file must be the
// text of a known license. A heading and copyright lines are the rest.
const minCovered = 75

// licensesOf returns the licenses of the module in a folder. The error names
// the file that is missing, not recognized or not allowed.
func licensesOf(dir string) ([]string, error) {
	files, err := licenseFiles(dir)
	if err != nil {
		return nil, err
	}
	var names []string
	own := false
	for name, text := range files {
		sum := fmt.Sprintf("%x", sha256.Sum256(text))
		if read, ok := reviewed[sum]; ok {
			if read != "" {
				names = append(names, read)
			}
			continue
		}
		cover := licensecheck.Scan(text)
		isOwn := ownLicense.MatchString(name)
		own = own || isOwn
		if isOwn && cover.Percent < minCovered || len(cover.Match) == 0 && !notice.MatchString(name) {
			return nil, fmt.Errorf("%s is recognized to %.0f %%; read it, and if its terms are acceptable add its SHA-256 %s to reviewed in internal/release/licenses/detect.go", name, cover.Percent, sum)
		}
		for _, match := range cover.Match {
			if !slices.Contains(allowed, match.ID) {
				return nil, fmt.Errorf("%s has %s, which is not among the allowed licenses; remove the requirement, or let the maintainers allow it in internal/release/licenses/detect.go", name, match.ID)
			}
			if match.ID != "GooglePatentsFile" {
				names = append(names, match.ID)
			}
		}
	}
	if !own {
		return nil, errors.New("it has no license file, so it may not be used; remove the requirement")
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}
