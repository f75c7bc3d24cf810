package main

import (
	"net/http"
	"testing"
)

func TestCode_CompletesAPasswordAndNothingElse(t *testing.T) {
	eachBackend(t, func(t *testing.T, open func() *browser, _ *users) {
		b := open()
		leadsTo(t, b.do("POST", "/login/code", "code", "123456"), "/login") // without a password
		leadsTo(t, b.signIn("bob", "battery staple", "next", "/password"), "/login/code")
		for _, path := range []string{"/", "/password", "/confirm"} {
			answers(t, b.do("GET", path), http.StatusSeeOther)
		}
		answers(t, b.do("POST", "/login/code", "code", ""), http.StatusUnprocessableEntity)
		if w := b.do("POST", "/login/code", "code", "123457"); w.Code != http.StatusUnprocessableEntity || b.isSignedIn("bob") {
			t.Errorf("a wrong code answers %d", w.Code)
		}
		leadsTo(t, b.do("POST", "/login/code", "code", "123456"), "/password")
		if !b.isSignedIn("bob") {
			t.Error("the code does not sign in")
		}
		leadsTo(t, b.do("POST", "/login/code", "code", "123456"), "/login") // it is used up
	})
}
