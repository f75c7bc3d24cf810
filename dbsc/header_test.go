package dbsc

import (
	"net/http"
	"strings"
	"testing"
)

func TestSkipped_TellsTheReasonsThatAreKnown(t *testing.T) {
	for line, want := range map[string]string{
		"unreachable": "unreachable", `server_error;session_identifier="a"`: "server_error", "quota_exceeded;": "quota_exceeded",
		"": "an unknown reason", "news": "an unknown reason", "unreachable, news": "an unknown reason", "unreachables": "an unknown reason",
	} {
		err := skipped(http.Header{headerSkipped: {line}})
		if err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%q is told as %v, want %s", line, err, want)
		}
	}
	if err := skipped(http.Header{}); err != nil {
		t.Errorf("without the header it is told that %v", err)
	}
}
