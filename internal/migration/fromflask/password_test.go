package fromflask

import "testing"

// Werkzeug 2.2.2 made the first hash: generate_password_hash("café 1", "pbkdf2:sha256:1000").
func TestIsPassword(t *testing.T) {
	const hash = "pbkdf2:sha256:1000$Nu9vqqTkQMjgGnXF$f6de8fbab988e427c44c2003cfee5703060d783c45a6c3643c1bae809facb8a5"
	for password, want := range map[string]bool{"café 1": true, "café 2": false, "cafe 1": false, "": false} {
		if is, err := isPassword(hash, password); is != want || err != nil {
			t.Errorf("%q is the password: %t (%v)", password, is, err)
		}
	}
	for _, other := range []string{
		"", "x", "pbkdf2:sha256:1000", "pbkdf2:sha256:1000$Nu9vqqTkQMjgGnXF", hash + "$",
		"pbkdf2:sha1:1000$Nu9vqqTkQMjgGnXF$f6de", "scrypt:32768:8:1$Nu9vqqTkQMjgGnXF$f6de",
	} {
		if is, err := isPassword(other, "café 1"); is || err == nil {
			t.Errorf("%q is a hash: %t (%v)", other, is, err)
		}
	}
}
