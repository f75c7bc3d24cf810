package secret_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/secret"
)

const variable = "WAFER_SECRET_TEST_KEY"

func checkError(t *testing.T, err error, wants ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error; want one that says %q", wants)
	}
	for _, want := range wants {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %q, want it to say %q", err, want)
		}
	}
	if strings.Count(err.Error(), "secret: ") != 1 {
		t.Errorf("the error is %q, want the package's name once", err)
	}
}

func TestFromEnvReadsTheVariable(t *testing.T) {
	t.Setenv(variable, " "+base64Key+"\n")
	key, err := secret.FromEnv(variable)
	if err != nil {
		t.Fatal(err)
	}
	if !key.Equal(mustParse(t, hexKey)) {
		t.Error("FromEnv read another key")
	}
}

func TestFromEnvOfNothingIsErrNotSetAndTellsHowToMakeAKey(t *testing.T) {
	t.Setenv(variable, "")
	os.Unsetenv(variable)
	_, err := secret.FromEnv(variable)
	checkError(t, err, variable, "not set", "wafer keygen", "openssl rand -hex 32")
	if !errors.Is(err, secret.ErrNotSet) {
		t.Errorf("the error for an unset variable is %q, which is not ErrNotSet", err)
	}
	for _, empty := range []string{"", " \n"} {
		t.Setenv(variable, empty)
		_, err := secret.FromEnv(variable)
		checkError(t, err, variable, "set but empty", "wafer keygen", "openssl rand -hex 32")
		if !errors.Is(err, secret.ErrNotSet) {
			t.Errorf("the error for the empty variable %q is %q, which is not ErrNotSet", empty, err)
		}
	}
}

func TestFromEnvOfABadKeyNamesTheVariableAndIsNotErrNotSet(t *testing.T) {
	t.Setenv(variable, "hunter2-")
	key, err := secret.FromEnv(variable)
	checkError(t, err, variable, "6 bytes long and must be at least 32")
	if strings.Contains(err.Error(), "hunter") {
		t.Errorf("the error %q shows the key", err)
	}
	if errors.Is(err, secret.ErrNotSet) || !key.IsZero() {
		t.Errorf("a bad key gives ErrNotSet or a key: %v", err)
	}
}

// The slip is secret.FromEnv(os.Getenv("SECRET_KEY")).
func TestAKeyGivenInPlaceOfANameIsNotShown(t *testing.T) {
	for _, text := range []string{base64Key, hexKey, strings.ToUpper(hexKey), base64Key + "="} {
		_, err := secret.FromEnv(text)
		checkError(t, err, "looks like a key")
		if strings.Contains(err.Error(), text[:8]) {
			t.Errorf("FromEnv's error %q shows the key", err)
		}
		_, err = secret.FromFile(text)
		checkError(t, err, "looks like a key")
		if strings.Contains(err.Error(), text[:8]) {
			t.Errorf("FromFile's error %q shows the key", err)
		}
	}
}

func TestALongNameInCapitalsIsShown(t *testing.T) {
	const name = "EXAMPLE_COMPANY_STAGING_WEB_FRONT_SESSION_SECRET_KEY_NOW"
	_, err := secret.FromEnv(name)
	checkError(t, err, name)
}

// keyFile writes text to a file of the given mode and returns its path.
func keyFile(t *testing.T, text string, mode fs.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "session.key")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	// WriteFile's mode is cut by the umask.
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFromFileReadsAFileThatOnlyItsOwnerCanChange(t *testing.T) {
	for _, mode := range []fs.FileMode{0o400, 0o600, 0o640, 0o440, 0o444, 0o644, 0o755} {
		key, err := secret.FromFile(keyFile(t, hexKey+"\n", mode))
		if err != nil {
			t.Errorf("mode %04o: %v", mode, err)
		} else if !key.Equal(mustParse(t, hexKey)) {
			t.Errorf("mode %04o: another key was read", mode)
		}
	}
}

func TestFromFileRefusesAFileThatOthersCanChange(t *testing.T) {
	if runtime.GOOS == "windows" {
		return // Go makes up a file's mode there.
	}
	for _, mode := range []fs.FileMode{0o660, 0o620, 0o602, 0o606, 0o666, 0o777} {
		path := keyFile(t, hexKey, mode)
		key, err := secret.FromFile(path)
		checkError(t, err, path, "chmod go-w")
		if !key.IsZero() {
			t.Errorf("mode %04o: a key comes with the error", mode)
		}
	}
}

// A secret that Kubernetes mounts is a chain of links, each of mode 0777.
func TestFromFileFollowsLinks(t *testing.T) {
	path := keyFile(t, base64Key, 0o644)
	folder := filepath.Dir(path)
	if err := os.Symlink(".", filepath.Join(folder, "..data")); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(folder, "key")
	if err := os.Symlink(filepath.Join("..data", "session.key"), link); err != nil {
		t.Fatal(err)
	}
	if _, err := secret.FromFile(link); err != nil {
		t.Error(err)
	}
}

func TestFromFileOfAMissingFileIsErrNotExistAndTellsHowToMakeAKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "missing.key")
	_, err := secret.FromFile(path)
	checkError(t, err, path, "wafer keygen")
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the error is %q, which is not fs.ErrNotExist", err)
	}
	if strings.Count(err.Error(), "missing.key") != 1 {
		t.Errorf("the error %q names the file more than once", err)
	}
}

func TestFromFile_AKeyAmongWhiteSpaceOf4096Bytes(t *testing.T) {
	text := base64Key + strings.Repeat("\n", 4096-len(base64Key))
	if _, err := secret.FromFile(keyFile(t, text, 0o600)); err != nil {
		t.Error(err)
	}
	_, err := secret.FromFile(keyFile(t, text+"\n", 0o600))
	checkError(t, err, "longer than 4096 bytes")
}

func TestFromFileRefusesWhatIsNoKeyAndNamesTheFile(t *testing.T) {
	for want, text := range map[string]string{
		"is empty":                                  "\n",
		"is 7 bytes long and":                       "aHVudGVyMg\n",
		"character 44":                              base64Key + "\n" + base64Key + "\n",
		"longer than 4096 bytes":                    strings.Repeat("\n", 4097),
		"text is 2100 bytes":                        strings.Repeat("a", 2100),
		"not random: it is one byte":                strings.Repeat("00", 32),
		"character 1 of the key is not a hex digit": "\ufeff" + base64Key,
	} {
		path := keyFile(t, text, 0o600)
		_, err := secret.FromFile(path)
		checkError(t, err, path, want)
	}
}

func TestFromFileOfAFolderIsAnError(t *testing.T) {
	folder := t.TempDir()
	_, err := secret.FromFile(folder)
	checkError(t, err, folder)
}
