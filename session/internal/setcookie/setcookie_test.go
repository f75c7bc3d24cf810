package setcookie

import (
	"net/http"
	"testing"
)

func TestCookieAttributes_AreInFlasksOrder(t *testing.T) {
	c := Cookie{Name: "s", Domain: ".example.com.:8080", Path: "/app", SameSite: http.SameSiteNoneMode, Partitioned: true, Insecure: true}
	if err := c.Normalize("Options.Cookie"); err != nil {
		t.Fatal(err)
	}
	before, after := c.Attributes()
	if want := "; Domain=example.com; Secure; HttpOnly; Path=/app; SameSite=None; Partitioned"; before+after != want {
		t.Errorf("attributes are %q, want %q", before+after, want)
	}
}
