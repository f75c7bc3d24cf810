package session_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/session"
)

// texts returns the messages as category:text.
func texts(messages []session.Message) string {
	var all []string
	for _, m := range messages {
		all = append(all, m.Category+":"+m.Text)
	}
	return strings.Join(all, " ")
}

func wantFlashes(t *testing.T, s *session.Session, want string, categories ...string) {
	t.Helper()
	if got := texts(s.Flashes(categories...)); got != want {
		t.Errorf("flashes are %q, want %q", got, want)
	}
}

func TestAFlashIsShownInTheNextRequestAndOnlyThere(t *testing.T) {
	v := newVisitor(t, session.Options{})
	v.with(func(s *session.Session) { s.Flash("one"); s.FlashAs("error", "two") })
	v.with(func(s *session.Session) { wantFlashes(t, s, "message:one error:two") })
	v.with(func(s *session.Session) { wantFlashes(t, s, "") })
}

func TestUnreadFlashesAddUp(t *testing.T) {
	v := newVisitor(t, session.Options{})
	for range 3 {
		v.with(func(s *session.Session) { s.Flash("again") })
	}
	v.with(func(s *session.Session) { wantFlashes(t, s, "message:again message:again message:again") })
}

func TestReadingAgainInOneRequestGivesTheSame(t *testing.T) {
	v := newVisitor(t, session.Options{})
	v.with(func(s *session.Session) { s.Flash("before") })
	v.with(func(s *session.Session) {
		s.Flash("same request, before the read")
		wantFlashes(t, s, "message:before message:same request, before the read")
		s.Flash("after")
		wantFlashes(t, s, "message:before message:same request, before the read")
	})
	v.with(func(s *session.Session) { wantFlashes(t, s, "message:after") })
}

func TestACategoryFilterTakesAll(t *testing.T) {
	v := newVisitor(t, session.Options{})
	v.with(func(s *session.Session) { s.FlashAs("a", "1"); s.FlashAs("b", "2"); s.FlashAs("ab", "3") })
	v.with(func(s *session.Session) {
		wantFlashes(t, s, "a:1", "a")
		wantFlashes(t, s, "a:1 b:2", "a", "b")
	})
	v.with(func(s *session.Session) { wantFlashes(t, s, "") })
}

func TestNoFlashesReadIsNoChange(t *testing.T) {
	v := newVisitor(t, session.Options{})
	v.with(func(s *session.Session) {
		if s.Flashes(); s.Modified() {
			t.Error("reading no flashes changed the session")
		}
	})
}

func TestClearDropsUnreadFlashesAndKeepsReadOnes(t *testing.T) {
	v := newVisitor(t, session.Options{})
	v.with(func(s *session.Session) { s.Flash("one") })
	v.with(func(s *session.Session) {
		wantFlashes(t, s, "message:one")
		s.Clear()
		wantFlashes(t, s, "message:one")
	})
	v.with(func(s *session.Session) { s.Flash("two") })
	v.with(func(s *session.Session) { s.Clear(); wantFlashes(t, s, "") })
}

func TestHeadOnlyPeeks(t *testing.T) {
	v := newVisitor(t, session.Options{})
	v.with(func(s *session.Session) { s.Flash("one") })
	v.method("HEAD", func(_ http.ResponseWriter, _ *http.Request, s *session.Session) {
		wantFlashes(t, s, "message:one")
		if s.KeepFlashes(); s.Modified() {
			t.Error("a HEAD request changed the session")
		}
	})
	v.with(func(s *session.Session) { wantFlashes(t, s, "message:one") })
}

func TestKeptFlashesAreThereAgain(t *testing.T) {
	v := newVisitor(t, session.Options{})
	v.with(func(s *session.Session) { s.Flash("one"); s.FlashAs("info", "two") })
	v.with(func(s *session.Session) {
		wantFlashes(t, s, "message:one info:two")
		s.Flash("three")
		s.KeepFlashes()
		s.KeepFlashes()
	})
	v.with(func(s *session.Session) {
		s.KeepFlashes() // before the read
		wantFlashes(t, s, "message:one info:two message:three")
	})
	v.with(func(s *session.Session) { wantFlashes(t, s, "message:one info:two message:three") })
	v.with(func(s *session.Session) { wantFlashes(t, s, "") })
}

func TestFlashNowIsForThisRequestOnly(t *testing.T) {
	v := newVisitor(t, session.Options{})
	v.with(func(s *session.Session) { s.Flash("kept") })
	v.with(func(s *session.Session) {
		s.FlashNow("error", "now")
		wantFlashes(t, s, "message:kept error:now")
		s.FlashNow("error", "later")
		wantFlashes(t, s, "error:now error:later", "error")
	})
	v.with(func(s *session.Session) { wantFlashes(t, s, "") })
}

func TestOnFlashIsToldOfEachMessageOnceItIsKept(t *testing.T) {
	var told []session.Message
	v := newVisitor(t, session.Options{OnFlash: func(ctx context.Context, m session.Message) {
		if !session.FromContext(ctx).Has("_flashes") {
			t.Error("OnFlash was called before the message was kept")
		}
		told = append(told, m)
	}})
	v.with(func(s *session.Session) { s.Flash("one"); s.FlashHTML("info", "<b>") })
	v.with(func(s *session.Session) { s.Flashes() })
	want := []session.Message{{Category: "message", Text: "one"}, {Category: "info", Text: "<b>", Markup: true}}
	if !reflect.DeepEqual(told, want) {
		t.Errorf("OnFlash was told of %+v, want %+v", told, want)
	}
}

func TestATemplateEscapesAllButMarkup(t *testing.T) {
	page := template.Must(template.New("").Funcs(session.Funcs).Parse(
		`{{range flashes .}}[{{.Category}} {{.Text}}{{with .Data}} {{.id}}{{end}}]{{end}} {{value . "username"}} {{value . "missing"}}{{range flashes . "x"}}x{{end}}`))
	v := newVisitor(t, session.Options{})
	v.with(func(s *session.Session) {
		s.Flash("<i>")
		s.FlashHTML("info", "<b>bold</b>")
		s.FlashMessage(session.Message{Text: "moved", Data: json.RawMessage(`{"id": 7}`)})
		username.Set(s, "<ada>")
	})
	v.with(func(s *session.Session) {
		var b bytes.Buffer
		if err := page.Execute(&b, s); err != nil {
			t.Fatal(err)
		}
		if want := "[message &lt;i&gt;][info <b>bold</b>][message moved 7] &lt;ada&gt; "; b.String() != want {
			t.Errorf("the page is %q, want %q", b.String(), want)
		}
	})
}

func TestFlashesReadInTheMiddleOfAPageAreCleared(t *testing.T) {
	v := newVisitor(t, session.Options{})
	v.with(func(s *session.Session) { s.Flash("one") })
	show := func() string {
		res := v.do(func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
			fmt.Fprint(w, strings.Repeat("<p>", 5000))
			fmt.Fprint(w, texts(s.Flashes()))
		})
		var b bytes.Buffer
		_, _ = b.ReadFrom(res.Body)
		return strings.TrimLeft(b.String(), "<p>")
	}
	if got := show(); got != "message:one" {
		t.Errorf("the page ends with %q", got)
	}
	if got := show(); got != "" {
		t.Errorf("the next page ends with %q", got)
	}
}

func TestAChangeAfterTheHeaderHasLeftIsReported(t *testing.T) {
	for what, change := range map[string]func(s *session.Session){
		"set username":    func(s *session.Session) { username.Set(s, "ada") },
		"update visits":   func(s *session.Session) { visits.Update(s, func(n int) int { return n + 1 }) },
		"pop key":         func(s *session.Session) { session.Field[string]("key").Pop(s) },
		"delete key":      func(s *session.Session) { s.Delete("key") },
		"clear":           (*session.Session).Clear,
		"destroy":         (*session.Session).Destroy,
		"renew":           (*session.Session).Renew,
		"flash":           func(s *session.Session) { s.Flash("late") },
		"take flashes":    func(s *session.Session) { s.Flashes() },
		"set _permanent":  func(s *session.Session) { s.SetPermanent(true) },
		"delete _flashes": func(s *session.Session) { s.Delete("_flashes") },
	} {
		var got []error
		v := newVisitor(t, session.Options{ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			got = append(got, err)
			http.Error(w, "this goes nowhere", 500)
		}})
		v.with(func(s *session.Session) { s.Set("key", "value"); s.Flash("one") })
		res := v.do(func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
			_ = http.NewResponseController(w).Flush()
			change(s)
		})
		if len(got) == 0 || !errors.Is(got[0], session.ErrTooLate) || !strings.Contains(got[0].Error(), "("+what+" at ") || !strings.Contains(got[0].Error(), "flash_test.go:") {
			t.Errorf("%s: reported %v", what, got)
		}
		if !strings.Contains(v.log.String(), "changed after the response header was sent") || !strings.Contains(v.log.String(), "flash_test.go:") {
			t.Errorf("%s: the log does not tell: %s", what, v.log)
		}
		var b bytes.Buffer
		if _, _ = b.ReadFrom(res.Body); res.StatusCode != 200 || b.Len() != 0 {
			t.Errorf("%s: the visitor sees %d %q", what, res.StatusCode, b.String())
		}
	}
}

func TestReadingAfterTheHeaderHasLeftIsFine(t *testing.T) {
	v := newVisitor(t, session.Options{})
	v.with(func(s *session.Session) { username.Set(s, "ada") })
	v.do(func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
		_ = http.NewResponseController(w).Flush()
		if name, _ := username.Get(s); name != "ada" {
			t.Errorf("username is %q", name)
		}
	})
	if strings.Contains(v.log.String(), "ERROR") {
		t.Errorf("the log complains: %s", v.log)
	}
}

func TestAPageThatTookMessagesIsNotCached(t *testing.T) {
	onEachStore(t, session.Options{}, func(t *testing.T, v *visitor, _ *fakeStore) {
		v.with(func(s *session.Session) {
			username.Set(s, "ada") // so that there is a session, and no new cookie, after
			s.Flash("hello")
		})
		res := v.with(func(s *session.Session) { s.Flashes() })
		if len(res.Cookies()) != 0 || res.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("the header is %v", res.Header)
		}
		if res := v.with(func(s *session.Session) { s.Len() }); res.Header.Get("Cache-Control") != "" {
			t.Errorf("a page that only read has the header %v", res.Header)
		}
		res = v.do(func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
			s.Flash("hello")
			w.Header().Set("Cache-Control", "private, max-age=60")
		})
		if got := res.Header.Get("Cache-Control"); got != "private, max-age=60" {
			t.Errorf("what the program says becomes %q", got)
		}
	})
}

func TestMessagesOfAPageThatCouldNotBeKeptWaitForTheNext(t *testing.T) {
	v := newVisitor(t, session.Options{})
	v.with(func(s *session.Session) { s.Flash("hello") })
	res := v.with(func(s *session.Session) {
		s.Flashes()
		s.Set("bad", func() {})
	})
	if res.StatusCode != http.StatusInternalServerError {
		t.Errorf("answered %d", res.StatusCode)
	}
	v.with(func(s *session.Session) {
		if got := s.Flashes(); len(got) != 1 {
			t.Errorf("the next page has %v", got)
		}
	})
}

func TestAMessageAfterDestroyBeginsASessionOfItsOwn(t *testing.T) {
	v := newVisitor(t, session.Options{})
	v.with(func(s *session.Session) {
		username.Set(s, "ada")
		s.Flash("never shown")
	})
	v.with(func(s *session.Session) {
		s.Destroy()
		s.Flash("You were logged out")
	})
	v.with(func(s *session.Session) {
		if got := s.Flashes(); len(got) != 1 || got[0].Text != "You were logged out" || s.Has("username") {
			t.Errorf("the messages are %v, the keys %v", got, s.Keys())
		}
	})
}
