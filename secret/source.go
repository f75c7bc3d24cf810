package secret

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"strings"
)

// ErrNotSet is wrapped by the error that [FromEnv] returns if the variable is unset, empty or only
// white space. A program that can do without a key asks for it with errors.Is; any other error
// means that there is a key and that it is a bad one.
var ErrNotSet = errors.New("no key is set")

// FromEnv returns the key in the environment variable name, in a spelling that
// [Parse] reads. The error says what is wrong with which variable and what to
// do, and never contains the key. It wraps [ErrNotSet] if there is no key.
func FromEnv(name string) (Key, error) {
	text, found := os.LookupEnv(name)
	if strings.Trim(text, space) == "" {
		what := "not set"
		if found {
			what = "set but empty"
		}
		return Key{}, fmt.Errorf("secret: %w: the environment variable %s is %s; %s", ErrNotSet, shown(name), what, makeOne)
	}
	key, err := parse(text)
	if err != nil {
		return Key{}, fmt.Errorf("secret: the environment variable %s: %w", shown(name), err)
	}
	return key, nil
}

// ListFromEnv returns the keys in the environment variable name, separated by commas or white
// space: those that a program still accepts after a rotation, newest first. An unset or empty
// variable has none, and is not an error. The error says which key is wrong and how, and never
// contains a key.
func ListFromEnv(name string) ([]Key, error) {
	var keys []Key
	for i, text := range strings.FieldsFunc(os.Getenv(name), func(r rune) bool { return r == ',' || strings.ContainsRune(space, r) }) {
		key, err := parse(text)
		if err != nil {
			return nil, fmt.Errorf("secret: the environment variable %s, key %d: %w", shown(name), i+1, err)
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// FromFile returns the key in the file at path, in a spelling that [Parse]
// reads; a line end after it does not count. The error says what is wrong with
// which file and what to do, and never contains the key. It wraps
// [fs.ErrNotExist] or [fs.ErrPermission] if the file cannot be opened.
//
// On Unix a file that its group or others may write to is an error: whoever
// can write the key can sign anything. A file that others may read is accepted,
// since that is how Kubernetes (0644) and Docker (0444) mount a secret in a
// container of its own. Give a file on a shared machine mode 0600. Modes are
// looked at for regular files alone, so a pipe or /dev/stdin will do too.
func FromFile(path string) (Key, error) {
	file, err := os.Open(path) // #nosec G304 -- the path is the program's own
	if err != nil {
		return Key{}, fmt.Errorf("secret: cannot open the key file %s: %w; %s", shown(path), reason(err), makeOne)
	}
	defer file.Close()

	info, err := file.Stat()
	if err != nil {
		return Key{}, fmt.Errorf("secret: cannot look at the key file %s: %w", shown(path), reason(err))
	}
	if mode := info.Mode(); mode.IsRegular() && mode.Perm()&0o022 != 0 && hasUnixModes() {
		return Key{}, fmt.Errorf("secret: the key file %s has mode %04o, so that others than its owner can replace the key; run `chmod go-w` on it",
			shown(path), mode.Perm())
	}

	// Room for the longest key and generous white space, and no more: a path
	// given by mistake may name something endless.
	const limit = 2 * maxText
	text, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err != nil {
		return Key{}, fmt.Errorf("secret: cannot read the key file %s: %w", shown(path), reason(err))
	}
	if len(text) > limit {
		return Key{}, fmt.Errorf("secret: the key file %s is longer than %d bytes, too long for a key; is this the right file?", shown(path), limit)
	}
	key, err := parse(string(text))
	if err != nil {
		return Key{}, fmt.Errorf("secret: the key file %s: %w", shown(path), err)
	}
	return key, nil
}

// hasUnixModes reports whether a file's permission bits mean something here.
// Elsewhere Go makes them up, as 0666 for every writable file on Windows.
func hasUnixModes() bool {
	switch runtime.GOOS {
	case "windows", "plan9", "js", "wasip1":
		return false
	}
	return true
}

// reason returns err without the path that the os package adds: the error has it already, and must
// not have it if it is a key. See shown.
func reason(err error) error {
	if pathErr, ok := errors.AsType[*fs.PathError](err); ok {
		return pathErr.Err
	}
	return err
}

// shown returns the name of a variable or file for an error message, unless it
// could be a key: FromEnv(os.Getenv("SECRET_KEY")) is an easy slip. A long name
// in capitals could be a key too, but not by chance, unless it is hex.
func shown(name string) string {
	isName := name == strings.ToUpper(name) && !onlyHexDigits(name)
	if _, err := decode(strings.Trim(name, space)); err == nil && !isName {
		return "(not shown, since what was given in place of its name looks like a key)"
	}
	return fmt.Sprintf("%q", name)
}
