package interop

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

// An exchange is one request of a sequence and what is known to differ.
type exchange struct {
	request

	// nothingShown: flashes are read in a response that shows none, to HEAD or with the
	// status 204. We differ (33): they stay.
	nothingShown bool

	// maxAge is the Max-Age that ours says beside Expires. We differ (16).
	maxAge int64

	// keysOnly: only has, len, keys, or a look for what is not there, touched the
	// session. We differ from Flask before 3.1.3, which says no Vary then (10).
	keysOnly bool

	// fails: a value cannot be encoded. Flask's error page is a response of its
	// own; ours keeps what the handler said in Vary.
	fails bool

	// leadingDot: the domain has one. We differ from Flask before 2.3 and its
	// Werkzeug, which left it there (19).
	leadingDot bool

	// varyStar: the handler says "Vary: *", which says everything already. Flask
	// adds Cookie to it.
	varyStar bool
}

// visitor keeps the cookies of a visitor of both programs.
type visitor struct {
	name        string
	python, own string   // the session's cookie with each
	stale       []string // cookies of earlier in the sequence, the Go program's
}

var keyNames = []string{"username", "cart", "a", "b", " t", "Ünïcode"}

func (r *random) exchange(v *visitor, c appConfig, now int64) (python, own exchange) {
	e := exchange{request: request{Op: "request", Method: pick(r, "GET", "GET", "GET", "POST", "POST", "POST", "HEAD"), Time: now, Actions: []action{}}}
	e.Status = pick(r, 200, 200, 200, 302, 303, 404, 403, 500, 204)
	e.Vary = pick(r, "", "", "", "", "Accept", "Accept-Encoding, Origin", "cookie", "Accept,COOKIE", "*")
	e.varyStar = e.Vary == "*"
	e.maxAge = min(c.Lifetime, 400*86400)
	e.leadingDot = strings.HasPrefix(c.Domain, ".")
	if r.in(12) && !c.Refresh {
		// It counts as a modification on neither side (9). But in Python it is
		// the session's own value, so that it would go along if anything else were
		// written; in Go it is a copy. So nothing else is done here.
		e.Actions = append(e.Actions, action{Do: "change nested", Key: escape(pick(r, keyNames...))})
	} else {
		for range r.IntN(6) {
			e.Actions = append(e.Actions, r.action())
		}
		if r.in(20) {
			e.fails = true
			e.Actions = append(e.Actions, action{Do: "bad", Key: "bad", Value: description{Kind: "unencodable"}, goValue: func() {}})
		} else if r.in(20) {
			e.Actions = append(e.Actions, action{Do: "fail"})
		}
	}
	for _, a := range e.Actions {
		e.nothingShown = e.nothingShown || a.Do == "flashes" && (e.Method == "HEAD" || e.Status == 204)
		e.keysOnly = e.keysOnly || slices.Contains([]string{"has", "len", "keys", "pop", "delete", "flashes"}, a.Do)
	}
	python, own = e, e
	python.Cookie, own.Cookie = r.cookies(v)
	return python, own
}

func (r *random) action() action {
	a := action{Do: pick(r, "set", "set", "set", "setdefault", "update", "get", "get", "has", "len", "keys", "pop", "pop", "delete",
		"clear", "permanent", "permanent", "is permanent", "flash", "flash", "flash", "flash default", "flashes", "flashes", "flashes", "flashes")}
	sh := shape{} // Python joins two halves of a pair only on the way to JSON and back
	switch a.Do {
	case "set", "setdefault":
		a.Key = escape(pick(r, keyNames...))
		a.Value = r.value(sh, r.IntN(3))
		if r.in(10) {
			a.Key, a.Value = "_permanent", r.truth()
		}
		a.goValue = r.goValue(a.Value)
	case "update":
		a.Value = description{Kind: "dict"}.with(escape(pick(r, keyNames...)), r.scalar(sh)).with("updated", r.scalar(sh))
		m := map[string]any{}
		for i, name := range a.Value.Names {
			m[unescape(name.Text)] = r.goValue(a.Value.Items[i])
		}
		a.goValue = m
	case "get", "has", "pop", "delete":
		a.Key = escape(pick(r, append(keyNames, "_permanent")...))
	case "permanent":
		a.Value = description{Kind: "bool", Text: pick(r, "true", "true", "false")}
	case "flash":
		a.Key = escape(pick(r, "message", "error", "info", "err", r.text(sh)))
		a.Value = description{Kind: pick(r, "str", "str", "markup"), Text: escape(r.text(sh))}
	case "flash default":
		a.Value = description{Kind: "str", Text: escape(r.text(sh))}
	case "flashes":
		a.Filters = pick(r, nil, nil, []string{"error"}, []string{"message", "info"}, []string{"nobody"}, []string{""})
	}
	return a
}

// truth is what a program might take for true or false.
func (r *random) truth() description {
	text := pick(r, "", "x")
	return pick(r, none, description{Kind: "int", Text: pick(r, "0", "1")}, describeFloat(pick(r, 0.0, 0.5)),
		description{Kind: "str", Text: text}, description{Kind: "list"}, description{Kind: "dict"},
		description{Kind: "tuple"}, description{Kind: "bytes"}, description{Kind: "markup", Text: text}, describeFloat(math.Copysign(0, -1)))
}

// cookies makes the Cookie headers that both programs get.
func (r *random) cookies(v *visitor) (python, own string) {
	python, own = v.python, v.own
	switch r.IntN(14) {
	case 0:
		python, own = "", ""
	case 1:
		if len(v.stale) > 0 {
			old := pick(r, v.stale...)
			python, own = old, old
		}
	case 2, 3:
		if own == "" {
			break
		}
		// Not one that Python might take for the good one.
		bad := pick(r, func(s string) string { return s[:len(s)-1] }, func(s string) string { return s + "." },
			func(s string) string { return s + ".x" }, func(s string) string { return "x" + s }, strings.ToUpper,
			func(s string) string { return s[len(s)/2:] }, func(s string) string { return "\xff\xfe" + s }, func(string) string { return "..." })
		python, own = bad(python), bad(own)
	case 4:
		// Two of one name: the first counts, also where it is bad.
		other := v.name + "=" + pick(r, append(v.stale, "bad", "", "a.b.c")...)
		if r.in(2) {
			return other + "; " + v.name + "=" + python, other + "; " + v.name + "=" + own
		}
		return v.name + "=" + python + "; " + other, v.name + "=" + own + "; " + other
	}
	before := pick(r, "", "", "a=b; ", "x"+v.name+"=1; ", strings.ToUpper(v.name)+"X=2;", "weird=\"q\"; ", ";;  ")
	after := pick(r, "", "", "; c=d", ";", ";z=")
	if own != "" {
		before += v.name + "="
		return before + python + after, before + own + after
	}
	return before + "z=1" + after, before + "z=1" + after
}

// Random visits to a Flask program and to its twin in Go.
func TestFlaskAndGoProgramsAnswerAlike(t *testing.T) {
	p := startPython(t)
	const requests = 10
	eachCase(t, max(1, cases/requests), func(t *testing.T, r *random, count counts) {
		c := r.appConfig()
		if c.Partitioned = p.hasFlask(3, 1) && r.in(3); c.Partitioned {
			c.SameSite = "None" // we differ: with any other, New is an error (19)
		}
		p.must(t, asMap(t, c), new(struct{}))
		app := newGoApp(t, c)
		v := &visitor{name: c.Name}
		now := 1700000000 + r.Int64N(1<<31)
		for range requests {
			now += pick(r, 0, 0, 1, 60, c.Lifetime, c.Lifetime+1, -1)
			forPython, forGo := r.exchange(v, c, now)
			var theirs answer
			p.must(t, asMap(t, forPython.request), &theirs)
			ours := app.do(forGo.request)
			forGo.keysOnly = forGo.keysOnly && !p.hasFlask(3, 1, 3)
			forGo.leadingDot = forGo.leadingDot && !p.hasFlask(2, 3)
			compareAnswers(t, forGo, ours, theirs, count)
			if t.Failed() {
				t.Fatalf("in the exchange %.2000s\nwith %.1000s", fmt.Sprintf("%+v", forGo), fmt.Sprintf("%+v", c))
			}
			v.follow(ours, theirs)
			if forGo.nothingShown {
				v.own = v.python // so that they go on from the same session
			}
			count["requests"]++
		}
	})
}

// follow keeps the cookies as a browser would.
func (v *visitor) follow(ours, theirs answer) {
	for _, side := range []struct {
		answer answer
		jar    *string
	}{{ours, &v.own}, {theirs, &v.python}} {
		for _, line := range side.answer.SetCookie {
			value, attributes, _ := strings.Cut(strings.TrimPrefix(line, v.name+"="), ";")
			if *side.jar != "" {
				v.stale = append(v.stale, *side.jar)
			}
			*side.jar = value
			if strings.Contains(attributes, "Max-Age=0") {
				*side.jar = ""
			}
		}
	}
}
