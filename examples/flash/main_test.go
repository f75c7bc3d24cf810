package main

import (
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/secret"
)

// A browser is a visitor with a cookie jar.
type browser struct {
	t *testing.T
	*http.Client
	url string
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	handler, err := newHandler(secret.New())
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewTLSServer(handler)
	t.Cleanup(server.Close)
	client := server.Client()
	client.Jar, _ = cookiejar.New(nil)
	return &browser{t, client, server.URL}
}

// send returns the page that a request ends at, or its JSON.
func (b *browser) send(method, path string, form url.Values, header ...string) string {
	b.t.Helper()
	r, err := http.NewRequest(method, b.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := b.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		b.t.Fatalf("%s %s answers %d, %v", method, path, res.StatusCode, err)
	}
	return string(body)
}

// leave sends a form and does not follow the redirect, so its message waits.
func (b *browser) leave(path string) {
	b.t.Helper()
	follow := b.CheckRedirect
	defer func() { b.CheckRedirect = follow }()
	b.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	res, err := b.PostForm(b.url+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	_ = res.Body.Close()
}

// messages are those of a page, with their categories.
func messages(page string) []string {
	var found []string
	for _, m := range regexp.MustCompile(`<div class="flash (\w+)"><strong>\w+</strong>\s+<div>(?:<b>([^<]*)</b>)?<span>([^<]*)</span>`).FindAllStringSubmatch(page, -1) {
		if m[2] != "" {
			m[2] += ": "
		}
		found = append(found, m[1]+": "+html.UnescapeString(m[2]+m[3]))
	}
	return found
}

// once checks the messages of a page, and that the next one has none.
func (b *browser) once(page string, want ...string) {
	b.t.Helper()
	if got := messages(page); !slices.Equal(got, want) {
		b.t.Errorf("the messages are %q, want %q", got, want)
	}
	if next := b.send("GET", "/", nil); messages(next) != nil || strings.Contains(next, "name-error") {
		b.t.Errorf("the next page still has %q", messages(next))
	}
}

func TestEachCategoryHasItsClassAndErrorsAnAlert(t *testing.T) {
	b := newBrowser(t)
	page := b.send("POST", "/categories", nil)
	b.once(page, "message: You have been here before", "success: Your changes are saved", "info: A new version is ready",
		"warning: Your plan ends in three days", "error: The card was declined")
	if alerts := page[strings.Index(page, `role="alert"`):]; !slices.Equal(messages(alerts), []string{"error: The card was declined"}) {
		t.Errorf("alerted are %q", messages(alerts))
	}
}

func TestATitleAndAnUndoButtonComeWithTheMessage(t *testing.T) {
	b := newBrowser(t)
	page := b.send("POST", "/delete", nil)
	undo := regexp.MustCompile(`<form method="post" action="([^"]*)"><button>Undo</button>`).FindStringSubmatch(page)
	if undo == nil || !strings.Contains(page, "Your list is empty") {
		t.Fatalf("the page is %s", page)
	}
	b.once(page, "success: Note deleted: “Buy flour” is not in your list anymore.")
	page = b.send("POST", undo[1], nil)
	if !strings.Contains(page, "Your list: buy flour") {
		t.Errorf("the page is %s", page)
	}
	b.once(page, "info: Your note is back")
}

func TestAnErrorIsAtItsFieldWithWhatWasTypedAndNowhereElse(t *testing.T) {
	b := newBrowser(t)
	page := b.send("POST", "/name", url.Values{"name": {` "ada99" `}})
	if !strings.Contains(page, `value="&#34;ada99&#34;" aria-invalid="true" aria-describedby="name-error"`) || !strings.Contains(page, `<p id="name-error" class="wrong">Give a name without digits </p>`) {
		t.Errorf("the page is %s", page)
	}
	b.once(page)
	if next := b.send("GET", "/", nil); strings.Contains(next, "ada99") {
		t.Error("what was typed is on the next page too")
	}
}

func TestWhatAVisitorTypedIsEscaped(t *testing.T) {
	b := newBrowser(t)
	page := b.send("POST", "/name", url.Values{"name": {"<b>ada</b>"}})
	if strings.Contains(page, "<b>") {
		t.Error("the name is HTML")
	}
	b.once(page, "success: Your name is now <b>ada</b>")
}

func TestAMessageOfNowIsInThisResponseAlone(t *testing.T) {
	b := newBrowser(t)
	b.once(b.send("POST", "/now", nil), "info: This is in this response only")
}

func TestKeptMessagesReachTheNextPage(t *testing.T) {
	b := newBrowser(t)
	b.once(b.send("POST", "/keep", nil), "info: This was read on the way, and kept")
}

func TestKeptMessagesAreOfEveryCategory(t *testing.T) {
	b := newBrowser(t)
	b.leave("/categories")
	b.once(b.send("POST", "/keep", nil), "message: You have been here before", "success: Your changes are saved", "info: A new version is ready",
		"warning: Your plan ends in three days", "info: This was read on the way, and kept", "error: The card was declined")
}

func TestADiscardedMessageIsNotShownAndOthersAre(t *testing.T) {
	b := newBrowser(t)
	b.once(b.send("POST", "/discard", nil), "success: You are logged in")
}

func TestAPageWithAnETagIsSentInFullWhileAMessageWaits(t *testing.T) {
	b := newBrowser(t)
	get := func(tag string) *http.Response {
		r, _ := http.NewRequest("GET", b.url+"/article", nil)
		r.Header.Set("If-None-Match", tag)
		res, err := b.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		return res
	}
	tag := get("").Header.Get("Etag")
	if status := get(tag).StatusCode; tag == "" || status != http.StatusNotModified {
		t.Errorf("with the tag %s it is answered %d", tag, status)
	}
	b.once(b.send("POST", "/article", nil, "If-None-Match", tag), "success: You will hear of new articles")
}

// A page with messages that says no-cache is shown again, messages included, by the Back button.
func TestAPageWithAnETagIsNotKeptIfItShowsAMessage(t *testing.T) {
	b := newBrowser(t)
	res, err := b.PostForm(b.url+"/article", nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if got := res.Header.Get("Cache-Control"); got != "no-store" || res.Header.Get("Etag") != "" {
		t.Errorf("with a message the article has %v", res.Header)
	}
}

func TestAChainOfRedirectsLosesNoMessageAndNoOrder(t *testing.T) {
	b := newBrowser(t)
	b.once(b.send("POST", "/chain", nil), "success: First, the order is placed", "info: Second, the stock is checked", "info: Third, the receipt is sent")
}

func TestAFragmentHasTheMessagesAloneAndSaysWhereTheyGo(t *testing.T) {
	b := newBrowser(t)
	fragment := b.send("POST", "/fragment", nil, "HX-Request", "true")
	if strings.Contains(fragment, "<html") || !strings.Contains(fragment, `<div id="news" role="status" hx-swap-oob="beforeend">`) {
		t.Errorf("the fragment is %s", fragment)
	}
	b.once(fragment, "success: Saved, without a new page")
}

func TestAFragmentIsARedirectWithoutHTMX(t *testing.T) {
	b := newBrowser(t)
	b.once(b.send("POST", "/fragment", nil), "success: Saved, without a new page")
}

func TestTheAPIAnswersWithTheMessagesThatWaitAndItsOwn(t *testing.T) {
	b := newBrowser(t)
	b.leave("/chain")
	got := b.send("POST", "/api/save", nil)
	want := `{"messages":[{"category":"success","text":"First, the order is placed"},{"category":"success","text":"Saved over JSON"}],"saved":true}` + "\n"
	if got != want {
		t.Errorf("the answer is %s, want %s", got, want)
	}
	b.once(b.send("GET", "/", nil))
}

func TestAnAPIThatRefusesAnswersWithItsError(t *testing.T) {
	b := newBrowser(t)
	res, err := b.PostForm(b.url+"/api/add", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, _ := io.ReadAll(res.Body)
	want := `{"messages":[{"category":"error","text":"Your list is full"}],"saved":false}` + "\n"
	if res.StatusCode != http.StatusUnprocessableEntity || string(body) != want {
		t.Errorf("answered %d: %s, want %s", res.StatusCode, body, want)
	}
	b.once(b.send("GET", "/", nil))
}

func TestOtherSitesCannotFlash(t *testing.T) {
	b := newBrowser(t)
	r, _ := http.NewRequest("POST", b.url+"/categories", nil)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	res, err := b.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusForbidden {
		t.Errorf("answered %d", res.StatusCode)
	}
}

func TestTheGuidesTemplatesAndScriptAreThisPages(t *testing.T) {
	guide, err := os.ReadFile("../../docs/flashes.md")
	if err != nil {
		t.Fatal(err)
	}
	for language, file := range map[string]string{"html": "page.html", "js": "script.js"} {
		text, err := files.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		blocks := regexp.MustCompile("(?s)```"+language+"\n(.*?)```").FindAllStringSubmatch(string(guide), -1)
		if len(blocks) == 0 {
			t.Errorf("the guide has no %s", language)
		}
		for _, block := range blocks {
			if !strings.Contains(string(text), block[1]) {
				t.Errorf("%s does not have\n%s", file, block[1])
			}
		}
	}
}
