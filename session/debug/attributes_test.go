package debug

import (
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/wafer-go/wafer/session/inspect"
)

func TestAttributesOf_SaysWhatBrowsersDoWithEach(t *testing.T) {
	for attributes, want := range map[string][]string{
		"Secure; HttpOnly; Path=/; SameSite=Lax":      {"note Secure", "good HttpOnly", "good SameSite=Lax", "good no Domain", "good Path=/"},
		"Secure; HttpOnly; Path=/; SameSite=Strict":   {"note Secure", "good HttpOnly", "good SameSite=Strict", "good no Domain", "good Path=/"},
		"Secure; HttpOnly; Path=/a; SameSite=None":    {"note Secure", "good HttpOnly", "bad SameSite=None", "good no Domain", "note Path=/a"},
		"HttpOnly; Path=/; SameSite=None":             {"bad no Secure", "good HttpOnly", "bad SameSite=None", "good no Domain", "good Path=/"},
		"Secure; Path=/; SameSite=News":               {"note Secure", "bad no HttpOnly", "note SameSite=News", "good no Domain", "good Path=/"},
		"Secure; HttpOnly; Path=/; Domain=localhost":  {"note Secure", "good HttpOnly", "note no SameSite", "note Domain=localhost", "good Path=/"},
		"Secure; HttpOnly; Path=/; Domain=wafer.test": {"note Secure", "good HttpOnly", "note no SameSite", "bad Domain=wafer.test", "good Path=/"},
	} {
		var got []string
		rows := attributesOf(httptest.NewRequest("GET", "http://localhost:8080/", nil), inspect.Inspection{Cookie: "s", Attributes: attributes})
		for _, row := range rows[1 : len(rows)-1] {
			got = append(got, row.Verdict+" "+row.Name)
		}
		if !slices.Equal(got, want) {
			t.Errorf("of %q it says %q, want %q", attributes, got, want)
		}
	}
	none := func(attributes string) string {
		return sameSiteOf(map[string]string{"SameSite": "None", attributes: ""}).Text
	}
	if none("Secure") == none("Path") || none("Path") != "Browsers reject the cookie, because it is not Secure." {
		t.Errorf("SameSite=None without Secure: %q", none("Path"))
	}
}
