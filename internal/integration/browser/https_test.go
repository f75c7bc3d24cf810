package browser

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/wafer-go/wafer/internal/docprogram"
	"github.com/wafer-go/wafer/internal/integration/programs"
)

// recipes are the blocks of docs/https.md, as they are typed.
func recipes(t *testing.T) (commands, lines []string) {
	t.Helper()
	page, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "https.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range regexp.MustCompile("(?ms)^```(sh|go)\n(.*?)^```$").FindAllStringSubmatch(string(page), -1) {
		if block[1] == "sh" {
			commands = append(commands, block[2])
		} else {
			lines = append(lines, block[2])
		}
	}
	if len(commands) != 4 || len(lines) != 3 {
		t.Fatalf("docs/https.md has %d commands and %d pieces of Go", len(commands), len(lines))
	}
	return commands, lines
}

// ownAddress is one of this machine's that is not a loopback address.
func ownAddress(t *testing.T) string {
	t.Helper()
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, addr := range addrs {
		if n, ok := addr.(*net.IPNet); ok && n.IP.To4() != nil && !n.IP.IsLoopback() {
			return n.IP.String()
		}
	}
	t.Fatal("this machine has no address in a network")
	return ""
}

// loginProgram is a folder with the program of getting-started's second step.
func loginProgram(t *testing.T) string {
	t.Helper()
	root := filepath.Join("..", "..", "..")
	page := docprogram.Read(t, root, "docs", "getting-started.md")
	main, login, lines := page.Next("go"), page.Next("go"), page.Next("go")
	at := strings.Index(main, "\tlog.Print(\"open ")
	module := docprogram.NewModule(t, root)
	module.Write("main.go", main[:at]+lines+main[at+strings.Index(main[at:], "}\n"):])
	module.Write("login.go", login)
	return module.Dir
}

func TestTheRecipesForHTTPSWork(t *testing.T) {
	t.Parallel()
	commands, lines := recipes(t)
	folder := loginProgram(t)
	own := ownAddress(t)
	home := t.TempDir()
	// As on a machine whose Chromium has run before; the system's own list needs root.
	env := append(os.Environ(), "HOME="+home, "CAROOT="+filepath.Join(home, "ca"), "TRUST_STORES=nss")
	sh := func(dir, script string) {
		t.Helper()
		cmd := exec.Command("sh", "-ec", script)
		cmd.Dir, cmd.Env = dir, env
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", script, err, out)
		}
	}
	sh(home, "mkdir -p .pki/nssdb && certutil -N --empty-password -d sql:.pki/nssdb")
	sh(home, commands[0])

	// serve follows the page up to Go lines, and returns the host and port to open.
	serve := func(t *testing.T, command, lines, listens, host string) string {
		t.Helper()
		dir := t.TempDir()
		sh(dir, strings.ReplaceAll(command, "192.168.1.5", own))
		program := programs.StartChanged(t, folder, dir, listens, func(source string) string {
			at := strings.Index(source, "\tprotection := ")
			end := at + strings.Index(source[at:], "}\n")
			return source[:at] + docprogram.ReplaceOnce(t, lines, `"`+listens+`:8443"`, docprogram.Address) + source[end:]
		})
		_, port, _ := net.SplitHostPort(program.Addr)
		return "https://" + net.JoinHostPort(host, port)
	}
	submit := func(b *browser) {
		b.t.Helper()
		get(b, chromedp.SendKeys(chromedp.CSS("input[name=username]"), "ada"))
		b.press("Sign in")
	}
	signIn := func(b *browser, url string) {
		b.t.Helper()
		submit(b)
		b.visit(url + "/login")
		if text := get(b, chromedp.Text(chromedp.CSS("body"))); !strings.Contains(text, "Hello, ada.") {
			b.t.Errorf("at %s the login is lost: %s", url, text)
		}
	}

	b := newBrowserWith(t, chromedp.Env("HOME="+home))
	url := serve(t, commands[1], lines[0], "localhost", "localhost")
	b.visit(url + "/login")
	signIn(b, url)

	url = serve(t, commands[3], lines[1], "", own)
	b.visit(url + "/login")
	signIn(b, url)

	// Nothing trusts openssl's certificate: the user goes on nonetheless.
	url = serve(t, commands[2], lines[0], "localhost", "localhost")
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if _, err := chromedp.RunResponse(ctx, chromedp.Navigate(url+"/login")); err == nil || !strings.Contains(err.Error(), "ERR_CERT") {
		t.Fatalf("Chromium opens %s without a warning: %v", url, err)
	}
	b = newBrowserWith(t, chromedp.IgnoreCertErrors)
	b.visit(url + "/login")
	signIn(b, url)

	// And without HTTPS the login is lost at the machine's own address, and kept at localhost.
	program := programs.StartChanged(t, folder, t.TempDir(), "", func(source string) string {
		return docprogram.ReplaceOnce(t, source, `"localhost:8080"`, docprogram.Address)
	})
	_, port, _ := net.SplitHostPort(program.Addr)
	for host, kept := range map[string]bool{own: false, "localhost": true, "app.localhost": true} {
		url := "http://" + net.JoinHostPort(host, port)
		b.visit(url + "/login")
		submit(b)
		if text := get(b, chromedp.Text(chromedp.CSS("body"))); strings.Contains(text, "Hello, ada.") != kept {
			t.Errorf("at %s the page is %s", url, text)
		}
	}
}
