package flasksessions

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
)

func TestRecords_AreSharedWithFlask(t *testing.T) {
	eachPlace(t, func(t *testing.T, p place, flask string) {
		goHalf := startGo(t, p)
		for name, test := range map[string]func(t *testing.T, v *visitor){
			"SignInHereOutThere": signInHereOutThere, "SignInRenewsTheID": signInRenewsTheID, "GoLosesNothingOfGo": goLosesNothingOfGo,
		} {
			t.Run(name, func(t *testing.T) { test(t, newVisitor(t, flask, goHalf)) })
		}
	})
}

func signInHereOutThere(t *testing.T, v *visitor) {
	v.is("at first", nil)
	v.do("POST", v.flask+"/login?user=ada")
	v.is("after the login in Flask", "ada")
	if got := v.do("GET", v.goHalf+"/flashes"); got != "[[\"message\",\"Hello from Flask\"]]\n" {
		t.Errorf("Go shows the flash of Flask as %s", got)
	}
	old := v.cookie()
	v.do("POST", v.goHalf+"/logout")
	v.is("after the sign-out in Go", nil)
	if body, err := send(http.DefaultClient, "GET", v.goHalf+"/session", old); err != nil || body != "{}\n" {
		t.Errorf("after the sign-out, the old cookie finds %s (%v)", body, err)
	}

	v.do("POST", v.goHalf+"/login?user=bob")
	v.is("after the login in Go", "bob")
	if got := v.do("GET", v.flask+"/flashes"); got != "[[\"message\",\"Hello from Go\"]]\n" {
		t.Errorf("Flask shows the flash of Go as %s", got)
	}
	if got := v.session(v.goHalf)["_permanent"]; got != true {
		t.Errorf("the session is permanent: %v", got)
	}
	v.do("POST", v.flask+"/logout")
	v.is("after the logout in Flask", nil)
}

// A user who signs in with a session that Flask began gets another ID. The old one shows what the
// visitor had before, in Go, for a minute, and nothing in Flask.
func signInRenewsTheID(t *testing.T, v *visitor) {
	v.do("POST", v.flask+"/add?n=1")
	old := v.cookie()
	v.do("POST", v.goHalf+"/login?user=ada")
	if v.cookie() == old {
		t.Error("the cookie is the same")
	}
	if got := v.session(v.flask); got["user"] != "ada" || got["flask"] == nil {
		t.Errorf("Flask has %v", got)
	}
	if left := newVisitorWith(t, v, old).session(v.goHalf); left["user"] != nil || left["flask"] == nil {
		t.Errorf("under the old ID Go reads %v", left)
	}
	if left := newVisitorWith(t, v, old).session(v.flask); left["user"] != nil || left["flask"] != nil {
		t.Errorf("under the old ID Flask reads %v", left)
	}
	v.is("after somebody used the old ID", "ada")
}

// Of changes that Go requests make at once, each is kept.
func goLosesNothingOfGo(t *testing.T, v *visitor) {
	const clients, requests = 5, 10
	v.do("POST", v.flask+"/login?user=ada")
	cookie := v.cookie()
	atOnce(t, clients, func(i int) error {
		for n := range requests {
			if _, err := send(v.client, "POST", fmt.Sprint(v.goHalf, "/add?n=", i*requests+n), cookie); err != nil {
				return err
			}
		}
		return nil
	})
	all := v.session(v.goHalf)
	if list, _ := all["go"].([]any); len(list) != clients*requests || all["user"] != "ada" {
		t.Errorf("of %d changes, %d are left of %v", clients*requests, len(list), all["user"])
	}
	if body := v.do("GET", v.flask+"/session"); !strings.Contains(body, `"ada"`) {
		t.Errorf("Flask has %s", body)
	}
}

// atOnce runs f in n goroutines.
func atOnce(t *testing.T, n int, f func(i int) error) {
	t.Helper()
	errs := make([]error, n)
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() { errs[i] = f(i) })
	}
	group.Wait()
	for _, err := range errs {
		if err != nil {
			t.Error(err)
		}
	}
}
