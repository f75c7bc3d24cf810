package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/wafer-go/wafer/dbsc"
	"github.com/wafer-go/wafer/session"
)

// maxName is how long a name may be, in characters. It is the owner's too, which
// has at most 255 bytes, and a character has up to four.
const maxName = 60

type app struct{ sessions *session.Manager }

// index shows the devices, or the form to log in.
func (a *app) index(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	if s.Owner() == "" {
		show(w, loginPage, http.StatusOK, map[string]any{"Session": s})
		if len(s.Flashes()) > 0 {
			s.Clear() // they are shown, and nothing else is in it
		}
		return
	}
	devices, err := a.devices(r.Context(), s)
	if err != nil {
		fail(w, r, err)
		return
	}
	show(w, devicesPage, http.StatusOK, map[string]any{
		"Session": s, "Owner": s.Owner(), "Devices": devices, "Others": len(devices) - 1,
	})
}

// listed is a session as the page shows it.
type listed struct {
	device
	ID       string
	LastUsed time.Time
	Current  bool
	Bound    bool // a copy of its cookie is worth nothing on another device
}

// devices returns the sessions of s's owner: its own, and then the others, the
// last used first.
func (a *app) devices(ctx context.Context, s *session.Session) ([]listed, error) {
	var devices []listed
	for one, err := range a.sessions.Sessions(ctx, s.Owner()) {
		if err != nil {
			return nil, err
		}
		d, _ := thisDevice.Get(one)
		_, bound := dbsc.BindingOf(one)
		devices = append(devices, listed{d, one.ID(), one.LastUsed(), one.ID() == s.ID(), bound})
	}
	slices.SortFunc(devices, func(a, b listed) int {
		if a.Current != b.Current { // in use at this moment, whatever the store knows yet
			if a.Current {
				return -1
			}
			return 1
		}
		return cmp.Or(b.LastUsed.Compare(a.LastUsed), b.Since.Compare(a.Since), cmp.Compare(a.ID, b.ID))
	})
	if len(devices) == 0 || !devices[0].Current {
		return nil, session.ErrEnded // another device signed this one out just now
	}
	return devices, nil
}

func login(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	name := strings.TrimSpace(r.PostFormValue("username"))
	if n := utf8.RuneCountInString(name); n < 1 || n > maxName || !utf8.ValidString(name) {
		s.FlashNow("error", fmt.Sprintf("Please give a name of 1 to %d characters", maxName))
		show(w, loginPage, http.StatusUnprocessableEntity, map[string]any{"Session": s})
		return
	}
	s.SignIn(name)
	thisDevice.Set(s, noteDevice(r))
	s.FlashAs("success", "You were successfully logged in")
	toIndex(w, r)
}

func logout(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	s.SignOut()
	s.FlashAs("info", "You were logged out")
	toIndex(w, r)
}

// signOut signs one device out. The id is what a form says, so only one of the
// owner's own is taken.
func (a *app) signOut(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	id := r.PostFormValue("id")
	if id == s.ID() {
		logout(w, r)
		return
	}
	ended, err := a.sessions.SignOutOne(r.Context(), s.Owner(), id)
	switch {
	case err != nil:
		fail(w, r, err)
		return
	case ended:
		s.FlashAs("success", "The device was signed out")
	default:
		s.FlashAs("warning", "You have no such device; it may have been signed out already")
	}
	toIndex(w, r)
}

func (a *app) signOutOthers(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	n, err := a.sessions.SignOutEverywhere(r.Context(), s.Owner(), s.ID())
	if err != nil {
		fail(w, r, err)
		return
	}
	switch n {
	case 0:
		s.FlashAs("info", "There was no other device to sign out")
	case 1:
		s.FlashAs("success", "One other device was signed out")
	default:
		s.FlashAs("success", fmt.Sprintf("%d other devices were signed out", n))
	}
	toIndex(w, r)
}

func (a *app) signOutEverywhere(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	// It ends the session of this request too; what is flashed after that begins a new one.
	if _, err := a.sessions.SignOutEverywhere(r.Context(), s.Owner()); err != nil {
		fail(w, r, err)
		return
	}
	s.FlashAs("success", "You were signed out on every device")
	toIndex(w, r)
}

// loggedIn sends visitors to the form to log in who are not.
func loggedIn(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if session.From(r).Owner() == "" {
			toIndex(w, r)
			return
		}
		next(w, r)
	}
}

func toIndex(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/", http.StatusSeeOther) }

// refused tells a visitor whose session is there no more why they see the form
// to log in. A cookie that never was a session's is passed over.
func refused(ctx context.Context, e session.Event) {
	if e.Kind == session.EventRefused && (errors.Is(e.Err, session.ErrUnknown) || errors.Is(e.Err, session.ErrExpired)) {
		session.FromContext(ctx).FlashAs("warning", "You are not logged in any more: this device was signed out, or its time was over")
	}
}

// fail answers where the session could not be read or written. It must not use
// the session.
func fail(w http.ResponseWriter, r *http.Request, err error) {
	page, status := brokenPage, http.StatusInternalServerError
	switch {
	case errors.Is(err, session.ErrEnded):
		show(w, endedPage, http.StatusConflict, nil)
		return
	case errors.Is(err, dbsc.ErrNotBound):
		show(w, notBoundPage, http.StatusForbidden, nil)
		return
	case errors.Is(err, session.ErrUnavailable):
		page, status = unavailablePage, http.StatusServiceUnavailable
	}
	log.Printf("devices: %s %s: %v", r.Method, r.URL.Path, err)
	show(w, page, status, nil)
}
