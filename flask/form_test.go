package flask_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/session"
)

// Werkzeug replaces bytes that are not UTF-8 with U+FFFD. Go leaves them in a form's values, and a
// session's JSON cannot contain them.
func TestFields_OfAFormWithInvalidUTF8(t *testing.T) {
	for sent, want := range map[string]int{
		"caf\xe9":                                http.StatusInternalServerError,
		strings.ToValidUTF8("caf\xe9", "\uFFFD"): http.StatusOK,
	} {
		r := newSite(t).request(http.MethodPost, "", func(_ http.ResponseWriter, r *http.Request) {
			username.Set(session.From(r), sent)
		})
		if r.StatusCode != want {
			t.Errorf("%q is answered %d, not %d", sent, r.StatusCode, want)
		}
	}
}
