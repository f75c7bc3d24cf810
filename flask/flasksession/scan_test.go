package flasksession_test

import (
	"slices"
	"testing"

	"github.com/wafer-go/wafer/flask/flasksession"
)

func TestElements_OfAnArray(t *testing.T) {
	for raw, want := range map[string][]string{
		`[]`:                          nil,
		`[1]`:                         {`1`},
		`[[1,"]"],{"a":[]},"\"]",-1]`: {`[1,"]"]`, `{"a":[]}`, `"\"]"`, `-1`},
		" [ 1\t, true\r\n, null ] ":   {`1`, `true`, `null`},
	} {
		if got := flasksession.Elements(raw); !slices.Equal(got, want) {
			t.Errorf("%s has the elements %q", raw, got)
		}
	}
	for _, raw := range []string{``, `1`, `{}`, `"a"`, `[`, `[1`, `[1 2]`, `[,1]`, `[ ,1]`, `["a]`, `[[1]`, `[1}`} {
		if got := flasksession.Elements(raw); got != nil {
			t.Errorf("%s has the elements %q", raw, got)
		}
	}
}

func TestMembers_RefusesWhatIsNotAnObject(t *testing.T) {
	for _, payload := range []string{``, `[]`, `{`, `{"a"}`, `{"a":}`, `{"a":,"b":1}`, `{"a":1 "b":2}`, `{a:1}`, `{"a" 1}`, `{"a":1`, `{"a":[1}`} {
		if got, err := flasksession.Members(payload); err == nil {
			t.Errorf("%s has the members %q", payload, got)
		}
	}
}
