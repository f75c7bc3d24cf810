package itsdangerous

import (
	"crypto/fips140"
	"crypto/sha256"
	"os"
	"os/exec"
	"strings"
	"testing"
)

func TestUnderFIPS140OnlySHA1AndShortKeysAreErrors(t *testing.T) {
	if !fips140.Enforced() { // so the test runs itself again where it is
		again := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
		again.Env = append(os.Environ(), "GODEBUG=fips140=only")
		if out, err := again.CombinedOutput(); err != nil {
			t.Errorf("under fips140=only: %v\n%s", err, out)
		}
		return
	}
	key := []byte("a key of 14 bytes or more")
	for what, o := range map[string]*Options{"SHA-1": nil, "short key": {Digest: sha256.New, Derivation: None}} {
		if _, err := NewSigner(key, o, []byte("short")); err == nil || !strings.Contains(err.Error(), "fips140=only") {
			t.Errorf("%s: the error is %v", what, err)
		}
	}
	s, err := NewSigner(key, &Options{Digest: sha256.New})
	if err != nil {
		t.Fatal(err)
	}
	if v, err := s.Unsign(s.Sign("v")); err != nil || v != "v" {
		t.Errorf("SHA-256: %q, %v", v, err)
	}
}
