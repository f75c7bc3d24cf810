package rivals

import (
	"os"
	"os/exec"
	"testing"
)

func TestFlaskDoesWhatTheREADMESays(t *testing.T) {
	python := os.Getenv("WAFER_PYTHON")
	if python == "" {
		t.Fatal("WAFER_PYTHON does not name a Python that has Flask; run the tests with `make test`")
	}
	cmd := exec.Command(python, "does.py")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	const want = "middle yes\nstream yes\nlate no\nlarge-sent yes\nlarge-named no\nalone yes\n"
	if string(out) != want {
		t.Errorf("Flask does\n%s, and the README says\n%s", out, want)
	}
}
