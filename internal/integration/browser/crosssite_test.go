package browser

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
)

// attack logs in, has a page of another site send a form to action, and checks
// that nothing came of it.
func attack(t *testing.T, example, login, action, heading string) {
	t.Helper()
	url := start(t, example, "localhost")
	// 127.0.0.1 and localhost are one machine, and two sites.
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintf(w, `<!doctype html><form method="post" action="%s"><button>Win a prize</button></form>`, url+action)
	}))
	defer other.Close()
	b := newBrowser(t)
	b.visit(url + login)
	b.logIn("ada")
	b.visit(other.URL)
	if status := b.press("Win a prize"); status != http.StatusForbidden {
		t.Errorf("%s%s answers another site's form with %d", example, action, status)
	}
	b.visit(url)
	b.wantHeading(heading)
}

func TestAnotherSiteCannotLogOutOfTheLoginExample(t *testing.T) {
	t.Parallel()
	attack(t, "login", "/login", "/logout", "Hello, ada")
}

// Flask's cookie goes along with another site's form: only the front refuses it.
func TestAnotherSiteCannotLogOutOfTheGoHalf(t *testing.T) {
	t.Parallel()
	attack(t, "flask", "/go/", "/go/logout", "Hello, ada")
}

func TestAnotherSiteCannotLogOutOfThePythonHalf(t *testing.T) {
	t.Parallel()
	attack(t, "flask", "/py/", "/py/logout", "Hello, ada")
}
