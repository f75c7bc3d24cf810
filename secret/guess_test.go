package secret_test

import (
	"encoding/base64"
	"encoding/hex"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/secret"
)

// published are keys that people have been given to copy.
var published = []string{
	"dev", "_5#y2L\"F4Q8z\n\xec]/", "5f352379324c22463451387a0aec5d2f",
	"192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf",
	"\x02\x01thisismyscretkey\x01\x02\\e\\y\\y\\h", `\2\1thisismyscretkey\1\2\e\y\y\h`,
	"CHANGE_ME_TO_A_COMPLEX_RANDOM_SECRET", "thisISaSECRET_1234", "temporary_key",
	"46BKJoQYlPPOexq0OhDZnIlNepKFf87WFwLbfzqDDho=", "c292a0a3aa32397cdb050e233733900f",
	"django-insecure-8$q0z^l1+ks_d5!n#v7(e2w@x9b&h3j6m*t4r=u-ypoagfic",
	"SomeRandomStringWith32Characters", "SW2YcwTIb9zpOOhoPsMm", "keyboard cat",
	"09D25E094FAA6CA2556C818166B7A9563B93F7099F6F0F4CAA6CF63B88E8D3E7",
	"pf9Wkove4IKEAXvy-cQkeDPhv9Cb3Ag-wyJILbq_dFw", "something-very-secret",
	"base64:U29tZVJhbmRvbVN0cmluZ1dpdGgzMkNoYXJhY3RlcnM=",
}

// madeUp are keys that follow a rule.
var madeUp = []string{
	"changeme-changeme-changeme-changeme", "changemechangemechangemechangemechangeme000",
	"please-change-this-secret-key-in-production", "this-is-a-very-long-secret-key-that-should-be-changed-in-production",
	"0123456789abcdef0123456789abcdef", "qwertyuiopasdfghjklzxcvbnm1234567890qwertyui",
	"abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", "1qaz2wsx3edc4rfv1qaz2wsx3edc4rfv1qaz2wsx3ed",
	"supersecretsupersecretsupersecretsupersecre", "s3cr3t-p4ssw0rd-s3cr3t-p4ssw0rd-s3cr3t-p4ss",
	"my-secret-key-my-secret-key-my-secret-key-2024", "hunter2-hunter2-hunter2-hunter2-hunter2-hunter2",
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", strings.Repeat("\x00", 31) + "\x01",
	"00000000000000000000000000000000000000000000000000000000000000ff",
	"\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f",
	"zyxwvutsrqponmlkjihgfedcba9876543210zyxwvut",
}

func TestGuessable_EachSpellingOfAKey(t *testing.T) {
	for _, key := range append(published, madeUp...) {
		for what, text := range map[string]string{
			"as it is": key, "in capitals, in hex": strings.ToUpper(hex.EncodeToString([]byte(key))),
			"in hex": hex.EncodeToString([]byte(key)), "in base64url": base64.RawURLEncoding.EncodeToString([]byte(key)),
			"in base64":        base64.StdEncoding.EncodeToString([]byte(key)) + "\n",
			"in base64 of hex": base64.StdEncoding.EncodeToString([]byte(hex.EncodeToString([]byte(key)))),
		} {
			why, ok := secret.Guessable(text)
			if !ok || why == "" {
				t.Errorf("%q, %s, is not guessable", key, what)
			}
			if strings.Contains(why, key) {
				t.Errorf("%q is in %q", key, why)
			}
		}
	}
}

// A published key that was too short is as bad after somebody has made it longer.
func TestGuessable_APublishedKeyMadeLonger(t *testing.T) {
	for _, key := range []string{
		"_5#y2L\"F4Q8z\n\xec]/", "192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf", "c292a0a3aa32397cdb050e233733900f",
		"\x02\x01thisismyscretkey\x01\x02\\e\\y\\y\\h", "temporary_key", "SW2YcwTIb9zpOOhoPsMm", "hjshjhdjah kjshkjdhjs",
	} {
		for what, text := range map[string]string{
			"twice": key + key, "five times, cut": strings.Repeat(key, 5)[:4*len(key)+len(key)/2], "and a digit": key + "7", "and a fence": key + strings.Repeat("#", 40),
			"and zero bytes": key + strings.Repeat("\x00", 40), "as Python's bytes": "b'" + key + "'",
		} {
			for _, text := range []string{text, hex.EncodeToString([]byte(text)), base64.StdEncoding.EncodeToString([]byte(text))} {
				if why, ok := secret.Guessable(text); !ok || !strings.Contains(why, "published") && !strings.Contains(why, "common words") {
					t.Errorf("%q, %s, is not guessable: %q", key, what, why)
				}
			}
		}
	}
}

func TestParse_AGuessableKey(t *testing.T) {
	for _, key := range append(published, madeUp...) {
		for _, text := range []string{key, hex.EncodeToString([]byte(key)), base64.RawURLEncoding.EncodeToString([]byte(key))} {
			parsed, err := secret.Parse(text)
			if err == nil || !parsed.IsZero() {
				t.Errorf("Parse accepts %q", text)
				continue
			}
			if len(text) > 12 && strings.Contains(err.Error(), text) {
				t.Errorf("the error %q has the key", err)
			}
		}
	}
	for text, want := range map[string]string{
		"changeme-changeme-changeme-changeme-changeme": "the key can be guessed: it is made of common words",
		"pf9Wkove4IKEAXvy-cQkeDPhv9Cb3Ag-wyJILbq_dFw":  "the key can be guessed: it is published",
	} {
		_, err := secret.Parse(text)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "openssl rand -hex 32") {
			t.Errorf("the error is %v, want it to say %q and how to make a key", err, want)
		}
	}
}

// FromEnv(os.Getenv("SECRET_KEY")) must not show the key in its error, even if it is a bad key.
func TestFromEnv_AGuessableKeyInPlaceOfAName(t *testing.T) {
	const key = "changeme-changeme-changeme-changeme-changeme"
	if _, err := secret.FromEnv(key); err == nil || strings.Contains(err.Error(), key) {
		t.Errorf("the error is %v", err)
	}
}

// Each is a key that somebody has, made well enough to be none of Guessable's business.
func TestGuessable_OtherTextIsNot(t *testing.T) {
	for _, text := range []string{
		"", "x", "tr0ub4dor&3", "9d3f0c2b7a1e4f58b6c0", "correct horse battery staple plinth orbit velvet magnet",
		"Zr4u7x!A%D*G-KaPdSgVkYp3s6v9y/B?", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
	} {
		if why, ok := secret.Guessable(text); ok || why != "" {
			t.Errorf("%q: %s", text, why)
		}
	}
}

// The limits of what counts as a guess: a description of 140 bits does not, one of 139 does.
func TestGuessable_AtItsLimits(t *testing.T) {
	for text, want := range map[string]bool{
		"dragonmonkeywelcomesystemrailscookieplaceholderdockerkeyboardwindowsv4r14bl3d3v3l0p3r": false, // 10 words, 2 spelled ones
		";|dragonmonkeywelcomesystemrailscookieplaceholderdockerkeyboardwindowsvariable":        true,  // 2 bytes, 11 words
		"dr4g0nm0nk3yw3lc0m3syst3mc00k13d0ck3rk3yb04rdw1nd0wsv4r14bl3":                          true,  // 9 spelled words
		"qwertyuiopasdfghjklzxcvbnmqwertzuiopazertyuiopqsdfghjklm":                              true,  // rows from their first keys
		"t7kq2mzx9vbhd" + "t7kq2mzx9vbhd" + "t7kq2mzx9vbhdt":                                    true,  // 13 bytes and a copy of them
		"t7kq2mzx9vbhdw" + "t7kq2mzx9vbhdw" + "t7kq2mzx9vbhd":                                   false, // 14 and a copy
	} {
		if why, ok := secret.Guessable(text); ok != want {
			t.Errorf("%q: %v %q, want %v", text, ok, why, want)
		}
	}
}

func TestGuessable_LetterCaseAndSpacesDoNotCount(t *testing.T) {
	const key = "641dd6454584ddabfed6342cc66281fb" // GitHub Enterprise's
	for _, text := range []string{strings.ToUpper(key), "46BKJOQYLPPOEXQ0OHDZNILNEPKFF87WFWLBFZQDDHO=", key[:16] + " " + key[16:], "{" + key[:8] + "-" + key[8:] + "}\n"} {
		if why, ok := secret.Guessable(text); !ok || !strings.Contains(why, "published") {
			t.Errorf("%q: %v %q", text, ok, why)
		}
	}
}

// What is hidden deeper than three times is not looked for, because each time costs.
func TestGuessable_LooksIntoThreeLayers(t *testing.T) {
	text := "641dd6454584ddabfed6342cc66281fb"
	for layers, want := range []bool{true, true, true, true, false} {
		if why, ok := secret.Guessable(text); ok != want {
			t.Errorf("in %d layers of base64: %v %q, want %v", layers, ok, why, want)
		}
		text = base64.StdEncoding.EncodeToString([]byte(text))
	}
}

// TestGuessable_RandomKeys tries a million keys (fewer under the race detector), in each spelling in turn. The source has a seed, so that
// a failure can be repeated.
func TestGuessable_RandomKeys(t *testing.T) {
	random := rand.NewChaCha8([32]byte{1})
	var b [32]byte
	for i := range randomKeys {
		size := 32
		if i%8 == 7 {
			size = 16 // a key of Flask's that is in use
		}
		_, _ = random.Read(b[:size])
		text := hex.EncodeToString(b[:size])
		if i%2 == 0 {
			text = base64.RawURLEncoding.EncodeToString(b[:size])
		}
		if why, ok := secret.Guessable(text); ok {
			t.Fatalf("the random key %s, number %d, is refused: %s", text, i, why)
		}
	}
}

func TestGuessable_TimeIsBounded(t *testing.T) {
	for _, text := range []string{strings.Repeat("a", 1<<24), strings.Repeat("deadbeef", 1<<20), strings.Repeat("1qaz", 1<<20)} {
		if _, ok := secret.Guessable(text); !ok {
			t.Errorf("%d bytes of a pattern are not guessable", len(text))
		}
	}
}
