package session_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

// What docs/flashes.md warns of: responses that no visitor sees count as shown.
func TestFlashes_ReadInARedirectOrAnErrorPageAreGone(t *testing.T) {
	for what, handler := range map[string]func(w http.ResponseWriter, s *session.Session){
		"a redirect": func(w http.ResponseWriter, s *session.Session) {
			s.Flashes()
			w.Header().Set("Location", "/next")
			w.WriteHeader(http.StatusSeeOther)
		},
		"an error page": func(w http.ResponseWriter, s *session.Session) {
			s.Flashes()
			http.Error(w, "broken", http.StatusInternalServerError)
		},
		"a page that shows another category": func(_ http.ResponseWriter, s *session.Session) { s.Flashes("error") },
	} {
		t.Run(what, func(t *testing.T) {
			onEachBackend(t, session.Options{}, func(t *testing.T, v *visitor) {
				v.with(func(s *session.Session) { s.Flash("one"); s.Set("kept", 1) })
				v.request("GET", nil, handler)
				v.with(func(s *session.Session) { wantFlashes(t, s, "") })
			})
		})
	}
}

func TestFlashes_ReadAfterTheHeaderAreShownAgainFromACookie(t *testing.T) {
	onEachBackend(t, session.Options{}, func(t *testing.T, v *visitor) {
		v.with(func(s *session.Session) { s.Flash("one"); s.Set("kept", 1) })
		again := "message:one"
		v.request("GET", nil, func(w http.ResponseWriter, s *session.Session) {
			if s.ID() != "" {
				again = "" // in a store
			}
			_, _ = w.Write(make([]byte, 70<<10))
			wantFlashes(t, s, "message:one")
		})
		if logged := strings.Contains(v.log.String(), "changed after the response header was sent"); logged != (again != "") {
			t.Errorf("the log says %s", v.log)
		}
		v.with(func(s *session.Session) { wantFlashes(t, s, again) })
	})
}

// What the program says to caches stays, and Wafer adds private.
func TestFlashes_APageThatSaysNoCacheIsPrivate(t *testing.T) {
	onEachBackend(t, session.Options{}, func(t *testing.T, v *visitor) {
		v.with(func(s *session.Session) { s.Flash("one"); s.Set("kept", 1) })
		res := v.request("GET", nil, func(w http.ResponseWriter, s *session.Session) {
			s.Flashes()
			w.Header().Set("Cache-Control", "no-cache")
		})
		if got := strings.Join(res.Header["Cache-Control"], ", "); got != "no-cache, private" {
			t.Errorf("the page says %q", got)
		}
	})
}

// All values of Field.Flash are gone once a response showed one of them.
func TestFieldFlash_OneThatIsReadEndsAll(t *testing.T) {
	name, mail := session.Field[string]("name"), session.Field[string]("mail")
	onEachBackend(t, session.Options{}, func(t *testing.T, v *visitor) {
		v.with(func(s *session.Session) { name.Flash(s, "ada"); mail.Flash(s, "ada@"); s.Set("kept", 1) })
		v.with(func(s *session.Session) { s.Len() })
		v.with(func(s *session.Session) {
			if got := name.GetOr(s, "nothing"); got != "ada" {
				t.Errorf("the name is %q", got)
			}
		})
		v.with(func(s *session.Session) {
			if got := mail.GetOr(s, "nothing"); got != "nothing" {
				t.Errorf("the next request finds the mail %q", got)
			}
		})
	})
}

// A browser that deletes its cookies loses what was flashed after the sign-out.
func TestNew_RefusesClearSiteDataThatDeletesMessages(t *testing.T) {
	for _, kind := range []string{"cookies", "*"} {
		_, err := session.New(session.Signed(secret.New()), &session.Options{ClearSiteData: []string{kind}})
		if err == nil || !strings.Contains(err.Error(), "Options.ClearSiteData") {
			t.Errorf("%q is answered with %v", kind, err)
		}
	}
}

func TestFieldFlash_SetAgainAndSavedStaysForTheNext(t *testing.T) {
	form := session.Field[string]("form")
	onEachBackend(t, session.Options{}, func(t *testing.T, v *visitor) {
		for _, text := range []string{"one", "two"} {
			v.with(func(s *session.Session) {
				form.Get(s)
				form.Flash(s, text)
				form.Flash(s, text)
				if err := s.Save(context.Background()); err != nil {
					t.Error(err)
				}
				form.Get(s)
			})
		}
		v.with(func(s *session.Session) {
			if got := form.GetOr(s, "nothing"); got != "two" {
				t.Errorf("it is %q", got)
			}
		})
		v.with(func(s *session.Session) {
			if got := form.GetOr(s, "nothing"); got != "nothing" {
				t.Errorf("after that it is %q", got)
			}
		})
	})
}

func TestFlashes_AResponseThatShowsNoneSetsNoCookie(t *testing.T) {
	onEachBackend(t, session.Options{}, func(t *testing.T, v *visitor) {
		v.with(func(s *session.Session) { s.Flash("one"); s.Set("kept", 1) })
		res := v.do(func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
			wantFlashes(t, s, "message:one")
			w.WriteHeader(http.StatusNotModified)
		})
		if cookies := res.Header["Set-Cookie"]; cookies != nil {
			t.Errorf("set is %q", cookies)
		}
	})
}

func TestFlash_EachLateOneIsReported(t *testing.T) {
	late := 0
	v := newVisitor(t, session.Options{Observe: countOf(session.EventLate, &late)})
	v.do(func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
		s.Flash("in time")
		w.(http.Flusher).Flush()
		s.Flash("late")
		s.Flash("later")
	})
	if late != 2 || strings.Count(v.log.String(), "change=flash") != 2 {
		t.Errorf("%d late messages are reported; the log is %s", late, v.log)
	}
	v.with(func(s *session.Session) { wantFlashes(t, s, "message:in time") })
}

// What is read in a response that is shown ends the values of Field.Flash if it is one of them, or
// the messages.
func TestFieldFlash_EndsWithWhatIsRead(t *testing.T) {
	form := session.Field[string]("form")
	for what, tt := range map[string]struct {
		read func(s *session.Session)
		ends bool
	}{
		"the value":                  {func(s *session.Session) { form.Get(s) }, true},
		"the value, beside FlashNow": {func(s *session.Session) { s.FlashNow("", "now"); form.Get(s) }, true},
		"the messages":               {func(s *session.Session) { s.Flashes() }, true},
		"another value":              {func(s *session.Session) { s.Value("kept") }, false},
		"a message flashed now":      {func(s *session.Session) { s.FlashNow("", "now") }, false},
	} {
		t.Run(what, func(t *testing.T) {
			onEachBackend(t, session.Options{}, func(t *testing.T, v *visitor) {
				v.with(func(s *session.Session) { form.Flash(s, "one"); s.Set("kept", 1) })
				v.with(tt.read)
				v.with(func(s *session.Session) {
					if s.Has("form") == tt.ends {
						t.Errorf("then the keys are %q", s.Keys())
					}
				})
			})
		})
	}
}
