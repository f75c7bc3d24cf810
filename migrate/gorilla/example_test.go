package gorilla_test

import (
	"encoding/hex"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/wafer-go/wafer/migrate/gorilla"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

// The cookie was made by gorilla/sessions, with the key of the example.
func ExampleCookies() {
	const username = session.Field[string]("username")
	hashKey, err := hex.DecodeString("0101010101010101010101010101010101010101010101010101010101010101")
	if err != nil {
		log.Fatal(err)
	}
	old := gorilla.Cookies([]gorilla.Keys{gorilla.NewKeys(hashKey, nil)}, nil)
	sessions, err := session.New(session.Migrate(session.Sealed(secret.New()), old), &session.Options{
		Cookie: session.Cookie{Name: "session-name"},
		Clock:  func() time.Time { return time.Unix(1795421300, 0) },
		Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		log.Fatal(err)
	}
	handler := sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, _ := username.Get(session.From(r))
		fmt.Println("Hello,", name)
	}))
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Cookie", "session-name="+cookie)
	handler.ServeHTTP(httptest.NewRecorder(), r)
	// Output: Hello, adä 😀
}

const cookie = "MTc5NTQyMTI4N3xEWDhFQVFMX2dBQUJFQUVRQUFBcl80QUFBUVp6ZEhKcGJtY01DZ0FJZFhObGNtNWhiV1VHYzNSeWFXNW5EQXNBQ1dGa3c2UWc4Si1ZZ0E9PXxeS5R4Yu4O9QmhoEyylzQZ_uQBrDcXVIC9uQ25mTqzbQ=="

// Values that JSON has not, and keys of another type, are converted.
func ExampleOptions() {
	type key int
	const userID key = 0
	options := &gorilla.Options{
		MaxAge:    7 * 24 * time.Hour, // as store.MaxAge(86400 * 7)
		FlashKeys: map[string]string{"error": "error"},
		Convert: func(key, value any) (string, any, bool) {
			switch key {
			case userID:
				return "user_id", value, true
			case "csrf_token":
				return "", nil, false // http.CrossOriginProtection takes its place
			}
			name, ok := key.(string)
			return name, value, ok
		},
	}
	name, value, keep := options.Convert(userID, 7)
	fmt.Println(name, value, keep)
	// Output: user_id 7 true
}
