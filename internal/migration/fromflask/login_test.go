package fromflask

import (
	"net/http"
	"slices"
	"testing"

	"github.com/wafer-go/wafer/internal/migration/visitor"
	"github.com/wafer-go/wafer/session"
)

func TestFlaskLoginsKeysAreSetAndDeleted(t *testing.T) {
	v := visitor.New(t)
	var keys []string
	does := func(do func(s *session.Session)) {
		t.Helper()
		v.Serve(newBeside(t).Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			do(session.From(r))
			keys = session.From(r).Keys()
		})))
		v.Get("/")
	}
	does(func(s *session.Session) {
		s.Set("_id", "of somebody else")
		signIn(s, "42")
	})
	if want := []string{"_fresh", "_user_id"}; !slices.Equal(keys, want) {
		t.Errorf("signed in, the keys are %q", keys)
	}
	does(signOut)
	if len(keys) != 0 {
		t.Errorf("signed out, the keys are %q", keys)
	}
}
