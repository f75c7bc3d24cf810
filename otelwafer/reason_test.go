package otelwafer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/session"
)

// declared returns the words for the errors that a line of package session
// declares in a certain way: its name in lower case, parted by underscores.
func declared(t *testing.T, line string) []string {
	t.Helper()
	source, err := os.ReadFile("../session/errors.go")
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	for _, m := range regexp.MustCompile(`(?m)^\tErr(\w+) += `+line).FindAllStringSubmatch(string(source), -1) {
		words = append(words, strings.ToLower(regexp.MustCompile(`\B[A-Z]`).ReplaceAllString(m[1], "_$0")))
	}
	if len(words) == 0 {
		t.Fatal("found no errors")
	}
	return words
}

func TestEveryReasonForRefusingACookieHasItsNameForAWord(t *testing.T) {
	if got, want := words(refusals), declared(t, "refusal"); !slices.Equal(got, want) {
		t.Errorf("the words are %q, want %q", got, want)
	}
	for _, n := range refusals {
		if got := refusal(fmt.Errorf("of Validate: %w", n.err)); got != n.word {
			t.Errorf("%v is %q, want %q", n.err, got, n.word)
		}
	}
}

func TestEveryReasonForFailingARequestHasItsNameForAWord(t *testing.T) {
	got := words(failures)
	for _, want := range declared(t, `errors\.New`) {
		if !slices.Contains(got, want) {
			t.Errorf("no error has the word %s", want)
		}
	}
	for _, n := range failures {
		if got := failure(n.err); got != n.word {
			t.Errorf("%v is %q, want %q", n.err, got, n.word)
		}
	}
}

func TestTheMostExactReasonCounts(t *testing.T) {
	unavailable := func(err error) error { return fmt.Errorf("%w: %w", session.ErrUnavailable, err) }
	for want, err := range map[string]error{
		"conflict":    unavailable(session.ErrConflict),
		"timeout":     unavailable(fmt.Errorf("dial: %w", context.DeadlineExceeded)),
		"canceled":    unavailable(context.Canceled),
		"unavailable": unavailable(errors.New("connection refused")),
		"too_large":   &session.TooLargeError{},
		"bad_value":   &session.ValueError{Key: "x", Err: errors.New("no JSON")},
		other:         errors.New("of a backend of somebody's own"),
	} {
		if got := failure(err); got != want {
			t.Errorf("%v is %q, want %q", err, got, want)
		}
	}
}

func TestAReasonWithoutAWordIsOther(t *testing.T) {
	for _, err := range []error{nil, session.ErrRefused, errors.New("eve@example.com")} {
		if got := refusal(err); got != other {
			t.Errorf("%v is %q", err, got)
		}
	}
}
