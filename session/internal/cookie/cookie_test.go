package cookie_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/internal/cookie"
)

// backends are both of the package.
var backends = map[string]func(secret.Key, ...secret.Key) driver.Backend{"Signed": cookie.Signed, "Sealed": cookie.Sealed}

func opened(t *testing.T, b driver.Backend) driver.Driver {
	t.Helper()
	d, err := b.Open(driver.Config{CookieName: "session", MaxCookieSize: 4096})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestLoad_NamesTheKeyThatMadeTheToken(t *testing.T) {
	keys := []secret.Key{secret.New(), secret.New(), secret.New()}
	for name, backend := range backends {
		reader := opened(t, backend(keys[0], keys[1:]...))
		for i, key := range keys {
			at := time.Now().Truncate(time.Second)
			token, _, err := opened(t, backend(key)).Save(context.Background(), nil, driver.Write{Payload: []byte(`{"n":1}`), At: at, Expires: at.Add(time.Hour)})
			if err != nil {
				t.Fatal(err)
			}
			got, err := reader.Load(context.Background(), string(token))
			if err != nil || got.Payload != `{"n":1}` || !got.SavedAt.Equal(at) {
				t.Errorf("%s, key %d: %+v, %v", name, i, got, err)
			}
			if got.By != "key "+key.ID() || got.Accepted != (i > 0) {
				t.Errorf("%s, key %d: made by %q, of an accepted key: %t", name, i, got.By, got.Accepted)
			}
		}
		unknown, _, _ := opened(t, backend(secret.New())).Save(context.Background(), nil, driver.Write{Payload: []byte(`{}`), At: time.Now()})
		if _, err := reader.Load(context.Background(), string(unknown)); !errors.Is(err, driver.ErrBadSignature) {
			t.Errorf("%s, a key that is not accepted: %v", name, err)
		}
	}
}

func TestOpen_AnErrorCountsTheAcceptedKeys(t *testing.T) {
	a, b := secret.New(), secret.New()
	for name, backend := range backends {
		for says, given := range map[string]driver.Backend{
			"the current key is the zero Key":           backend(secret.Key{}),
			"the accepted key 2 is the zero Key":        backend(a, b, secret.Key{}),
			"the accepted key 2, with the ID " + b.ID(): backend(a, b, b),
			"the accepted key 1, with the ID " + a.ID(): backend(a, a),
			"the accepted key 3, with the ID " + a.ID(): backend(a, b, secret.New(), a),
		} {
			if _, err := given.Open(driver.Config{CookieName: "session"}); err == nil || !strings.Contains(err.Error(), name+": "+says) {
				t.Errorf("%s: %v, want %q", name, err, says)
			}
		}
	}
}

func TestSigned_Save_WhatLoadReads(t *testing.T) {
	d := opened(t, cookie.Signed(secret.New()))
	most := driver.Config{CookieName: "session", MaxCookieSize: 4096}.MaxPayload()
	for size, want := range map[int]error{most: nil, most + 1: driver.ErrTooLarge} {
		payload := `{"a":"` + strings.Repeat("x", size-len(`{"a":""}`)) + `"}`
		if _, _, err := d.Save(context.Background(), nil, driver.Write{Payload: []byte(payload), At: time.Now()}); !errors.Is(err, want) {
			t.Errorf("a payload of %d bytes: %v, want %v", size, err, want)
		}
	}
}
