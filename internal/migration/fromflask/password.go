package fromflask

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
)

// isPassword reports whether a password belongs to a hash of Werkzeug's generate_password_hash,
// with its method "pbkdf2:sha256".
func isPassword(hash, password string) (bool, error) {
	parts := strings.Split(strings.TrimPrefix(hash, "pbkdf2:sha256:"), "$") // iterations, salt, key
	iterations, err := strconv.Atoi(parts[0])
	if err != nil || len(parts) != 3 {
		return false, errors.New("the hash is not one of pbkdf2:sha256")
	}
	key, err := pbkdf2.Key(sha256.New, password, []byte(parts[1]), iterations, sha256.Size)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare([]byte(hex.EncodeToString(key)), []byte(parts[2])) == 1, nil
}
