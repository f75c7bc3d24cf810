package flask

import (
	"fmt"
	"log/slog"
	"strings"
)

// shortKey is the length in bytes under which a key is warned of: 16 random
// bytes are the least that Flask's documentation has ever advised.
const shortKey = 16

// checkKey refuses a key that everybody knows and warns of a short one. name
// says which it is; the key itself is never shown.
func checkKey(name, key string, allowPublished bool, log *slog.Logger) error {
	if key == "" {
		return fmt.Errorf("flask: %s is empty; give it the SECRET_KEY of the Flask program (python3 -c 'import secrets; print(secrets.token_hex())' makes a good one)", name)
	}
	if isPublished(key) {
		if !allowPublished {
			return fmt.Errorf("flask: %s stands in tutorials, so anybody can forge a session with it; make another (python3 -c 'import secrets; print(secrets.token_hex())') for both programs, or set CookieOptions.AllowPublishedKey in a test", name)
		}
		return nil // a warning of its length would add nothing
	}
	if len(key) < shortKey {
		log.Warn("flask: "+name+" is short, and short keys can be guessed from a single cookie",
			"bytes", len(key), "at_least", shortKey,
			"make_one", "python3 -c 'import secrets; print(secrets.token_hex())'")
	}
	return nil
}

// isPublished reports whether key is one that documentation, tutorials and
// templates show. Letter case does not count, nor do spaces, hyphens,
// underscores and the punctuation around placeholders.
func isPublished(key string) bool {
	_, ok := publishedKeys[plainKey(key)]
	return ok
}

func plainKey(key string) string {
	return strings.ToLower(strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\r\n-_.!?<>[]{}()'\"$%*", r) {
			return -1
		}
		return r
	}, key))
}

// publishedKeys are kept in the form that plainKey gives.
var publishedKeys = func() map[string]struct{} {
	known := make(map[string]struct{})
	for _, key := range []string{
		// Flask's own documentation, from its beginnings to today. The one of
		// the quickstart is copied as bytes, as text and with its backslashes.
		"dev",
		"development key",
		"192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf",
		"_5#y2L\"F4Q8z\n\xec]/",
		"_5#y2L\"F4Q8z\n\u00ec]/",
		`_5#y2L"F4Q8z\n\xec]/`,
		`b'_5#y2L"F4Q8z\n\xec]/'`,
		`A0Zr98j/3yX R~XHH!jmN]LWX/,?RT`,

		// Well-known tutorials and books.
		"you will never guess",
		"hard to guess string",
		"any random string",
		"hjshjhdjah kjshkjdhjs",
		"5791628bb0b13ce0c676dfde280ba245",
		"oh so secret",
		"dev key 123",

		// What people type where a key should be.
		"secret", "secret key", "the secret key", "a secret key", "app secret key", "flask secret key",
		"my secret", "my secret key", "this is my secret key", "this is a secret key", "this is secret",
		"this is a secret", "thisissecretkey", "this is the secret key", "this should be secret",
		"your secret", "your secret key", "your secret key here", "your secret here", "your own secret key",
		"super secret", "super secret key", "my super secret key", "very secret", "very secret key",
		"top secret", "top secret key", "some secret", "some secret key", "not so secret", "not secret",
		"random", "random string", "random key", "some random string", "some random key", "a random string",
		"random secret key", "a very secret key", "keep it secret", "it's a secret", "shh", "sssh",
		"change me", "please change me", "change this", "change this key", "change this secret key",
		"change me in production", "change in production", "secret key change me", "replace me",
		"replace this", "replace with a secret key", "replace with your secret key", "insert secret key here",
		"default", "default key", "default secret", "default secret key", "default string",
		"dev secret", "dev secret key", "dev key", "dev only", "development", "development secret key",
		"test", "testing", "test key", "test secret", "test secret key", "testing key", "debug",
		"key", "mykey", "my key", "password", "passw0rd", "foo", "bar", "foobar", "hello", "hello world",
		"flask", "app", "admin", "none", "null", "todo", "fix me", "xxx", "abc", "abc123", "abcd", "abcdef",
		"123", "1234", "12345", "123456", "1234567", "12345678", "123456789", "1234567890", "qwerty", "asdf",
	} {
		known[plainKey(key)] = struct{}{}
	}
	return known
}()
