package session_test

import (
	"crypto/fips140"
	"os"
	"os/exec"
	"testing"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

// The test runs itself once more under GODEBUG=fips140=only.
func TestOurOwnBackendsWorkUnderFIPS140Only(t *testing.T) {
	if !fips140.Enforced() {
		again := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
		again.Env = append(os.Environ(), "GODEBUG=fips140=only")
		if out, err := again.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	for what, backend := range map[string]func(secret.Key, ...secret.Key) session.Backend{"Signed": session.Signed, "Sealed": session.Sealed} {
		older := secret.New()
		v := newVisitorOf(t, backend(older), session.Options{})
		v.with(func(s *session.Session) { username.Set(s, "ada") })
		w := newVisitorOf(t, backend(secret.New(), older), session.Options{})
		w.cookies = v.cookies
		w.with(func(s *session.Session) {
			if name, _ := username.Get(s); name != "ada" {
				t.Errorf("%s: username is %q", what, name)
			}
		})
	}
}
