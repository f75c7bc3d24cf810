package secret

import "testing"

func TestPeriod_IsTheShortestBeginningThatMakesTheText(t *testing.T) {
	for text, want := range map[string]int{
		"a": 1, "aaaa": 1, "ab": 2, "ababa": 2, "abcabc": 3, "abcabca": 3, "abcabd": 6,
		"aaaabaaaab": 5, "aaaab": 5, "abcxabcyabcxabcy": 8, "abcxabcyabcx": 8,
	} {
		if got := period(text); got != want {
			t.Errorf("the period of %q is %d, want %d", text, got, want)
		}
	}
}
