package interop

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// compareAnswers fails where the programs disagree in anything that the
// exchange does not name.
// withText returns a list of messages, less those of the default category without a text.
func withText(list description) description {
	list.Items = slices.DeleteFunc(slices.Clone(list.Items), func(m description) bool {
		return len(m.Items) == 2 && m.Items[0].Text == "message" && m.Items[1].Text == ""
	})
	return list
}

func compareAnswers(t testing.TB, e exchange, ours, theirs answer, count counts) {
	t.Helper()
	if ours.Status != theirs.Status {
		t.Errorf("Go answers %d and Flask %d", ours.Status, theirs.Status)
	}
	if len(ours.Results) != len(theirs.Results) {
		t.Fatalf("Go did %d actions and Flask %d: %s", len(ours.Results), len(theirs.Results), theirs.Raised)
	}
	for i, result := range ours.Results {
		want := theirs.Results[i]
		if e.Actions[i].Do == "flashes" {
			want = withText(want) // we differ: Go shows no message in which there is nothing to show
		}
		wantSame(t, "action "+e.Actions[i].Do+" in Go", result, want)
		if e.nothingShown && e.Actions[i].Do == "flashes" {
			count["flashes read where none are shown"]++
			return // what follows may differ
		}
	}
	if !slices.EqualFunc(ours.Signalled, theirs.Signalled, description.equal) {
		t.Errorf("OnFlash was told of %s and Flask's signal of %s", ours.Signalled, theirs.Signalled)
	}
	compareVary(t, e, ours, theirs, count)
	if e.leadingDot {
		for i, line := range theirs.SetCookie {
			theirs.SetCookie[i] = strings.Replace(line, "; Domain=.", "; Domain=", 1)
		}
	}
	for i, line := range ours.SetCookie {
		maxAge := fmt.Sprintf(" GMT; Max-Age=%d", e.maxAge)
		if strings.Contains(line, "; Expires=") && !strings.Contains(line, "Max-Age=0") && !strings.Contains(line, maxAge) {
			t.Errorf("Go sets Expires without%s: %s", maxAge, line)
		}
		ours.SetCookie[i] = strings.Replace(line, maxAge, " GMT", 1)
	}
	compareCookies(t, ours.SetCookie, theirs.SetCookie)
	switch {
	case len(ours.SetCookie) == 0:
		count["no cookie"]++
	case strings.Contains(ours.SetCookie[0], "Max-Age=0"):
		count["cookie deleted"]++
	default:
		count["cookie set"]++
	}
	for _, result := range ours.Results {
		if result.Kind == "list" && len(result.Items) > 0 && result.Items[0].Kind == "tuple" {
			count["flashes shown"]++
		}
	}
}

func compareVary(t testing.TB, e exchange, ours, theirs answer, count counts) {
	t.Helper()
	our, their := fields(ours.Vary), fields(theirs.Vary)
	if e.fails && slices.Contains(their, "cookie") && (slices.Contains(our, "cookie") || slices.Contains(our, "*")) {
		count["failed"]++
		return
	}
	if slices.Equal(our, their) {
		return
	}
	withCookie := slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(their), "cookie"))))
	switch {
	case e.varyStar && slices.Contains(our, "*") && slices.Contains(their, "*"):
		count["Vary: *"]++
	case e.keysOnly && slices.Equal(our, withCookie):
		count["Vary where only keys were asked for"]++
	default:
		t.Errorf("Go varies by %q and Flask by %q", ours.Vary, theirs.Vary)
	}
}

// fields are the names in a Vary header, in order and in lower case.
func fields(lines []string) []string {
	var names []string
	for _, line := range lines {
		for name := range strings.SplitSeq(line, ",") {
			names = append(names, strings.ToLower(strings.TrimSpace(name)))
		}
	}
	slices.Sort(names)
	return names
}

// compareCookies compares whole lines: name, value, and attributes in order.
// Of a value that was compressed, what it holds and its time.
func compareCookies(t testing.TB, ours, theirs []string) {
	t.Helper()
	if len(ours) != len(theirs) {
		t.Errorf("Go sets %q\nFlask sets %q", ours, theirs)
		return
	}
	for i := range ours {
		ourName, our, _ := strings.Cut(ours[i], "=")
		theirName, their, _ := strings.Cut(theirs[i], "=")
		ourToken, ourAttributes, _ := strings.Cut(our, ";")
		theirToken, theirAttributes, _ := strings.Cut(their, ";")
		if ourName != theirName || ourAttributes != theirAttributes {
			t.Errorf("Go sets    %s=...;%s\nFlask sets %s=...;%s", ourName, ourAttributes, theirName, theirAttributes)
		}
		if ourToken != "" && theirToken != "" {
			wantSameToken(t, ourToken, theirToken)
			if our, their := timestamp(ourToken), timestamp(theirToken); our != their {
				t.Errorf("Go's cookie has the timestamp %s and Flask's %s", our, their)
			}
		} else if ourToken != theirToken {
			t.Errorf("Go sets the value %q and Flask %q", ourToken, theirToken)
		}
	}
}

func timestamp(token string) string {
	parts := strings.Split(token, ".")
	return parts[len(parts)-2]
}
