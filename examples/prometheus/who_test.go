package main

import (
	"context"
	"log/slog"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/store/memstore"
)

// line returns the last line of the log that has the words.
func (v *visit) line(words string) string {
	v.t.Helper()
	found := ""
	for line := range strings.Lines(v.log.String()) {
		if strings.Contains(line, words) {
			found = line
		}
	}
	if found == "" {
		v.t.Errorf("the log has no %q: %s", words, v.log)
	}
	return found
}

func TestTheLogSaysWhoseARequestIs(t *testing.T) {
	v := newVisit(t, memstore.New(nil))
	v.post("/login", "username", "ada")
	if got := v.line("msg=login"); !strings.Contains(got, "user=ada") {
		t.Errorf("logged is %s", got)
	}
	cookie := v.cookie()
	v.post("/logout")
	if got := v.line("msg=logout"); !strings.Contains(got, "user=ada session=") {
		t.Errorf("logged is %s", got)
	}
	if strings.Contains(v.log.String(), cookie) {
		t.Errorf("the cookie's value is in the log: %s", v.log)
	}
}

func TestWhatTheSessionLogsSaysWhoseItIs(t *testing.T) {
	v := newVisit(t, memstore.New(nil))
	v.post("/login", "username", "ada")
	v.forge(strings.Repeat("A", 43))
	if got := v.line("cookie refused"); strings.Contains(got, "user=") {
		t.Errorf("logged of nobody is %s", got)
	}
	v.app.sessions.Handler(mistaken).ServeHTTP(v.request())
	if got := v.line("the request failed"); !strings.Contains(got, "user=ada") {
		t.Errorf("logged is %s", got)
	}
}

func TestALogOutsideOfARequestIsOfNobody(t *testing.T) {
	v := newVisit(t, memstore.New(nil))
	v.app.log.With("by", "main").WithGroup("at").InfoContext(context.Background(), "start-up", slog.Int("n", 1))
	if got := v.line("start-up"); strings.Contains(got, "user=") || !strings.Contains(got, "by=main at.n=1") {
		t.Errorf("logged is %s", got)
	}
}

func TestALoggerMadeOfTheLoggerSaysWhoseToo(t *testing.T) {
	v := newVisit(t, memstore.New(nil))
	v.app.log = v.app.log.With("by", "pages")
	v.post("/login", "username", "ada")
	if got := v.line("msg=login"); !strings.Contains(got, "by=pages user=ada") {
		t.Errorf("logged is %s", got)
	}
}
