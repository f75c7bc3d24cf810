package flasksession_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/flask/flasksession"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store/memstore"
)

// Wafer's own records can have the IDs of Flask-Session 0.6 and later, and not the UUIDs before.
func TestMigrate_KeepsAnIDIfItCan(t *testing.T) {
	for id, keeps := range map[string]bool{
		strings.Repeat("k", 43):                true,
		"12345678-1234-4567-8123-456781234567": false,
	} {
		p := newProgram(t, &flasksession.Options{Serialization: flasksession.JSON})
		p.records.put("session:"+id, []byte(`{"_permanent":true,"_owner":"ada"}`))
		old, err := flasksession.New(p.records, nil)
		if err != nil {
			t.Fatal(err)
		}
		sessions, err := session.New(session.Migrate(session.Stored(memstore.New(nil)), old), &session.Options{
			Cookie: session.Cookie{Name: "session", Insecure: true}, ReissueOnRead: true,
			ErrorHandler: func(_ http.ResponseWriter, _ *http.Request, err error) { p.fails = err },
		})
		if err != nil {
			t.Fatal(err)
		}
		p.serve = sessions.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { p.handler(session.From(r)) }))
		is := func(what, owner string) {
			t.Helper()
			if err := p.visit(func(s *session.Session) {
				if s.Owner() != owner {
					t.Errorf("%s, with the ID %s, %q is signed in, not %q", what, id, s.Owner(), owner)
				}
			}); err != nil {
				t.Error(err)
			}
		}
		p.cookie = "session=" + id
		is("at first", "ada")
		if kept := p.cookie == "session="+id; kept != keeps {
			t.Errorf("the cookie is %s", p.cookie)
		}
		is("then", "ada")
		p.cookie = "session=" + id
		is("in a request that was sent before the answer", "ada")
		if err := p.visit(func(s *session.Session) { s.Set("theme", "dark") }); (err == nil) != keeps {
			t.Errorf("a change in such a request, with the ID %s, returned %v", id, err)
		}
	}
}
