package main

import (
	"net/http"
	"testing"
	"time"
)

func TestOnlyWhoAsksForItIsRemembered(t *testing.T) {
	eachBackend(t, func(t *testing.T, open func() *browser, _ *users) {
		for _, remember := range []string{"", "on"} {
			w := open().signIn("ada", "correct horse", "remember", remember)
			cookies := w.Result().Cookies()
			if len(cookies) != 1 {
				t.Fatalf("the login sets %v", cookies)
			}
			left := time.Until(cookies[0].Expires).Round(time.Hour)
			if expires := !cookies[0].Expires.IsZero(); expires != (remember != "") || expires && left != 30*24*time.Hour {
				t.Errorf("remember=%q: the cookie expires %v", remember, cookies[0].Expires)
			}
		}
	})
}

func TestWhoIsNotRememberedSignsInAgainAfterTwelveHours(t *testing.T) {
	eachBackend(t, func(t *testing.T, open func() *browser, _ *users) {
		b := open()
		b.signIn("ada", "correct horse")
		time.Sleep(12*time.Hour - time.Minute)
		if !b.isSignedIn("ada") {
			t.Error("within twelve hours the visitor is signed out")
		}
		time.Sleep(2 * time.Minute)
		if b.isSignedIn("ada") {
			t.Error("after twelve hours the visitor is still signed in")
		}
	})
}

func TestWhoIsRememberedStaysWhileTheyComeBackUpToNinetyDays(t *testing.T) {
	eachBackend(t, func(t *testing.T, open func() *browser, _ *users) {
		b, away := open(), open()
		b.signIn("ada", "correct horse", "remember", "on")
		away.signIn("ada", "correct horse", "remember", "on")
		for day := 20; day < 90; day += 20 {
			time.Sleep(20 * 24 * time.Hour)
			if !b.isSignedIn("ada") {
				t.Errorf("on day %d the visitor is signed out", day)
			}
		}
		time.Sleep(11 * 24 * time.Hour)
		if b.isSignedIn("ada") {
			t.Error("after 91 days the visitor is still signed in")
		}
		if away.isSignedIn("ada") {
			t.Error("after 91 days away the visitor is still signed in")
		}
	})
}

func TestAPasswordIsAskedForAgainAfterTenMinutes(t *testing.T) {
	eachBackend(t, func(t *testing.T, open func() *browser, _ *users) {
		b := open()
		b.signIn("ada", "correct horse", "remember", "on")
		answers(t, b.do("GET", "/password"), http.StatusOK)
		time.Sleep(10*time.Minute + time.Second)
		leadsTo(t, b.do("GET", "/password"), "/confirm?next=%2Fpassword")
		leadsTo(t, b.do("POST", "/password", "password", "new"), "/confirm?next=%2F")
		answers(t, b.do("POST", "/confirm", "next", "/password", "password", "wrong"), http.StatusUnprocessableEntity)
		leadsTo(t, b.do("GET", "/password"), "/confirm?next=%2Fpassword")
		leadsTo(t, b.do("POST", "/confirm", "next", "/password", "password", "correct horse"), "/password")
		answers(t, b.do("GET", "/password"), http.StatusOK)
	})
}

func TestTheCodeMustComeWithinFiveMinutes(t *testing.T) {
	eachBackend(t, func(t *testing.T, open func() *browser, _ *users) {
		b := open()
		b.signIn("bob", "battery staple")
		time.Sleep(5*time.Minute + time.Second)
		leadsTo(t, b.do("POST", "/login/code", "code", "123456"), "/login")
		b.reads("/login", "please begin again", 1)
		leadsTo(t, b.do("POST", "/login/code", "code", "123456"), "/login")
	})
}
