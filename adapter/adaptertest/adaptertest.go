// Package adaptertest is the suite that every framework adapter passes.
//
// An adapter gives the requests of a web framework their sessions. Its own test translates a
// [Program], which is described without any framework, and runs the suite:
//
//	func TestMiddleware(t *testing.T) {
//		adaptertest.Run(t, func(t *testing.T, p adaptertest.Program) adaptertest.Server {
//			app := framework.New()
//			for _, link := range p.Links {
//				app.Use(translate(link))
//			}
//			for _, route := range p.Routes {
//				app.Handle(route.Method, route.Path, handler(route.Handle))
//			}
//			return &http.Server{Handler: app}
//		})
//	}
//
// Each rule is a subtest, and a failure names the rule that the adapter breaks. The rules are those
// of [session.Manager.Handler]: where net/http has an answer, the suite compares with it. What only
// one framework has, such as its own cache, remains for the adapter's other tests.
package adaptertest

import (
	"net/http"
	"slices"
	"testing"
)

// Run runs the suite. It calls build in each subtest, at least once.
//
// If the server is an [http.Server], the suite also serves it over HTTP/2, and with
// [session.Manager.Handler] around it.
func Run(t *testing.T, build func(t *testing.T, p Program) Server) {
	t.Helper()
	run(t, build, rules())
}

func run(t *testing.T, build func(t *testing.T, p Program) Server, rules []rule) {
	t.Helper()
	_, onHTTP := build(t, Program{}).(*http.Server)
	for _, r := range rules {
		if onHTTP || !r.onHTTP {
			t.Run(r.name, func(t *testing.T) { r.run(&checker{T: t, rule: r.says, build: build}) })
		}
	}
}

func rules() []rule {
	return slices.Concat(valueRules, flashRules, visitorRules, chainRules, errorRules, panicRules, headerRules, streamRules, upgradeRules, boundRules)
}

// A rule is one that an adapter may break.
type rule struct {
	name   string
	says   string // the rule, as the failure tells it
	onHTTP bool   // the rule is for adapters on net/http
	run    func(c *checker)
}
