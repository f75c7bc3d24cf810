package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestLicensesOf(t *testing.T) {
	text, err := os.ReadFile("../../../LICENSE")
	if err != nil {
		t.Fatal(err)
	}
	bsd := string(text)
	const agpl = "GNU AFFERO GENERAL PUBLIC LICENSE Version 3\n\nThis program is free software: you can redistribute it and/or modify it under the terms of the GNU Affero General Public License as published by the Free Software Foundation, either version 3 of the License, or (at your option) any later version."
	for _, c := range []struct {
		name  string
		files map[string]string
		want  string // of the error, or the licenses
	}{
		{"our own", map[string]string{"LICENSE": bsd, "NOTICE": "Made by A."}, "BSD-3-Clause"},
		{"none", nil, "it has no license file"},
		{"a notice alone", map[string]string{"NOTICE": "Made by A."}, "it has no license file"},
		{"other words", map[string]string{"LICENSE": "Use it, but only on Sundays."}, "LICENSE is recognized to 0 %"},
		{"a condition added", map[string]string{"LICENSE": strings.Repeat("Only on Sundays, and then never before noon. ", 30) + bsd}, "LICENSE is recognized to"},
		{"AGPL", map[string]string{"COPYING": agpl}, "COPYING"},
		{"a second license", map[string]string{"LICENSE": bsd, "LICENSE-vendored": agpl}, "LICENSE-vendored"},
		{"a second file of other words", map[string]string{"LICENSE": bsd, "LICENSE-logo": "Use it on Sundays."}, "LICENSE-logo is recognized to 0 %"},
	} {
		dir := t.TempDir()
		for name, text := range c.files {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		names, err := licensesOf(dir)
		got := strings.Join(names, " ")
		if err != nil {
			got = err.Error()
		}
		if (c.name == "our own") != (err == nil) || !strings.Contains(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}
