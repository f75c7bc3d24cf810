package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/google/licensecheck"
)

// allowed are the licences, by their SPDX identifiers, under which a module may
// be required by one that we release.
var allowed = []string{
	"0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "MIT", "Unlicense", "Zlib",
	// Its own files stay under it, also when they are changed; what merely
	// uses them need not. We change none.
	"MPL-2.0",
	// A grant beside a BSD licence, not a licence.
	"GooglePatentsFile",
}

// reviewed are licence files that no program recognises and somebody has read,
// by the SHA-256 of their text, so that another text is read again.
var reviewed = map[string]string{
	// SQLite's authors have dedicated it to the public domain.
	"8438c9c89b849131ead81d5435cb97fcf052df5b0b286dda8a2d4c29e6cb3fd0": "public domain (SQLite)",
	// modernc.org/memory says where its logo is from, which no program contains.
	"5ae5bee3072a841376451b48d8cfcec7188e10543926d5870828d36c8a750dc5": "",
}

var (
	// A module's own licence, and those of what it has taken from others.
	ownLicence   = regexp.MustCompile(`(?i)^(licen[cs]e|copying|unlicense)(\.(txt|md|rst))?$`)
	otherLicence = regexp.MustCompile(`(?i)^(licen[cs]e|copying)s?[-._].+$|^(patents|notice)(\.(txt|md))?$`)
)

// A licenceFile is a text that a module comes with.
type licenceFile struct {
	Name string
	Text []byte
}

// licenceFiles are the licences and notices in a module's root folder.
func licenceFiles(dir string) ([]licenceFile, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var found []licenceFile
	for _, e := range entries {
		if e.IsDir() || filepath.Ext(e.Name()) == ".go" || !ownLicence.MatchString(e.Name()) && !otherLicence.MatchString(e.Name()) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		found = append(found, licenceFile{e.Name(), text})
	}
	return found, nil
}

// minCovered is how much of a licence file has to be the licence's own text, in
// percent. Copyright lines and a heading are the rest.
const minCovered = 75

// licencesOf names the licences of a module by its files. An error says which
// file is the trouble: there is none, it is not recognised, or not allowed.
func licencesOf(files []licenceFile) ([]string, error) {
	var names []string
	own := false
	for _, f := range files {
		sum := sha256.Sum256(f.Text)
		if name, ok := reviewed[hex.EncodeToString(sum[:])]; ok {
			if name != "" {
				names = append(names, name)
			}
			continue
		}
		isOwn := ownLicence.MatchString(f.Name)
		cover := licensecheck.Scan(f.Text)
		if isOwn && cover.Percent < minCovered {
			return nil, fmt.Errorf("%s is recognised to %.0f %%; read it, and if its terms will do add its SHA-256 %x to reviewed in internal/release/licence.go", f.Name, cover.Percent, sum)
		}
		for _, match := range cover.Match {
			if !slices.Contains(allowed, match.ID) {
				return nil, fmt.Errorf("%s has %s, which is not among the allowed licences; drop the requirement, or have the maintainers allow it in internal/release/licence.go", f.Name, match.ID)
			}
			if match.ID != "GooglePatentsFile" {
				names = append(names, match.ID)
			}
		}
		// A notice has no licence of its own, and needs none.
		isNotice := regexp.MustCompile(`(?i)^notice`).MatchString(f.Name)
		if len(cover.Match) == 0 && !isNotice {
			return nil, fmt.Errorf("%s is not recognised; read it, and if its terms will do add its SHA-256 %x to reviewed in internal/release/licence.go", f.Name, sum)
		}
		own = own || isOwn
	}
	if !own {
		return nil, fmt.Errorf("it has no licence file; without one nobody may use it, so drop the requirement")
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}
