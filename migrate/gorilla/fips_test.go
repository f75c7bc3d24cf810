package gorilla

import (
	"context"
	"crypto/fips140"
	"crypto/sha1" // #nosec G505 -- what is refused
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/session/driver"
)

// The test runs itself once more under GODEBUG=fips140=only.
func TestUnderFIPS140OnlyShortKeysAndSHA1AreErrors(t *testing.T) {
	if !fips140.Enforced() {
		again := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
		again.Env = append(os.Environ(), "GODEBUG=fips140=only")
		if out, err := again.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	binding := driver.Config{CookieName: "session-name"}
	for what, b := range map[string]driver.Backend{
		"a short key": Cookies([]Keys{NewKeys([]byte("short"), nil)}, nil),
		"SHA-1":       Cookies(goodKeys, &Options{Hash: sha1.New}),
	} {
		if _, err := b.Open(binding); err == nil || !strings.Contains(err.Error(), "fips140=only") {
			t.Errorf("%s: error %v", what, err)
		}
	}
	for _, v := range vectors(t) {
		if _, err := opened(t, Cookies([]Keys{NewKeys(v.Hash, v.Block)}, nil), v.Cookie).Load(context.Background(), v.Value); err != nil {
			t.Errorf("%s: %v", v.Name, err)
		}
	}
}
