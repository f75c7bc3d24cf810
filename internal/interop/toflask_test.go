package interop

import (
	"html/template"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/wafer-go/wafer/session"
)

// goSession is a session that a Go program can make by its own means: it sets
// no key that is not UTF-8.
func (r *random) goSession() description {
	d := r.session(shape{surrogates: true})
	for _, name := range d.Names {
		if !utf8.ValidString(unescape(name.Text)) {
			d = d.without(name.Text)
		}
	}
	return d
}

// fill makes a session what d describes, key by key in any order.
func (r *random) fill(t testing.TB, s *session.Session, d description) {
	t.Helper()
	for _, i := range r.Perm(len(d.Names)) {
		name, value := unescape(d.Names[i].Text), d.Items[i]
		switch {
		case name == "_permanent" && value.Kind == "bool":
			s.SetPermanent(value.Text == "true")
		case name == "_flashes" && flashable(value):
			for _, message := range value.Items {
				category, text := unescape(message.Items[0].Text), unescape(message.Items[1].Text)
				if message.Items[1].Kind == "markup" {
					s.FlashHTML(category, template.HTML(text))
				} else {
					s.FlashAs(category, text)
				}
			}
		default:
			s.Set(name, r.goValue(value))
		}
	}
}

// flashable reports whether a value is a list of messages as Flash makes them.
func flashable(value description) bool {
	for _, message := range value.Items {
		if message.Kind != "tuple" || len(message.Items) != 2 || message.Items[0].Kind != "str" ||
			message.Items[1].Kind != "str" && message.Items[1].Kind != "markup" {
			return false
		}
	}
	return value.Kind == "list" && len(value.Items) > 0
}

// Go writes, Flask reads, and would have written the same bytes.
func TestGoSessionsAreReadByFlaskAndSpelledAsFlaskSpellsThem(t *testing.T) {
	p := startPython(t)
	eachCase(t, cases, func(t *testing.T, r *random, count counts) {
		r.writeAndRead(t, p, r.goSession(), count)
	})
}

// The values that chance may pass by.
func TestEdgesAreSpelledAsFlaskSpellsThem(t *testing.T) {
	p := startPython(t)
	var edges []description
	for _, text := range edgeIntegers {
		edges = append(edges, describeInt(text))
	}
	for _, f := range edgeFloats {
		edges = append(edges, describeFloat(f))
	}
	for c := range rune(0x100) {
		edges = append(edges, description{Kind: "str", Text: escape(string(c))})
	}
	for _, tag := range tags {
		name := []description{{Kind: "str", Text: tag}}
		edges = append(edges, description{Kind: "dict", Names: name, Items: []description{none}})
	}
	for _, kind := range []string{"none", "list", "tuple", "dict", "bytes", "markup"} {
		edges = append(edges, description{Kind: kind})
	}
	eachCase(t, len(edges), func(t *testing.T, r *random, count counts) {
		r.writeAndRead(t, p, description{Kind: "dict"}.with("v", edges[r.number]), count)
	})
}

// writeAndRead has a Go program write the session and Flask read it.
func (r *random) writeAndRead(t *testing.T, p *python, d description, count counts) {
	t.Helper()
	sign := r.flaskSigning()
	at := r.time()
	var wrote dumped
	p.must(t, map[string]any{"op": "dump", "cfg": sign, "time": at, "value": d}, &wrote)

	goProgram := newProgram(t, sign, at, decade)
	req, s := goProgram.load(t, "")
	r.fill(t, s, d)
	token, ok := goProgram.save(t, req, s)
	if len(d.Names) == 0 {
		count["empty"]++
		if ok {
			t.Errorf("an empty session was written: %s", token)
		}
		return
	}
	if !ok {
		t.Fatal("Go did not write the session")
	}
	if strings.HasPrefix(token, ".") {
		count["compressed"]++
	} else {
		count["the same to the byte"]++
	}
	wantSameToken(t, token, wrote.Token)

	var read loaded
	p.must(t, map[string]any{"op": "load", "cfg": sign.rotated(r), "time": at, "max_age": 0, "token": token}, &read)
	if read.Verdict != "ok" || read.At != at {
		t.Fatalf("Flask says %s of what Go wrote at %d (it says %d)", read.Verdict, at, read.At)
	}
	wantSame(t, "Flask reads", read.Value, wrote.Value)
}
