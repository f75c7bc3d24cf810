package flask

import (
	"log/slog"

	keys "github.com/wafer-go/wafer/flask/internal/key"
	"github.com/wafer-go/wafer/secret"
)

// shortKey is the length in bytes under which a key is warned of: 16 random
// bytes are the least that Flask's documentation has ever advised.
const shortKey = 16

// checkKey refuses a guessable key and warns of a short one. name says which it
// is; the key itself is never shown.
func checkKey(name, key string, allowPublished bool, log *slog.Logger) error {
	if err := keys.Check("flask: "+name, key, "CookieOptions.AllowPublishedKey", allowPublished); err != nil {
		return err
	}
	if _, guessable := secret.Guessable(key); guessable {
		return nil // a warning of its length would add nothing
	}
	if len(key) < shortKey {
		log.Warn("flask: "+name+" is short, and short keys can be guessed from a single cookie",
			"bytes", len(key), "at_least", shortKey,
			"make_one", keys.Make)
	}
	return nil
}
