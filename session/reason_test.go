package session_test

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

// declared returns the words for the errors that errors.go declares in a
// certain way: their names in lower case, parted by underscores.
func declared(t *testing.T, line string) []string {
	t.Helper()
	source, err := os.ReadFile("errors.go")
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
	want := append(declared(t, `(?:driver\.Refusal\(|(?:driver|age)\.Err(?:Malformed|BadSignature|Expired|FromFuture|BadPayload|TooManyLookups|Unknown))`), session.OtherReason)
	want = slices.Insert(want, slices.Index(want, "unknown"), "too_many_lookups") // it is of package driver
	if got, _ := session.Reasons(); !slices.Equal(got, want) {
		t.Errorf("the words are %q, want %q", got, want)
	}
}

func TestEveryReasonForFailingARequestHasItsNameForAWord(t *testing.T) {
	_, got := session.Reasons()
	for _, want := range declared(t, `errors\.New`) {
		if !slices.Contains(got, want) {
			t.Errorf("no error has the word %s", want)
		}
	}
}

func TestTheMostExactReasonCounts(t *testing.T) {
	unavailable := func(err error) error { return fmt.Errorf("%w: %w", session.ErrUnavailable, err) }
	refused, failed := session.Reasons()
	for want, err := range map[string]error{
		"invalidated":       fmt.Errorf("of Validate: %w", session.ErrInvalidated),
		"unknown":           session.ErrUnknown,
		"bad_signature":     session.ErrBadSignature,
		"conflict":          unavailable(session.ErrConflict),
		"timeout":           unavailable(fmt.Errorf("dial: %w", context.DeadlineExceeded)),
		"canceled":          unavailable(context.Canceled),
		"unavailable":       unavailable(errors.New("connection refused")),
		"too_large":         &session.TooLargeError{},
		"bad_value":         fmt.Errorf("the page: %w", &session.ValueError{Key: "x", Err: errors.New("no JSON")}),
		session.OtherReason: errors.New("eve@example.com"),
	} {
		if got := session.Reason(err); got != want {
			t.Errorf("%v is %q, want %q", err, got, want)
		}
		if !slices.Contains(append(refused, failed...), want) {
			t.Errorf("Reasons does not have %q", want)
		}
	}
	if got := session.Reason(nil); got != session.OtherReason {
		t.Errorf("no error is %q", got)
	}
}
