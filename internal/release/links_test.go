package main

import "testing"

func TestHeadingsHaveTheAnchorsThatGitHubGivesThem(t *testing.T) {
	for heading, want := range map[string]string{
		"First steps":                      "first-steps",
		"What `go get` does":               "what-go-get-does",
		"“is Secure and the request came”": "is-secure-and-the-request-came",
		"A, B & C":                         "a-b--c",
		"[v1.0](x.md) – at last":           "v10--at-last",
		"snake_case":                       "snake_case",
	} {
		if got := anchorOf(heading); got != want {
			t.Errorf("%q: %q, want %q", heading, got, want)
		}
	}
}

func TestTheSecondHeadingOfANameHasANumber(t *testing.T) {
	text := "# Top\n\n## Why\n\n```sh\n# Not one\n```\n\n## Why\n"
	for anchor, want := range map[string]bool{"why": true, "why-1": true, "why-2": false, "not-one": false} {
		if got := hasAnchor(text, anchor); got != want {
			t.Errorf("#%s: %t", anchor, got)
		}
	}
}
