// Package shownonce has real browsers visit a program that flashes, and counts in how many page views
// each message is seen. Its table is in docs/flashes-evidence.md.
package shownonce

import (
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wafer-go/wafer/internal/integration/browsers"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store/memstore"
)

//go:embed page.html
var source string

var pages = template.Must(template.New("").Parse(source))

const (
	guide    = "../../../docs/flashes.md"
	evidence = "../../../docs/flashes-evidence.md"
)

// lines are the guide's own, which take shown messages off a page of the back/forward cache.
var lines = sync.OnceValue(func() template.JS {
	text, err := os.ReadFile(guide)
	if err != nil {
		panic(err)
	}
	found := regexp.MustCompile("(?s)```js\n(addEventListener\\(\"pageshow\".*?)```").FindSubmatch(text)
	if found == nil {
		panic(guide + " has no lines for pageshow")
	}
	return template.JS(found[1]) //nolint:gosec // our own
})

// A page is what page.html shows.
type page struct {
	Title    string
	Messages []session.Message
	Extra    template.HTML
	Bare     bool // without the guide's lines
}

func (page) Lines() template.JS { return lines() }

func (page) Script() template.JS { return browsers.Script }

func show(w http.ResponseWriter, p page) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = pages.Execute(w, p)
}

// A program is a site of its own in a browser: a path, a cookie, and a backend.
type program struct {
	*testing.T
	*browsers.Browser
	path string

	mu     sync.Mutex
	counts map[string]int // of requests, by what they were
}

// backends are the two ways: all in the cookie, and all in a store.
var backends = []struct {
	name string
	open func() session.Backend
}{
	{"cookie", func() session.Backend { return session.Signed(secret.New()) }},
	{"store", func() session.Backend { return session.Stored(memstore.New(nil)) }},
}

// newProgram adds a program to the site that the browser is at.
func newProgram(t *testing.T, b *browsers.Browser, name string, backend session.Backend) *program {
	t.Helper()
	sessions, err := session.New(backend, &session.Options{Cookie: session.Cookie{Name: "__Host-" + name}})
	if err != nil {
		t.Fatal(err)
	}
	p := &program{T: t, Browser: b, path: "/" + name + "/", counts: make(map[string]int)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /make", func(w http.ResponseWriter, r *http.Request) {
		session.From(r).Flash("one")
		show(w, page{Title: "make"})
	})
	mux.HandleFunc("GET /page", asks(page{Title: "page"}))
	mux.HandleFunc("GET /bare", asks(page{Title: "bare", Bare: true}))
	mux.HandleFunc("GET /begin", func(w http.ResponseWriter, r *http.Request) {
		session.From(r).Set("visited", true)
		show(w, page{Title: "begin"})
	})
	mux.HandleFunc("GET /done", func(w http.ResponseWriter, r *http.Request) {
		if s := session.From(r); s.Has("visited") {
			s.Flash("paid")
		}
		redirect(w, "page")
	})
	for name, extra := range quiet {
		mux.HandleFunc("GET /"+name, func(w http.ResponseWriter, _ *http.Request) { show(w, page{Title: name, Extra: extra}) })
	}
	mux.HandleFunc("GET /article", article)
	mux.HandleFunc("GET /layout", func(w http.ResponseWriter, r *http.Request) { // a 404 for an image, with the layout
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, session.From(r).Flashes())
	})
	mux.HandleFunc("OPTIONS /layout", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, session.From(r).Flashes()) })
	mux.HandleFunc("GET /slow", func(w http.ResponseWriter, r *http.Request) {
		p := page{Title: "slow", Messages: session.From(r).Flashes()}
		select {
		case <-r.Context().Done():
		case <-time.After(10 * time.Second):
		}
		show(w, p)
	})
	mux.HandleFunc("POST /save", p.save)
	mux.HandleFunc("POST /click/{try}", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /chain", chain)
	mux.HandleFunc("POST /fragment", func(w http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		s.Flash("two")
		for _, m := range s.Flashes() {
			fmt.Fprintf(w, `<p class="flash">%s</p>`, m.Text)
		}
	})
	mux.HandleFunc("POST /json", func(w http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		s.Flash("two")
		var texts []string
		for _, m := range s.Flashes() {
			texts = append(texts, `"`+m.Text+`"`)
		}
		fmt.Fprintf(w, "[%s]", strings.Join(texts, ","))
	})
	b.Mux.HandleFunc("POST /return"+p.path, func(w http.ResponseWriter, _ *http.Request) { // outside of the manager
		redirect(w, p.path+"done")
	})
	handler := sessions.Handler(mux)
	b.Mux.Handle(p.path, http.StripPrefix("/"+name, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status := &recorder{w, http.StatusOK}
		handler.ServeHTTP(status, r)
		p.count(r, status.status)
	})))
	return p
}

// quiet are the pages that ask for no message, and what is on them.
var quiet = map[string]template.HTML{
	"quiet":      "",
	"prefetch":   `<link rel="prefetch" href="page">`,
	"next":       `<link rel="next" href="page">`,
	"speculate":  `<script type="speculationrules">{"prefetch":[{"urls":["page"],"eagerness":"immediate"}]}</script>`,
	"prerender":  `<script type="speculationrules">{"prerender":[{"urls":["page"],"eagerness":"immediate"}]}</script>`,
	"beside":     `<img src="layout" alt=""><link rel="stylesheet" href="layout"><script src="layout"></script><script>fetch("layout", { method: "OPTIONS" })</script>`,
	"form":       `<form method="post" action="save"><input name="try" type="hidden"><button>Save</button></form>`,
	"prefetched": `<link rel="prefetch" href="article">`,
}

// asks is a page with the messages.
func asks(p page) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		p := p
		p.Messages = session.From(r).Flashes()
		show(w, p)
	}
}

// article is a page that browsers keep, and ask for whether it is still the same.
func article(w http.ResponseWriter, r *http.Request) {
	p := page{Title: "article", Messages: session.From(r).Flashes()}
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("Etag", `"the article's text"`)
	if r.Header.Get("If-None-Match") != "" {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	show(w, p)
}

// save is slow enough for a second click: the first request of a try is answered when the second has
// come, or after some seconds.
func (p *program) save(w http.ResponseWriter, r *http.Request) {
	try := "save " + r.FormValue("try")
	p.mu.Lock()
	p.counts[try]++
	n := p.counts[try]
	p.mu.Unlock()
	if n == 1 {
		p.served(try, 2, 5*time.Second)
	}
	time.Sleep(time.Duration(n) * 200 * time.Millisecond) // the answers come one after the other
	session.From(r).Flash(fmt.Sprint(try, ".", n))
	redirect(w, "page")
}

func chain(w http.ResponseWriter, r *http.Request) {
	step := r.FormValue("step")
	session.From(r).Flash(map[string]string{"": "one", "2": "two", "3": "three"}[step])
	redirect(w, map[string]string{"": "chain?step=2", "2": "chain?step=3", "3": "page"}[step])
}

// redirect leads to a page beside the one that was asked for, whatever path the program is at.
func redirect(w http.ResponseWriter, to string) {
	w.Header().Set("Location", to)
	w.WriteHeader(http.StatusSeeOther)
}

// recorder notes a response's status.
type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

// count counts a request that was answered.
func (p *program) count(r *http.Request, status int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	name := r.URL.Path
	p.counts[name]++
	p.counts[fmt.Sprint(name, " ", status)]++
	p.counts[r.Method+" "+name]++
	if purpose := r.Header.Get("Sec-Purpose"); purpose != "" {
		p.counts[name+" "+purpose]++
	}
	if r.Context().Err() != nil {
		p.counts[name+" cancelled"]++
	}
}

// served waits until n requests of a kind were answered, and reports whether they were.
func (p *program) served(what string, n int, within time.Duration) bool {
	for deadline := time.Now().Add(within); ; time.Sleep(20 * time.Millisecond) {
		p.mu.Lock()
		count := p.counts[what]
		p.mu.Unlock()
		if count >= n || time.Now().After(deadline) {
			return count >= n
		}
	}
}

// open follows a link to a page.
func (p *program) open(name string) browsers.View {
	p.Helper()
	return p.leave(`location.assign("`+p.path+name+`")`, name)
}

// leave runs a script that leads to a page.
func (p *program) leave(script, name string) browsers.View {
	p.Helper()
	p.Tell(p.T, browsers.Order{Script: script, Leaves: true})
	return p.Wait(p.T, p.path+name)
}

// do runs a script on the page that is open, and returns what it shows then.
func (p *program) do(script, name string) browsers.View {
	p.Helper()
	p.Tell(p.T, browsers.Order{Script: script})
	return p.Wait(p.T, p.path+name)
}

// pay is the page of a payment provider, which returns by POST.
func pay(w http.ResponseWriter, r *http.Request) {
	form := template.Must(template.New("").Parse(`<form method="post" action="{{.}}"><button>Pay</button></form>`))
	var extra strings.Builder
	_ = form.Execute(&extra, r.FormValue("to"))
	show(w, page{Title: "pay", Extra: template.HTML(extra.String())}) //nolint:gosec // it was escaped
}
