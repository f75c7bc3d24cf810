package main

import (
	_ "embed"
	"html/template"
	"log"
	"maps"
	"net/http"
	"time"

	"github.com/wafer-go/wafer/session"
)

//go:embed style.css
var style []byte

// The layout fetches the flashes itself, while it is being written: no handler
// has to pass them on. A page that tells of an error has no session.
const layout = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{template "title" .}} · Wafer devices</title>
<link rel="stylesheet" href="/style.css">
<header><a href="/">Wafer devices</a>{{if .Owner}}<form method="post" action="/logout"><button class="second">Log out</button></form>{{end}}</header>
{{with .Session}}{{range flashes .}}<div class="flash {{.Category}}" role="{{if eq .Category "error"}}alert{{else}}status{{end}}"><strong>{{.Category}}</strong> <span>{{.Text}}</span></div>
{{end}}{{end}}<main>
{{template "body" .}}
</main>
<footer>{{block "footer" .}}Sessions are stored in SQLite. The cookie contains only a session ID.{{end}}</footer>
</html>
`

var (
	loginPage = page(`{{define "title"}}Log in{{end}}{{define "body"}}<h1>Log in</h1>
<p>Any name will do: this example asks for no password.</p>
<form method="post" action="/login">
  <label for="username">Your name</label>
  <input id="username" name="username" autocomplete="username" required maxlength="{{maxName}}" autofocus>
  <button>Log in</button>
</form>{{end}}`)

	devicesPage = page(`{{define "title"}}Your devices{{end}}{{define "body"}}<h1>Your devices, {{.Owner}}</h1>
<p>{{if .Others}}You are logged in on {{len .Devices}} devices. If one of them is not yours, sign it out.{{else}}You are logged in on this device only. Log in under the same name from another browser, or from a private window of this one, and reload this page.{{end}}</p>
<ul class="devices" role="list">
{{range $i, $d := .Devices}}<li>
  <div>
    <strong>{{.Name}}</strong>{{if .Current}} <span class="badge">this device</span>{{end}}
    <div class="facts" id="facts-{{$i}}">
      <div>{{if .Current}}In use now{{else}}Last used {{time .LastUsed}}{{end}}</div>
      <div>Logged in {{time .Since}} from {{.Address}}</div>
{{if .Bound}}      <div>Bound to {{if .Current}}this{{else}}that{{end}} device: its cookie does not work on another</div>
{{end}}    </div>
  </div>
  {{if not .Current}}<form method="post" action="/signout"><button class="second" name="id" value="{{.ID}}" aria-label="Sign out {{.Name}}" aria-describedby="facts-{{$i}}">Sign out</button></form>{{end}}
</li>
{{end}}</ul>
{{if .Others}}<div class="actions">
  <form method="post" action="/signout/others"><button>Sign out everywhere else</button></form>
  <form method="post" action="/signout/everywhere"><button class="second">Sign out everywhere</button></form>
</div>{{end}}{{end}}{{define "footer"}}A device is named as its browser named itself. The last use is known to within {{minutes}} minutes. A session ends after an hour without use, and a day after the login in any case.{{end}}`)

	endedPage = page(`{{define "title"}}Signed out{{end}}{{define "body"}}<h1>This device has been signed out</h1>
<p>Another of your devices signed it out while this page was loading. What you asked for was not done.</p>
<p><a href="/">Log in again</a></p>{{end}}`)

	notBoundPage = page(`{{define "title"}}Another device{{end}}{{define "body"}}<h1>This login belongs to another device</h1>
<p>This browser could not prove that it is the one that logged in. What you asked for was not done.</p>
<p><a href="/">Log in again</a></p>{{end}}`)

	unavailablePage = page(`{{define "title"}}Not available{{end}}{{define "body"}}<h1>Please try again in a moment</h1>
<p>The store of the sessions cannot be reached. If you were logged in, you still are.</p>
<p><a href="/">Your devices</a></p>{{end}}`)

	brokenPage = page(`{{define "title"}}Something went wrong{{end}}{{define "body"}}<h1>Something went wrong</h1>
<p>It is not your fault. The log of the server has the reason.</p>
<p><a href="/">Your devices</a></p>{{end}}`)
)

func page(content string) *template.Template {
	funcs := template.FuncMap{
		"time":    shownTime,
		"maxName": func() int { return maxName },
		"minutes": func() int { return int(idleTimeout / 10 / time.Minute) },
	}
	maps.Copy(funcs, session.Funcs)
	return template.Must(template.Must(template.New("layout").Funcs(funcs).Parse(layout)).Parse(content))
}

// shownTime is a time in words, with the exact one as its title.
func shownTime(t time.Time) template.HTML {
	exact := t.UTC().Format("2006-01-02 15:04:05 UTC")
	// None of the three can hold markup.
	return template.HTML(`<time datetime="` + t.UTC().Format(time.RFC3339) + `" title="` + exact + `">` + ago(t, time.Now()) + `</time>`)
}

func show(w http.ResponseWriter, page *template.Template, status int, data map[string]any) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store") // so that Back does not show the devices after a log out
	w.WriteHeader(status)
	if err := page.Execute(w, data); err != nil {
		log.Print("devices: ", err)
	}
}

func serveStyle(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	_, _ = w.Write(style)
}
