package jsonvalue

import (
	"errors"
	"strings"
	"testing"
)

func TestInKey_ALongPathOrKeyIsCut(t *testing.T) {
	bad := errors.New("it is bad")
	key := func(n int) string { return strings.Repeat("k", n) }
	whole := maxPath - len(`at [""]`) // of the path, with this key
	for want, err := range map[string]error{
		`at ["` + key(whole) + `"]["inner"]: it is bad`: InKey(InKey(bad, "inner"), key(whole)),
		`at ["` + key(whole+1) + `"]...: it is bad`:     InKey(InKey(bad, "inner"), key(whole+1)),
		`at ["` + key(maxPath) + `"]: it is bad`:        InKey(bad, key(maxPath)),
		`at ["` + key(maxPath) + `..."]: it is bad`:     InKey(bad, key(maxPath+1)),
	} {
		if got := err.Error(); got != want {
			t.Errorf("the error is %s\nwant %s", got, want)
		}
	}
}
