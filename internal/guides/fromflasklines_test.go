package guides

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/internal/docprogram"
)

// The guide says how many lines of the Go half are for the extensions, and names them. No other
// line of its program mentions one, except imports, the parameters of addLogin, and pages.
func TestFromFlask_LinesForTheExtensions(t *testing.T) {
	page := strings.Join(strings.Fields(read(t, "../../docs/from-flask.md")), " ")
	program := ""
	for _, b := range docprogram.Read(t, "../../docs", "from-flask.md").Blocks {
		if b.File == "main.go" || b.File == "login.go" {
			program += b.Text
		}
	}
	ofPages := regexp.MustCompile(`^"github\.com/|^func addLogin|^addLogin|\bflasklogin\.(Required|FreshRequired|Next)\(|\bforms\.Funcs\(\)\).*loginPage|csrf_field`)
	for _, c := range []struct{ sentence, mentions string }{
		{"(five) are for Flask-Login", `\bflasklogin\.|\blogins\b|\.SignIn\(|\.SignOut\(`},
		{"(three) for Flask-WTF", `\bflaskwtf\.|\bforms\b`},
	} {
		found := regexp.MustCompile(c.sentence + ` \(([^)]*)\)`).FindStringSubmatch(page)
		if found == nil {
			t.Fatalf("the page does not say how many lines are for the extensions: %s", c.sentence)
		}
		said, names := map[string]int{"three": 3, "five": 5}[found[1]], regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(found[2], -1)
		if len(names) != said {
			t.Errorf("the page says %s lines and names %d", found[1], len(names))
		}
		var lines []string
		for line := range strings.Lines(program) {
			line = strings.TrimSpace(line)
			if regexp.MustCompile(c.mentions).MatchString(line) && !ofPages.MatchString(line) {
				lines = append(lines, line)
			}
		}
		if len(lines) != said {
			t.Errorf("the program has %d such lines, not %s:\n%s", len(lines), found[1], strings.Join(lines, "\n"))
		}
		for _, name := range names {
			if !strings.Contains(strings.Join(lines, "\n"), name[1]) {
				t.Errorf("no line has %s", name[1])
			}
		}
	}
}

// What Flask-Session needs is one function.
func TestFromFlaskSession_LinesForTheExtension(t *testing.T) {
	page := read(t, "../../docs/from-flask-session.md")
	body := regexp.MustCompile(`(?s)func redisHalf\([^\n]*\{\n(.*?)\n\}`).FindStringSubmatch(page)
	if body == nil {
		t.Fatal("the page has no redisHalf")
	}
	if n := len(strings.Split(body[1], "\n")); n != 5 || !strings.Contains(page, "These five lines are all that Flask-Session needs") {
		t.Errorf("redisHalf has %d lines", n)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
