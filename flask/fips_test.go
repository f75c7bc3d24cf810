package flask

import (
	"crypto/fips140"
	"crypto/sha256"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// The test runs itself once more under GODEBUG=fips140=only.
func TestUnderFIPS140OnlySHA1AndShortKeysAreErrors(t *testing.T) {
	if !fips140.Enforced() {
		again := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
		again.Env = append(os.Environ(), "GODEBUG=fips140=only")
		if out, err := again.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	for name, opts := range map[string]*CookieOptions{
		"SHA-1":                nil,
		"SHA-1, no HMAC key":   {Derivation: "none"},
		"a short fallback":     {Digest: sha256.New, Logger: quiet()},
		"a short key as it is": {Digest: sha256.New, Derivation: "none", Logger: quiet()},
	} {
		if _, err := Cookies(goodKey, opts, "tr0ub4dor&3"); err == nil || !strings.Contains(err.Error(), "fips140=only") {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if _, err := Cookies(goodKey, &CookieOptions{Digest: sha256.New}); err != nil {
		t.Errorf("SHA-256: %v", err)
	}
}
