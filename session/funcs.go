package session

import "html/template"

// Funcs are functions for templates, added before they are parsed:
//
//	template.New("page").Funcs(session.Funcs).Parse(...)
//
// Each takes the session as its first argument, so templates are parsed once.
//
//	{{range flashes .Session}}<li class="{{.Category}}">{{.Text}}</li>{{end}}
//	{{range flashes .Session "warning" "error"}}...{{end}}
//	{{value .Session "username"}}
//
// flashes is [Session.Flashes], with a Text that html/template does not escape
// again where the message is markup. value is [Session.Value].
var Funcs = template.FuncMap{
	"flashes": templateFlashes,
	"value":   (*Session).Value,
}

// templateMessage is a Message as html/template should see it.
type templateMessage struct {
	Category string
	Text     any // string, or template.HTML
}

func templateFlashes(s *Session, categories ...string) []templateMessage {
	messages := s.Flashes(categories...)
	shown := make([]templateMessage, len(messages))
	for i, m := range messages {
		shown[i] = templateMessage{m.Category, m.Text}
		if m.Markup {
			shown[i].Text = template.HTML(m.Text) // #nosec G203 -- the program vouched for it, see Message.Markup
		}
	}
	return shown
}
