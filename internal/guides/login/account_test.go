package main

import (
	"strings"
	"testing"
)

func TestAChangeOfPasswordSignsOutTheOtherDevices(t *testing.T) {
	eachBackend(t, func(t *testing.T, open func() *browser, _ *users) {
		here, there := open(), open()
		here.signIn("ada", "correct horse")
		there.signIn("ada", "correct horse", "remember", "on")
		leadsTo(t, here.do("POST", "/password", "password", "better horse"), "/")
		if !here.isSignedIn("ada") || there.isSignedIn("ada") {
			t.Error("the other device is signed in still, or this one is not")
		}
		there.signIn("ada", "correct horse")
		if there.isSignedIn("ada") {
			t.Error("the old password signs in")
		}
	})
}

func TestSigningOutEverywhereEndsCopiesToo(t *testing.T) {
	eachBackend(t, func(t *testing.T, open func() *browser, _ *users) {
		here, there, thief := open(), open(), open()
		here.signIn("ada", "correct horse")
		there.signIn("ada", "correct horse")
		thief.plant(here.cookie())
		leadsTo(t, here.do("POST", "/signout-everywhere"), "/login")
		if here.isSignedIn("ada") || there.isSignedIn("ada") || thief.isSignedIn("ada") {
			t.Error("somebody is signed in still")
		}
		here.signIn("ada", "correct horse")
		if !here.isSignedIn("ada") {
			t.Error("nobody can sign in any more")
		}
	})
}

func TestAUserWhoIsDeletedIsSignedOut(t *testing.T) {
	eachBackend(t, func(t *testing.T, open func() *browser, users *users) {
		b := open()
		b.signIn("ada", "correct horse")
		users.mu.Lock()
		delete(users.m, "ada")
		users.mu.Unlock()
		if b.isSignedIn("ada") {
			t.Error("the session goes on")
		}
	})
}

func TestAFormOfAnotherUsersTabChangesNothing(t *testing.T) {
	eachBackend(t, func(t *testing.T, open func() *browser, _ *users) {
		b := open()
		b.signIn("ada", "correct horse")
		b.do("POST", "/note", "as", "ada", "note", "of ada")
		b.reads("/", `value="of ada"`, 1)
		// In another tab bob signs in, and ada has never signed out.
		b.signIn("bob", "battery staple")
		b.do("POST", "/login/code", "code", "123456")
		b.reads("/", "Hello, bob.", 1)
		b.reads("/", "of ada", 0)
		b.do("POST", "/note", "as", "ada", "note", "for ada")
		if page := b.do("GET", "/").Body.String(); strings.Contains(page, "for ada") || !strings.Contains(page, "nothing was changed") {
			t.Errorf("the form of ada's tab was taken: %s", page)
		}
	})
}
