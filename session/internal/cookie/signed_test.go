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

// TestSigned_BadPayload: whoever looks into a token that a holder of the key made by mistake has to
// know which key that was.
func TestSigned_BadPayload(t *testing.T) {
	old, current := secret.New(), secret.New()
	large := driver.Config{CookieName: "session", MaxCookieSize: 1 << 20}
	small := driver.Config{CookieName: "session", MaxCookieSize: 4096}
	writer, err := cookie.Signed(old).Open(large)
	if err != nil {
		t.Fatal(err)
	}
	reader, err := cookie.Signed(current, old).Open(small)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Unix(1_700_000_000, 0)
	for size, want := range map[int]error{small.MaxPayload(): nil, small.MaxPayload() + 1: driver.ErrBadPayload} {
		payload := `{"a":"` + strings.Repeat("x", size-len(`{"a":""}`)) + `"}`
		token, _, err := writer.Save(context.Background(), nil, driver.Write{Payload: []byte(payload), At: at})
		if err != nil {
			t.Fatal(err)
		}
		got, err := reader.Load(context.Background(), string(token))
		if !errors.Is(err, want) {
			t.Errorf("a payload of %d bytes: %v, want %v", size, err, want)
		}
		if got.By != "key "+old.ID() || !got.Accepted || !got.SavedAt.Equal(at) {
			t.Errorf("a payload of %d bytes was written by %q, accepted %v, at %v", size, got.By, got.Accepted, got.SavedAt)
		}
	}
}
