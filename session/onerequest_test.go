package session_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/internal/record/recordtest"
)

// One request does things by chance, while calls to the stores fail by chance. What its status says
// is true: with 200, each change is there once, and the cookie from before is worth nothing after a
// login, a renewal or a sign-out; without it, the visitor's cookie names a session.
func TestRequest_ItsStatusTellsTheTruthWhateverFails(t *testing.T) {
	statuses, faults := map[int]int{}, []string(nil)
	for seed := range uint64(2000) {
		synctest.Test(t, func(t *testing.T) {
			one := oneRequest{t: t, chance: rand.New(rand.NewPCG(seed, 0)), wire: new(recordtest.Wire)}
			if statuses[one.run()]++; len(one.faults) > 0 {
				faults = append(faults, fmt.Sprintf("seed %d: %s: %s", seed, strings.Join(one.log, "; "), strings.Join(one.faults, "; ")))
			}
		})
	}
	for _, fault := range faults[:min(len(faults), 10)] {
		t.Error(fault)
	}
	for _, status := range []int{http.StatusOK, http.StatusServiceUnavailable} {
		if statuses[status] < 500 {
			t.Errorf("the requests were answered with %v", statuses)
		}
	}
}

type oneRequest struct {
	t      *testing.T
	chance *rand.Rand
	wire   *recordtest.Wire
	log    []string
	made   []string // the edits that are to be there
	faults []string
	ended  bool
	leaves bool // the cookie from before, if the request is answered with 200
}

const made = session.Field[[]string]("made")

// places returns the backend of the request, that of the one before it, and the overflow.
func (o *oneRequest) places() (name string, backend, former, over session.Backend) {
	signed := session.Signed(secret.New())
	stored := func() session.Backend { return session.Stored(recordtest.New(o.wire)) }
	overflow := func() session.Backend { return session.Overflow(signed, recordtest.New(o.wire)) }
	from, over := stored(), overflow()
	least, retiring := recordtest.Least{Backend: from}, recordtest.Retiring{Backend: from}
	all := []struct {
		name            string
		backend, former session.Backend
	}{
		{"a store", from, from},
		{"an overflow", over, over},
		{"to a store", session.Migrate(stored(), from), from},
		{"to a store, from another's", session.Migrate(stored(), retiring), from},
		{"to a store, from the least", session.Migrate(stored(), least), from},
		{"to the cookie", session.Migrate(signed, from), from},
		{"to the cookie, from another's", session.Migrate(signed, retiring), from},
		{"to the cookie, from the least", session.Migrate(signed, least), from},
		{"to an overflow", session.Migrate(overflow(), from), from},
		{"to an overflow, from the least", session.Migrate(overflow(), least), from},
		{"from an overflow", session.Migrate(signed, over), over},
		{"arrived in an overflow", session.Migrate(over, stored()), over},
		{"to the cookie, from two", session.Migrate(signed, session.Migrate(stored(), from)), from},
	}
	one := all[o.chance.IntN(len(all))]
	return one.name, one.backend, one.former, over
}

func (o *oneRequest) note(format string, args ...any) {
	o.log = append(o.log, fmt.Sprintf(format, args...))
}

func (o *oneRequest) fault(format string, args ...any) {
	o.faults = append(o.faults, fmt.Sprintf(format, args...))
}

func (o *oneRequest) add(s *session.Session) {
	one := fmt.Sprint(len(o.log))
	o.made = append(o.made, one)
	made.Update(s, func(all []string) []string { return append(slices.Clone(all), one) })
}

// run returns the status of the request.
func (o *oneRequest) run() int {
	name, backend, former, over := o.places()
	before, v := newVisitorOf(o.t, former, session.Options{}), newVisitorOf(o.t, backend, session.Options{})
	owner := o.chance.IntN(2) == 0
	o.note("%s, owner: %t", name, owner)
	before.with(func(s *session.Session) {
		if owner {
			s.SignIn("ada")
		}
		if former == over && !owner { // else it is in a record anyway
			s.Set("filler", randomText(8000))
		}
		s.Flash("hello")
		o.add(s)
	})
	v.cookies = before.cookies
	old := v.beside()
	status := v.do(func(w http.ResponseWriter, r *http.Request, s *session.Session) {
		for range 2 + o.chance.IntN(5) {
			o.step(v, w, r, s)
		}
	}).StatusCode
	o.note("answered with %d", status)
	o.wire.Recover()
	o.check(status, v, old, before)
	return status
}

// step lets the wire be as it may, and does one thing.
func (o *oneRequest) step(v *visitor, w http.ResponseWriter, r *http.Request, s *session.Session) {
	if o.wire.Recover(); o.chance.IntN(3) > 0 {
		script := ""
		for range 1 + o.chance.IntN(4) {
			script += string("ffrld"[o.chance.IntN(5)])
		}
		o.note("%s", script)
		o.wire.Begin(script)
	}
	switch o.chance.IntN(9) {
	case 0, 1:
		o.note("adds")
		o.add(s)
	case 2:
		o.note("shrinks")
		s.Set("filler", "")
	case 3:
		o.note("signs in")
		s.SignIn("ada")
		o.leaves = true
	case 4:
		o.note("renews")
		s.Renew()
		o.leaves = true
	case 5:
		o.note("clears")
		s.Clear()
		o.made, o.ended, o.leaves = nil, true, true
	case 6:
		o.note("saves: %v", s.Save(o.t.Context()))
	case 7:
		o.note("reloads: %v", s.Reload(o.t.Context()))
	case 8:
		o.note("shows %d", len(s.Flashes()))
		if o.chance.IntN(2) == 0 {
			o.note("commits: %v", v.m.Commit(w, r, s))
		}
	}
}

// check holds what the visitors have, each with the manager that is asked, to the status.
func (o *oneRequest) check(status int, v, old, before *visitor) {
	has, live := o.look(v)
	switch {
	case status != http.StatusOK:
		if !live && !o.ended {
			o.fault("answered with %d, and the cookie names no session", status)
		}
		return
	case !slices.Equal(has, o.made):
		o.fault("the session has %q, and not %q", has, o.made)
	case !live && len(o.made) > 0:
		o.fault("answered with 200, and the session cannot be changed")
	}
	if !o.leaves || slices.Equal(v.cookies, old.cookies) { // as after Clear and another change
		return
	}
	before.cookies = old.cookies
	for place, one := range map[string]*visitor{"the server": old, "the server before": before} {
		if has, live := o.look(one); live && len(has) > 0 {
			o.fault("%s knows the old cookie, which has %q", place, has)
		}
	}
}

// look returns what the session has, and whether it can be changed.
func (o *oneRequest) look(v *visitor) (has []string, live bool) {
	res := v.beside().with(func(s *session.Session) {
		has = made.GetOr(s, nil)
		live = s.Len() > 0
		s.Set("probe", 1)
	})
	return has, live && res.StatusCode != http.StatusConflict
}
