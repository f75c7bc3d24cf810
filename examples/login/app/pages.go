package app

import (
	"html/template"
	"log"
	"net/http"

	"github.com/wafer-go/wafer/session"
)

// The layout fetches the flashes itself, while it is being written: no handler
// has to pass them on.
const layout = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{template "title" .}} · Wafer login</title>
<style>
  :root {
    color-scheme: light dark;
    --paper: #fbf7f0; --card: #ffffff; --ink: #2b2118; --soft: #6b5b4b; --line: #e3d8c8; --accent: #9a4b12; --on-accent: #ffffff;
    --success: #17663a; --info: #1d5a9a; --warning: #7a5200; --error: #a3221b;
  }
  @media (prefers-color-scheme: dark) {
    :root {
      --paper: #1c1712; --card: #272019; --ink: #f3eadf; --soft: #bcaa96; --line: #43382d; --accent: #f0a566; --on-accent: #2b1705;
      --success: #7fd6a1; --info: #90c4f7; --warning: #f0c15c; --error: #ff9d94;
    }
  }
  * { box-sizing: border-box; }
  body { margin: 0; min-height: 100vh; background: var(--paper); color: var(--ink); font: 1.0625rem/1.5 system-ui, sans-serif; }
  header, main, footer { width: min(34rem, 100% - 2rem); margin-inline: auto; }
  header { display: flex; align-items: center; gap: 1rem; justify-content: space-between; padding-block: 1.25rem; }
  header a { color: inherit; font-weight: 700; text-decoration: none; }
  main { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: 1.5rem; }
  footer { color: var(--soft); font-size: .875rem; padding-block: 1rem; }
  h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .75rem; overflow-wrap: anywhere; }
  p { margin: 0 0 1rem; }
  main > :last-child { margin-bottom: 0; }
  a { color: var(--accent); }
  label { display: block; font-weight: 600; margin-bottom: .25rem; }
  input { width: 100%; font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--soft); border-radius: .5rem; padding: .6rem .75rem; margin-bottom: 1rem; }
  button { font: inherit; font-weight: 600; color: var(--on-accent); background: var(--accent); border: 0; border-radius: .5rem; padding: .6rem 1.25rem; cursor: pointer; }
  header button { color: var(--accent); background: none; box-shadow: inset 0 0 0 2px var(--accent); }
  :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
  .flash { display: flex; gap: .6rem; border: 1px solid var(--kind); border-left-width: .4rem; border-radius: .5rem; background: var(--card); padding: .6rem .9rem; margin: 0 auto 1rem; width: min(34rem, 100% - 2rem); --kind: var(--soft); }
  .flash strong { color: var(--kind); white-space: nowrap; text-transform: capitalize; }
  .flash.success { --kind: var(--success); } .flash.success strong::before { content: "✓ "; }
  .flash.info { --kind: var(--info); } .flash.info strong::before { content: "ℹ "; }
  .flash.warning { --kind: var(--warning); } .flash.warning strong::before { content: "! "; }
  .flash.error { --kind: var(--error); } .flash.error strong::before { content: "✗ "; }
</style>
<header><a href="/">Wafer login</a>{{with value .Session "username"}}<form method="post" action="/logout"><button>Log out</button></form>{{end}}</header>
{{range flashes .Session}}<div class="flash {{.Category}}" role="{{if eq .Category "error"}}alert{{else}}status{{end}}"><strong>{{.Category}}</strong> <span>{{.Text}}</span></div>
{{end}}<main>
{{template "body" .}}
</main>
<footer>Reload the page: a flashed message is shown once.</footer>
</html>
`

var (
	indexPage = page(`{{define "title"}}Home{{end}}{{define "body"}}{{with value .Session "username"}}<h1>Hello, {{.}}</h1>
<p>You are logged in. The session is kept in a signed cookie: you can look at it, and cannot change it.</p>{{else}}<h1>Welcome</h1>
<p>You are not logged in.</p>
<p><a href="/login">Log in</a></p>{{end}}{{end}}`)

	loginPage = page(`{{define "title"}}Log in{{end}}{{define "body"}}<h1>Log in</h1>
<form method="post" action="/login">
  <label for="username">Your name</label>
  <input id="username" name="username" autocomplete="username" required maxlength="60" autofocus>
  <button>Log in</button>
</form>{{end}}`)
)

func page(content string) *template.Template {
	return template.Must(template.Must(template.New("layout").Funcs(session.Funcs).Parse(layout)).Parse(content))
}

func show(w http.ResponseWriter, page *template.Template, status int, s *session.Session) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	if err := page.Execute(w, map[string]any{"Session": s}); err != nil {
		log.Print("login: ", err)
	}
}
