package main

import (
	"os"
	"strings"
	"testing"
)

func TestLicencesThatAreNotAllowedOrNotRecognisedAreRefused(t *testing.T) {
	bsd, err := os.ReadFile("../../LICENSE")
	if err != nil {
		t.Fatal(err)
	}
	agpl := "GNU AFFERO GENERAL PUBLIC LICENSE Version 3\n\nThis program is free software: you can redistribute it and/or modify it under the terms of the GNU Affero General Public License as published by the Free Software Foundation, either version 3 of the License, or (at your option) any later version."
	for _, c := range []struct {
		name  string
		files []licenceFile
		want  string
	}{
		{"none", nil, "it has no licence file"},
		{"a notice alone", []licenceFile{{"NOTICE", []byte("Made by A.")}}, "it has no licence file"},
		{"words of one's own", []licenceFile{{"LICENSE", []byte("Use it, but only on Sundays.")}}, "LICENSE is recognised to 0 %"},
		{"a condition added", []licenceFile{{"LICENSE", append([]byte(strings.Repeat("Only on Sundays, and then never before noon. ", 30)), bsd...)}}, "LICENSE is recognised to"},
		{"AGPL", []licenceFile{{"COPYING", []byte(agpl)}}, "COPYING"},
		{"a second licence", []licenceFile{{"LICENSE", bsd}, {"LICENSE-vendored", []byte(agpl)}}, "LICENSE-vendored"},
		{"a second file of one's own words", []licenceFile{{"LICENSE", bsd}, {"LICENSE-logo", []byte("Use it on Sundays.")}}, "LICENSE-logo is not recognised"},
	} {
		if names, err := licencesOf(c.files); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, %v, want %q", c.name, names, err, c.want)
		}
	}
	if names, err := licencesOf([]licenceFile{{"LICENSE", bsd}, {"NOTICE", []byte("Made by A.")}}); err != nil || strings.Join(names, " ") != "BSD-3-Clause" {
		t.Errorf("our own: %v, %v", names, err)
	}
}
