package flask_test

import (
	"context"
	"html/template"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/session"
)

// texts are a request's messages as "category: text".
func texts(messages []session.Message) []string {
	list := []string{}
	for _, m := range messages {
		list = append(list, m.Category+": "+m.Text)
	}
	return list
}

func wantMessages(t *testing.T, got []session.Message, want ...string) {
	t.Helper()
	if list := texts(got); !reflect.DeepEqual(list, append([]string{}, want...)) {
		t.Errorf("messages %q, want %q", list, want)
	}
}

// left is a cookie with two messages that earlier requests left.
func left() string {
	return token(`{"_flashes":[{" t":["message","one"]},{" t":["error","two"]}],"username":"alice"}`, now)
}

func TestFlaskLine26_MessagesAreKeptAsTuplesOldestFirst(t *testing.T) {
	r := newSite(t).visit("", func(s *session.Session) {
		s.Flash("one")
		s.FlashAs("error", "two")
	})
	if got, want := payloadOf(t, r), `{"_flashes":[{" t":["message","one"]},{" t":["error","two"]}]}`; got != want {
		t.Errorf("the cookie has %s, want %s", got, want)
	}
}

func TestFlaskLine27_MessagesAddUpAndDuplicatesAreKept(t *testing.T) {
	site := newSite(t)
	cookie := left()
	for range 2 {
		cookie = cookieOf(t, site.visit(cookie, func(s *session.Session) { s.FlashAs("error", "two") }))
	}
	site.visit(cookie, func(s *session.Session) {
		wantMessages(t, s.Flashes(), "message: one", "error: two", "error: two", "error: two")
	})
}

func TestFlaskLine28_FirstReadTakesAllAndMarksModified(t *testing.T) {
	r := newSite(t).visit(left(), func(s *session.Session) {
		s.Flashes()
		if s.Has("_flashes") || !s.Modified() {
			t.Errorf("_flashes there: %v, modified: %v", s.Has("_flashes"), s.Modified())
		}
	})
	wantCookie(t, r, "session="+alice+"; HttpOnly; Path=/")
}

func TestFlaskLine28_ReadWithoutMessagesChangesNothing(t *testing.T) {
	r := newSite(t).visit(alice, func(s *session.Session) { wantMessages(t, s.Flashes()) })
	wantCookie(t, r, "")
}

func TestFlaskLine28_ReadInAPageThatIsBeingWrittenTakesThem(t *testing.T) {
	page := template.Must(template.New("").Funcs(session.Funcs).Parse(
		strings.Repeat("<p>text</p>", 200) + `{{range flashes .}}<li>{{.Text}}</li>{{end}}`))
	r := newSite(t).request(http.MethodGet, left(), func(w http.ResponseWriter, r *http.Request) {
		if err := page.Execute(w, session.From(r)); err != nil {
			t.Error(err)
		}
	})
	wantCookie(t, r, "session="+alice+"; HttpOnly; Path=/")
}

func TestFlaskLine29_SecondReadGivesTheSame(t *testing.T) {
	newSite(t).visit(left(), func(s *session.Session) {
		s.Flashes()
		wantMessages(t, s.Flashes(), "message: one", "error: two")
	})
}

// flash("a"); get_flashed_messages(); flash("b"); get_flashed_messages()
func TestFlaskLine29_FirstReadDividesThisRequestFromTheNext(t *testing.T) {
	r := newSite(t).visit(alice, func(s *session.Session) {
		s.Flash("a")
		wantMessages(t, s.Flashes(), "message: a")
		s.Flash("b")
		wantMessages(t, s.Flashes(), "message: a")
	})
	wantCookie(t, r, "session=eyJfZmxhc2hlcyI6W3siIHQiOlsibWVzc2FnZSIsImIiXX1dLCJ1c2VybmFtZSI6ImFsaWNlIn0.ZVPxAA.yTPz0MSqY8E61zoXTQNSPOcR6h0; HttpOnly; Path=/")
}

func TestFlaskLine30_FilterChoosesWhileAllAreTaken(t *testing.T) {
	r := newSite(t).visit(left(), func(s *session.Session) {
		wantMessages(t, s.Flashes("error", "info"), "error: two")
		wantMessages(t, s.Flashes("message"), "message: one")
		wantMessages(t, s.Flashes(), "message: one", "error: two")
	})
	wantCookie(t, r, "session="+alice+"; HttpOnly; Path=/")
}

func TestFlaskLine30_FilterMatchesWholeNames(t *testing.T) {
	newSite(t).visit(left(), func(s *session.Session) {
		wantMessages(t, s.Flashes("err", "errors", "ERROR", ""))
	})
}

func TestFlaskLine31_MessagesCarryCategoryAndText(t *testing.T) {
	newSite(t).visit(left(), func(s *session.Session) {
		want := []session.Message{{Category: "message", Text: "one"}, {Category: "error", Text: "two"}}
		if got := s.Flashes(); !reflect.DeepEqual(got, want) {
			t.Errorf("messages %+v, want %+v", got, want)
		}
	})
}

func TestFlaskLine32_ClearBeforeTheFirstReadDropsThem(t *testing.T) {
	r := newSite(t).visit(left(), func(s *session.Session) {
		s.Clear()
		wantMessages(t, s.Flashes())
	})
	wantCookie(t, r, deletion)
}

func TestFlaskLine32_ClearAfterTheFirstReadLeavesTheCache(t *testing.T) {
	newSite(t).visit(left(), func(s *session.Session) {
		s.Flashes()
		s.Clear()
		wantMessages(t, s.Flashes(), "message: one", "error: two")
	})
}

func TestFlaskLine33_HeadRequestOnlyPeeks(t *testing.T) {
	r := newSite(t).request(http.MethodHead, left(), func(_ http.ResponseWriter, r *http.Request) {
		wantMessages(t, session.From(r).Flashes(), "message: one", "error: two")
	})
	wantCookie(t, r, "")
}

func TestFlaskLine34_OnFlashIsCalledOnceAMessage(t *testing.T) {
	site := newSite(t)
	site.visit("", func(s *session.Session) {
		s.Flash("one")
		wantMessages(t, site.flashed, "message: one")
		s.FlashAs("error", "two")
	})
	wantMessages(t, site.flashed, "message: one", "error: two")
}

func TestFlaskLine34_MessageIsStoredWhenOnFlashIsCalled(t *testing.T) {
	var there bool
	site := newSite(t, func(o *session.Options) {
		o.OnFlash = func(ctx context.Context, _ session.Message) { there = session.FromContext(ctx).Has("_flashes") }
	})
	site.visit("", func(s *session.Session) { s.Flash("one") })
	if !there {
		t.Error("OnFlash came before the message was in the session")
	}
}

func TestFlaskLine35_MarkupSurvivesAndIsNotEscapedAgain(t *testing.T) {
	site := newSite(t)
	r := site.visit("", func(s *session.Session) {
		s.FlashHTML("message", "<b>bold</b>")
		s.Flash("<i>plain</i>")
	})
	if got, want := payloadOf(t, r), `{"_flashes":[{" t":["message",{" m":"<b>bold</b>"}]},{" t":["message","<i>plain</i>"]}]}`; got != want {
		t.Errorf("the cookie has %s, want %s", got, want)
	}
	page := template.Must(template.New("").Funcs(session.Funcs).Parse(`{{range flashes .}}[{{.Text}}]{{end}}`))
	site.visit(cookieOf(t, r), func(s *session.Session) {
		var b strings.Builder
		if err := page.Execute(&b, s); err != nil {
			t.Fatal(err)
		}
		if got, want := b.String(), `[<b>bold</b>][&lt;i&gt;plain&lt;/i&gt;]`; got != want {
			t.Errorf("the page has %s, want %s", got, want)
		}
	})
}

func TestFlaskLine35_PlainArrayIsTakenForATuple(t *testing.T) {
	newSite(t).visit(token(`{"_flashes":[["error","two"],["message",{" m":"<b>"}]]}`, now), func(s *session.Session) {
		want := []session.Message{{Category: "error", Text: "two"}, {Category: "message", Text: "<b>", Markup: true}}
		if got := s.Flashes(); !reflect.DeepEqual(got, want) {
			t.Errorf("messages %+v, want %+v", got, want)
		}
	})
}

func TestMessageThatIsNoTextIsShownAsTheWordsInIt(t *testing.T) {
	newSite(t).visit(token(`{"_flashes":[{" t":["message",123]},{" t":["message",1.0]},{" t":[null,{"a":["words",true]}]},"bare",7]}`, now), func(s *session.Session) {
		wantMessages(t, s.Flashes(), "message: 123", "message: 1.0", "message: words", "message: bare", "message: 7")
	})
}
