package flask

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/driver"
)

const goodKey = "0f5e0b1e7b1ba3ac5b9f1a5d7cf4d6a2b63bb1cb45d8e5d3"

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func TestFlaskLine01_DefaultsAreFlasks(t *testing.T) {
	want := &session.Options{
		Cookie:             session.Cookie{Name: "session", Path: "/", Insecure: true, SameSite: http.SameSiteDefaultMode},
		Lifetime:           31 * 24 * time.Hour,
		RefreshEachRequest: true,
		ClockSkew:          -1,
	}
	got := Defaults()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("Defaults() = %+v, want %+v", got, want)
	}
	got.Lifetime = 1
	if Defaults().Lifetime == 1 {
		t.Error("Defaults returns the same options twice: a change to one shows in the other")
	}
}

func TestFlaskLine04_FirstOfTwoCookiesCounts(t *testing.T) {
	if !open(t, goodKey, nil).Info().FirstCookie {
		t.Error("FirstCookie is false")
	}
}

func TestFlaskLine05_SignedPayloadThatIsNoObjectIsRefused(t *testing.T) {
	k := open(t, goodKey, nil)
	for _, payload := range []string{
		``, `null`, `[1]`, `"x"`, `1`, `[{"a":1}]`,
		`{" t":[1]}`, `{" b":"eA=="}`, `{" m":"x"}`, `{" u":"12345678123456781234567812345678"}`, `{" d":"Thu, 29 Feb 2024 12:34:56 GMT"}`,
		`{" di":1}`, `{" di":{}}`, `{" di":{"ab":1}}`, `{" di":{" t__":1,"b":2}}`, `{" di":[]}`,
	} {
		if got, err := k.Load(context.Background(), sign(t, k, payload)); !errors.Is(err, session.ErrBadPayload) {
			t.Errorf("%s was loaded as %q, error %v", payload, got.Payload, err)
		}
	}
}

// sign signs a payload without closing it as a session.
func sign(t testing.TB, k driver.Driver, payload string) string {
	t.Helper()
	b := k.(*backend)
	return string(b.signer.SignTail(base64.RawURLEncoding.AppendEncode(nil, []byte(payload)), 0, time.Unix(1700000000, 0)))
}

func TestFlaskLine06_FallbackKeysAreReadAndNeverSigned(t *testing.T) {
	const older, oldest = goodKey + "older", goodKey + "oldest"
	k := open(t, goodKey, nil, older, oldest)
	change := driver.Write{Payload: []byte(`{"a":1}`), At: time.Unix(1700000000, 0)}
	for key, accepted := range map[string]bool{goodKey: false, older: true, oldest: true} {
		token, _, err := open(t, key, nil).Save(context.Background(), nil, change)
		if err != nil {
			t.Fatal(err)
		}
		loaded, err := k.Load(context.Background(), string(token))
		if err != nil || loaded.Accepted != accepted {
			t.Errorf("Accepted is %v with the error %v, want %v", loaded.Accepted, err, accepted)
		}
	}
	token, _, err := k.Save(context.Background(), nil, change)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, goodKey, nil).Load(context.Background(), string(token)); err != nil {
		t.Errorf("what was signed with fallbacks in place is not signed with the current key: %v", err)
	}
}

func TestFlaskLine06_OneStringIsOneKey(t *testing.T) {
	token, _, err := open(t, "AIEPNDKUQGCXWMRZBTFOHSVYLJZ", nil).Save(context.Background(), nil, driver.Write{Payload: []byte(`{"a":1}`)})
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"A", "Z", "ZJLYVSHOFTBZRMWXCGQUKDNPEIA"} {
		k := open(t, key, &CookieOptions{Logger: quiet()})
		if _, err := k.Load(context.Background(), string(token)); !errors.Is(err, session.ErrBadSignature) {
			t.Errorf("the key %s reads it: %v", key, err)
		}
	}
}

func TestFlaskLine25_EmptyKeyIsAnErrorThatSaysWhatToDo(t *testing.T) {
	for name, make := range map[string]func() (session.Backend, error){
		"the secret key":     func() (session.Backend, error) { return Cookies("", nil) },
		"the fallback key 2": func() (session.Backend, error) { return Cookies(goodKey, nil, goodKey, "") },
	} {
		_, err := make()
		if err == nil || !strings.Contains(err.Error(), name+" is empty") || !strings.Contains(err.Error(), "SECRET_KEY") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestPublishedKeyIsRefused(t *testing.T) {
	for _, key := range []string{
		"dev", "DEV", "secret", "changeme", "change-me", "CHANGE_ME!", "your_secret_key", "<your-secret-key>", "'your secret key'",
		`_5#y2L"F4Q8z\n\xec]/`, `b'_5#y2L"F4Q8z\n\xec]/'`, "_5#y2L\"F4Q8z\n\xec]/", "_5#y2L\"F4Q8z\n\u00ec]/",
		"192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf", "you-will-never-guess", "super secret key",
		"any random string", "hard to guess string", "A0Zr98j/3yX R~XHH!jmN]LWX/,?RT", "development key", " secret\n",
	} {
		for place, err := range map[string]error{
			"secret": second(Cookies(key, nil)), "fallback": second(Cookies(goodKey, nil, key)),
		} {
			if err == nil || !strings.Contains(err.Error(), "can be guessed") {
				t.Errorf("%q as %s key: error %v", key, place, err)
			}
		}
		if _, err := Cookies(key, &CookieOptions{AllowPublishedKey: true}); err != nil {
			t.Errorf("%q is refused in spite of AllowPublishedKey: %v", key, err)
		}
	}
}

func second(_ session.Backend, err error) error { return err }

func TestShortKeyIsWarnedOfAndNotShown(t *testing.T) {
	for key, warned := range map[string]bool{"tr0ub4dor&3": true, "fifteen bytes!?": true, "sixteen bytes!?!": false, goodKey: false} {
		var log bytes.Buffer
		opts := &CookieOptions{Logger: slog.New(slog.NewTextHandler(&log, nil))}
		if _, err := Cookies(key, opts, key); err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(log.String(), "level=WARN"); got != map[bool]int{true: 2, false: 0}[warned] {
			t.Errorf("a key of %d bytes, twice: %d warnings: %s", len(key), got, log.String())
		}
		if strings.Contains(log.String(), key) {
			t.Errorf("the key is in the log: %s", log.String())
		}
	}
}

func TestOptionsAreCopied(t *testing.T) {
	opts, old := &CookieOptions{}, []string{goodKey + "old"}
	b, err := Cookies(goodKey, opts, old...)
	if err != nil {
		t.Fatal(err)
	}
	old[0] = "changed afterwards"
	opts.Salt = "changed afterwards"
	k, _ := b.Open(driver.Config{})
	token, _, _ := open(t, goodKey+"old", nil).Save(context.Background(), nil, driver.Write{Payload: []byte(`{"a":1}`)})
	if _, err := k.Load(context.Background(), string(token)); err != nil {
		t.Errorf("a change to the options after Cookies shows: %v", err)
	}
}

func TestNegativeMaxPayloadIsAnError(t *testing.T) {
	if _, err := Cookies(goodKey, &CookieOptions{MaxPayload: -1}); err == nil {
		t.Error("no error")
	}
}

func TestPayloadIsCapped(t *testing.T) {
	for _, c := range []struct {
		name  string
		size  int
		limit int
		err   error
	}{
		{"at the limit", 1000, 1000, nil},
		{"a byte over the limit", 1001, 1000, session.ErrBadPayload},
		{"at the default limit", DefaultMaxPayload, 0, nil},
		{"over the default limit", DefaultMaxPayload + 1, 0, session.ErrBadPayload},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := open(t, goodKey, &CookieOptions{MaxPayload: c.limit})
			payload := `{"a":"` + strings.Repeat("a", c.size-len(`{"a":""}`)) + `"}`
			// What would not be read again is not written either.
			if _, _, err := k.Save(context.Background(), nil, driver.Write{Payload: []byte(payload)}); (err != nil) != (c.err != nil) || err != nil && !errors.Is(err, session.ErrTooLarge) {
				t.Errorf("Save gives %v", err)
			}
			larger := open(t, goodKey, &CookieOptions{MaxPayload: 1 << 20})
			token, _, err := larger.Save(context.Background(), nil, driver.Write{Payload: []byte(payload)})
			if err != nil {
				t.Fatal(err)
			}
			if token[0] != '.' {
				t.Fatal("it was not compressed")
			}
			if _, err := k.Load(context.Background(), string(token)); !errors.Is(err, c.err) {
				t.Errorf("error %v, want %v", err, c.err)
			}
		})
	}
}

func TestBadTokenIsRefusedWithItsReason(t *testing.T) {
	k := open(t, goodKey, nil)
	saved, _, err := k.Save(context.Background(), nil, driver.Write{Payload: []byte(`{"user":"ada"}`), At: time.Unix(1700000000, 0)})
	if err != nil {
		t.Fatal(err)
	}
	token := string(saved)
	for _, c := range []struct {
		name, token string
		want        error
	}{
		{"empty", "", session.ErrMalformed},
		{"no separator", "abc", session.ErrMalformed},
		{"cut", token[:len(token)-1], session.ErrBadSignature},
		{"forged", "x" + token, session.ErrBadSignature},
		{"signature of another key", otherKeys(t), session.ErrBadSignature},
		{"padded", token + "=", session.ErrBadSignature},
		{"signed, no timestamp", bareToken("e30"), session.ErrMalformed},
		{"signed, payload is no base64", string(k.(*backend).signer.SignTail([]byte("!!!"), 0, time.Unix(1, 0))), session.ErrBadPayload},
		{"signed, payload is not compressed as it says", string(k.(*backend).signer.SignTail([]byte(".e30"), 0, time.Unix(1, 0))), session.ErrBadPayload},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := k.Load(context.Background(), c.token)
			if !errors.Is(err, c.want) || !errors.Is(err, session.ErrRefused) {
				t.Errorf("error %v, want %v", err, c.want)
			}
			var want driver.Snapshot
			if errors.Is(err, session.ErrBadPayload) { // a holder of the key signed it
				want = driver.Snapshot{SavedAt: time.Unix(1, 0).UTC(), By: "the current key"}
			}
			if got != want {
				t.Errorf("it gave %+v all the same", got)
			}
		})
	}
}

func TestSessionWhoseOnlyKeyIsATagIsEscapedAndBack(t *testing.T) {
	k := open(t, goodKey, nil)
	for _, payload := range []string{
		`{" t":[1,2]}`, `{" b":"x"}`, `{" m":null}`, `{" u":NaN}`, `{" d":{" t":[]}}`, `{" di":{"a":1}}`, `{" di":{" t__":1}}`,
		`{"a":1}`, `{" x":1}`, `{" t__":1}`, `{" t":1,"x":2}`, `{}`, `{" t":"\ud83d"}`,
	} {
		token, _, err := k.Save(context.Background(), nil, driver.Write{Payload: []byte(payload)})
		if err != nil {
			t.Fatal(err)
		}
		got, err := k.Load(context.Background(), string(token))
		if err != nil || got.Payload != payload {
			t.Errorf("%s came back as %s, error %v", payload, got.Payload, err)
		}
	}
}

func TestDeleteDoesNothing(t *testing.T) {
	if err := open(t, goodKey, nil).Delete(context.Background(), driver.Snapshot{}); err != nil {
		t.Error(err)
	}
}

func otherKeys(t testing.TB) string {
	t.Helper()
	token, _, err := open(t, goodKey+"!", nil).Save(context.Background(), nil, driver.Write{Payload: []byte(`{"user":"ada"}`)})
	if err != nil {
		t.Fatal(err)
	}
	return string(token)
}

// bareToken signs with goodKey what need not have a timestamp.
func bareToken(value string) string {
	mac := func(key []byte, text string) []byte {
		h := hmac.New(sha1.New, key)
		h.Write([]byte(text))
		return h.Sum(nil)
	}
	key := mac([]byte(goodKey), "cookie-session")
	return value + "." + base64.RawURLEncoding.EncodeToString(mac(key, value))
}
