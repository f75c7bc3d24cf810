package secret_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/wafer-go/wafer/secret"
)

// A program reads its key once, when it starts.
func ExampleFromEnv() {
	os.Setenv("SECRET_KEY", "vlIl_Nvw4PS7uUSjpXAF6ukG2k0uy1jNVQU5-mxbviE")
	defer os.Unsetenv("SECRET_KEY")

	key, err := secret.FromEnv("SECRET_KEY")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("the key in use is", key.ID())
	// Output: the key in use is d2f74f41
}

// A program that only tries things out may go on with a key of its own. A key
// that is there and bad is still an error.
func ExampleFromEnv_temporaryKey() {
	key, err := secret.FromEnv("SECRET_KEY")
	if errors.Is(err, secret.ErrNotSet) {
		fmt.Println("using a temporary key:", err)
		key, err = secret.New(), nil
	}
	fmt.Println(len(key.Bytes()), err)
	// Output:
	// using a temporary key: secret: no key is set: the environment variable "SECRET_KEY" is not set; make one with `wafer keygen` or `openssl rand -hex 32`
	// 32 <nil>
}

func ExampleFromFile() {
	folder, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "session.key")

	// Once:
	key := secret.New()
	err = os.WriteFile(path, []byte(key.Reveal()+"\n"), 0o600)
	if err != nil {
		fmt.Println(err)
		return
	}

	// At every start:
	same, err := secret.FromFile(path)
	fmt.Println(same.Equal(key), err)
	// Output: true <nil>
}

func ExampleParse() {
	a, _ := secret.Parse("be5225fcdbf0e0f4bbb944a3a57005eae906da4d2ecb58cd550539fa6c5bbe21")
	b, _ := secret.Parse("vlIl_Nvw4PS7uUSjpXAF6ukG2k0uy1jNVQU5-mxbviE")
	fmt.Println(a.Equal(b))
	// Output: true
}

// An error says what is wrong without showing the key.
func ExampleParse_badKey() {
	for _, text := range []string{
		"change-me-x",
		"vlIl_Nvw4PS7uUSjpXAF6ukG2k0uy1jNVQU5 mxbviE",
		"0000000000000000000000000000000000000000000000000000000000000000",
	} {
		_, err := secret.Parse(text)
		fmt.Println(err)
	}
	// Output:
	// secret: the key, decoded, is 8 bytes long and must be at least 32; make one with `wafer keygen` or `openssl rand -hex 32`
	// secret: character 37 of the key is not a hex digit, and not in base64url (A-Z a-z 0-9 - _); a key has no quotes or spaces in it, and plain base64 is turned into base64url by `tr '+/' '-_'`
	// secret: the key is not random: it is one byte, repeated; make one with `wafer keygen` or `openssl rand -hex 32`
}

// A key does not show, whatever prints it.
func ExampleKey() {
	type config struct {
		Addr string
		Key  secret.Key
	}
	c := config{"localhost:8080", secret.New()}

	fmt.Printf("%+v\n", c)
	fmt.Printf("%x\n", c.Key)
	text, _ := json.Marshal(c)
	fmt.Printf("%s\n", text)
	slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		},
	})).Info("start", "key", c.Key)
	// Output:
	// {Addr:localhost:8080 Key:secret.Key(redacted)}
	// secret.Key(redacted)
	// {"Addr":"localhost:8080","Key":"secret.Key(redacted)"}
	// level=INFO msg=start key=secret.Key(redacted)
}

// The id tells which key a program runs with, and nothing about the key.
func ExampleKey_ID() {
	key, _ := secret.Parse("be5225fcdbf0e0f4bbb944a3a57005eae906da4d2ecb58cd550539fa6c5bbe21")
	fmt.Println(key.ID())
	// Output: d2f74f41
}
