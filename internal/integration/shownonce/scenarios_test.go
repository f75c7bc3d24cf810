package shownonce

import (
	"fmt"
	"strings"
	"time"

	"github.com/wafer-go/wafer/internal/integration/browsers"
)

// soon is how long a request may take that some browsers do not send at all.
const soon = 3 * time.Second

// A scenario is a visit, in which each message is to be seen in one page view.
type scenario struct {
	name     string // part of the cookie's name
	what     string // its row
	messages []string
	visit    func(p *program) (note string)
	browsers bool // what becomes of the messages is the browser's doing, so it is only told
}

var one = []string{"one"}

var scenarios = []scenario{
	{"load", "the page is opened by a link, and later again", one, func(p *program) string {
		p.open("make")
		p.open("page")
		p.open("quiet")
		p.open("page")
		return ""
	}, false},
	{"reload", "the page is reloaded", one, func(p *program) string {
		p.open("make")
		p.open("page")
		p.leave("location.reload()", "page")
		return ""
	}, false},
	{"same", "a page with an `ETag` that the browser has kept is opened", one, func(p *program) string {
		p.open("article")
		p.open("make")
		p.open("article")
		note := "without a 304"
		if p.served("/article 304", 1, 0) {
			note = "on the next page"
		}
		p.open("page")
		return note
	}, false},
	{"again", "a page with an `ETag` has shown the message, and is opened again", one, func(p *program) string {
		p.open("make")
		p.open("article")
		p.open("quiet")
		p.open("article")
		return ""
	}, false},
	{"prefetch", "`link rel=prefetch` of the page, then the page is opened", one, func(p *program) string {
		p.open("make")
		return p.prefetched("prefetch", "prefetch")
	}, false},
	{"elsewhere", "`link rel=prefetch` of the page, then another page is opened", one, func(p *program) string {
		p.open("make")
		p.open("prefetched")
		note := p.asked("/article prefetch")
		p.open("page")
		return note
	}, false},
	{"next", "`link rel=next` of the page, then the page is opened", one, func(p *program) string {
		p.open("make")
		return p.prefetched("next", "prefetch")
	}, false},
	{"speculate", "speculation rules prefetch the page, then it is opened", one, func(p *program) string {
		p.open("make")
		return p.prefetched("speculate", "prefetch")
	}, false},
	{"prerender", "speculation rules prerender the page, then it is opened", one, func(p *program) string {
		p.open("make")
		return p.prefetched("prerender", "prefetch;prerender")
	}, false},
	{"beside", "another page loads an image, a script and a style, and sends an OPTIONS request", one, func(p *program) string {
		p.open("make")
		p.open("beside")
		if !p.served("GET /layout", 3, browsers.Patience) || !p.served("OPTIONS /layout", 1, browsers.Patience) {
			p.Error("the page did not ask for what is beside it")
		}
		p.open("page")
		return ""
	}, false},
	{"cancel", "the request is cancelled, then the page is opened", one, func(p *program) string {
		p.open("make")
		p.do(`location.assign("slow"); await pause(500); stop(); await pause(100)`, "make")
		if !p.served("/slow cancelled", 1, browsers.Patience) {
			p.Error("the request was not cancelled")
		}
		p.open("page")
		return ""
	}, false},
	{"double", "a form is sent by a double click", nil, (*program).doubleClick, false},
	{"back", "back and forward, with the guide's script", one, func(p *program) string { return p.back("page") }, false},
	{"bare", "back and forward, without the script", one, func(p *program) string { return p.back("bare") }, true},
	{"chain", "three redirects, each with a message", []string{"one", "two", "three"}, func(p *program) string {
		v := p.leave(`location.assign("`+p.path+`chain")`, "page")
		if got := strings.Join(v.Messages, " "); got != "one two three" {
			p.Errorf("the messages are %q", got)
		}
		p.open("page")
		return ""
	}, false},
	{"fragment", "a fragment is put into the page, as htmx does", []string{"one", "two"}, func(p *program) string {
		p.open("make")
		p.do(`document.body.insertAdjacentHTML("beforeend", await (await fetch("fragment", { method: "POST", headers: { "HX-Request": "true" } })).text())`, "make")
		p.open("page")
		return ""
	}, false},
	{"json", "a script fetches JSON, and shows its messages", []string{"one", "two"}, func(p *program) string {
		p.open("make")
		p.do(`for (const text of await (await fetch("json", { method: "POST" })).json()) {
			const flash = document.createElement("p");
			flash.className = "flash";
			flash.textContent = text;
			document.body.append(flash);
		}`, "make")
		p.open("page")
		return ""
	}, false},
	{"payment", "a payment provider of another site returns by POST, outside of the manager", []string{"paid"}, func(p *program) string {
		p.open("begin")
		p.Tell(p.T, browsers.Order{Script: `location.assign("` + strings.Replace(p.URL, "localhost", "127.0.0.1", 1) + "/test/pay?to=" + p.URL + "/return" + p.path + `")`, Leaves: true})
		p.Wait(p.T, "/test/pay")
		p.leave(`document.querySelector("button").click()`, "page")
		return ""
	}, false},
}

// asked waits for a request that a browser sends in advance.
func (p *program) asked(what string) string {
	if p.served(what, 1, soon) {
		return ""
	}
	return "no prefetch"
}

// prefetched opens a page that another one has the browser ask for in advance, and then the next.
func (p *program) prefetched(from, purpose string) string {
	p.Helper()
	p.open(from)
	note := p.asked("/page " + purpose)
	if v := p.open("page"); len(v.Messages) == 0 {
		note = "on the next page"
	}
	p.open("page")
	return note
}

// back goes back to a page that has shown the message, forward, and back again.
func (p *program) back(name string) string {
	p.Helper()
	p.open("make")
	p.open(name)
	p.open("quiet")
	v := p.leave("history.back()", name)
	p.leave("history.forward()", "quiet")
	p.leave("history.back()", name)
	note := "the page is requested again"
	if v.FromCache {
		note = "the page is kept in memory"
	}
	return note
}

// doubleClick sends a form, and again while the first request waits for its answer. On a busy machine
// the second click can come after the answer, or before the first request was sent, which it then
// cancels: both are tried again. Firefox ESR 140 never sends a form again that it is sending; its
// successor and the other browsers do.
func (p *program) doubleClick() string {
	p.Helper()
	delay, answered := 100, 0
	for try := range 6 {
		p.open("begin")
		p.open("form")
		p.leave(fmt.Sprintf(`const button = document.querySelector("button");
			button.form.elements.try.value = %d;
			button.click();
			setTimeout(() => { fetch("click/%[1]d", { method: "POST", keepalive: true }); button.click() }, %d)`, try, delay), "page")
		sent := 1
		if p.served(fmt.Sprint("save ", try), 2, 0) {
			sent = 2
		}
		if answered += sent; !p.served("/save", answered, browsers.Patience) {
			p.Error("a request was not answered")
			return ""
		}
		if clicked := p.served(fmt.Sprint("/click/", try), 1, 0); sent == 2 || clicked && p.Kind.Name == "Firefox" {
			p.open("page")
			return p.ofRequests(fmt.Sprintf("save %d.", try), sent)
		} else if clicked {
			delay *= 2
		}
	}
	p.Error("the form was not sent twice")
	return ""
}

// ofRequests says which of the requests' messages were seen.
func (p *program) ofRequests(message string, sent int) string {
	p.Helper()
	views := func(n int) int { return p.ViewsOf(p.path, fmt.Sprint(message, n)) }
	if views(sent) != 1 || views(1) > 1 {
		p.Errorf("of %d requests, the message of the first was seen in %d page views, that of the last in %d", sent, views(1), views(sent))
	}
	inCookie := strings.HasSuffix(p.path, "-cookie/")
	if sent == 2 && inCookie != (views(1) == 0) {
		p.Errorf("the message of the first request was seen in %d page views", views(1))
	}
	if inCookie {
		return "of the last request" // the response to the first one, with its cookie, was thrown away
	}
	return "of each request"
}
