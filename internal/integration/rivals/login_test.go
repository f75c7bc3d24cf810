package rivals

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/internal/integration/programs"
)

// logins are the programs of docs/comparison.md, by their folders in login, with the names through
// which each calls its session library.
var logins = map[string][]string{
	"wafer":   {"secret", "session", "sessions", "s"},
	"scs":     {"scs", "sessions"},
	"gorilla": {"sessions", "store", "s"},
}

func source(t *testing.T, library string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("login", library, "main.go"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// serveLogin runs a program behind TLS.
func serveLogin(t *testing.T, library string) *httptest.Server {
	t.Helper()
	program := programs.Start(t, filepath.Join("login", library))
	proxy := httptest.NewTLSServer(httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: program.Addr}))
	t.Cleanup(proxy.Close)
	return proxy
}

func TestEachLoginOfTheComparisonWorks(t *testing.T) {
	for library := range logins {
		t.Run(library, func(t *testing.T) {
			server := serveLogin(t, library)
			client := server.Client()
			client.Jar, _ = cookiejar.New(nil)
			visit := func(path string, form url.Values) (page, caching string) {
				t.Helper()
				send := func() (*http.Response, error) { return client.Get(server.URL + path) }
				if form != nil {
					send = func() (*http.Response, error) { return client.PostForm(server.URL+path, form) }
				}
				res, err := send()
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = res.Body.Close() }()
				text, err := io.ReadAll(res.Body)
				if err != nil || res.StatusCode != 200 {
					t.Fatalf("%s answers %d %s: %v", path, res.StatusCode, text, err)
				}
				return string(text), res.Header.Get("Cache-Control")
			}
			if page, _ := visit("/login", url.Values{"name": {"ada"}}); !strings.Contains(page, "You are signed in") || !strings.Contains(page, "Hello, ada") {
				t.Errorf("after the sign-in: %s", page)
			}
			page, caching := visit("/", nil)
			if strings.Contains(page, "You are signed in") || !strings.Contains(page, "Hello, ada") {
				t.Errorf("after a reload: %s", page)
			}
			if caching != "no-store" {
				t.Errorf("the page of a user is sent with Cache-Control %q, so the back button shows it after the sign-out", caching)
			}
			if page, _ := visit("/logout", url.Values{}); strings.Contains(page, "ada") || !strings.Contains(page, "Sign in") {
				t.Errorf("after the sign-out: %s", page)
			}
		})
	}
}

// templateCalls are the calls of the session library that a template makes.
var templateCalls = regexp.MustCompile(`flashes \.|\.Owner\b`)

// count returns the lines of code of a part of a program, without blank lines and comments, and its
// uses of the session library: calls, and assignments to its settings and values.
func count(t *testing.T, library, part string) (lines, uses int) {
	t.Helper()
	for line := range strings.Lines(part) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "//") {
			lines++
		}
	}
	if !strings.HasPrefix(part, "package ") {
		part = "package main\n\nfunc _() {\n" + part + "}\n"
	}
	file, err := parser.ParseFile(token.NewFileSet(), "main.go", part, 0)
	if err != nil {
		t.Fatal(err)
	}
	use := func(e ast.Expr) {
		if slices.Contains(logins[library], root(e)) {
			uses++
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.CallExpr:
			use(x.Fun)
		case *ast.AssignStmt:
			if x.Tok == token.ASSIGN {
				use(x.Lhs[0])
			}
		}
		return true
	})
	return lines, uses + len(templateCalls.FindAllString(part, -1))
}

// root returns the first name of an expression, such as session of session.From(r).SignOut.
func root(e ast.Expr) string {
	for {
		switch x := e.(type) {
		case *ast.SelectorExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.CallExpr:
			e = x.Fun
		case *ast.Ident:
			return x.Name
		default:
			return ""
		}
	}
}

func TestTheComparisonCountsRight(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "comparison.md"))
	if err != nil {
		t.Fatal(err)
	}
	for library := range logins {
		text := source(t, library)
		signIn := regexp.MustCompile(`(?ms)^\thttp\.HandleFunc\("POST /login.*?^\t\}\)\n`).FindString(text)
		if !strings.Contains(string(page), "```go\n"+signIn+"```\n") {
			t.Errorf("docs/comparison.md does not show the sign-in of %s", library)
		}
		lines, uses := count(t, library, text)
		handlerLines, handlerUses := count(t, library, signIn)
		row := fmt.Sprintf("](../internal/integration/rivals/login/%s/main.go) | %d | %d | %d | %d |", library, lines, uses, handlerLines, handlerUses)
		if !strings.Contains(string(page), row) {
			t.Errorf("docs/comparison.md has no row with %q", row)
		}
	}
}

func TestTheREADMEShowsTheProgramOfTheComparison(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(page), "```go\n"+source(t, "wafer")+"```\n") {
		t.Error("README.md shows another program than login/wafer/main.go")
	}
}
