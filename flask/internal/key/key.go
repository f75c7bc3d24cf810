// Package key judges the secret keys of Flask programs.
package key

import (
	"fmt"

	"github.com/wafer-go/wafer/secret"
)

// Make is how to make a key for both programs.
const Make = "python3 -c 'import secrets; print(secrets.token_hex())'"

// Check refuses a key that is empty, and one that can be guessed, unless allow is set. name is what
// the error calls it, "flask: the secret key" for example, and option is the option that would
// allow it. The key itself is never shown.
func Check(name, key, option string, allow bool) error {
	if key == "" {
		return fmt.Errorf("%s is empty; give it the SECRET_KEY of the Flask program (%s makes a good one)", name, Make)
	}
	if why, ok := secret.Guessable(key); ok && !allow {
		return fmt.Errorf("%s can be guessed: %s. Anyone can forge a session with it; make another (%s) for both programs, or set %s in a test", name, why, Make, option)
	}
	return nil
}
