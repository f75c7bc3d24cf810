package session

import (
	"encoding/json"
	"html/template"
)

// Funcs are functions for templates. Add them before parsing:
//
//	template.New("page").Funcs(session.Funcs).Parse(...)
//
// The first argument of each is the session, so templates are parsed once:
//
//	{{range flashes .Session}}<li class="{{.Category}}">{{.Text}}</li>{{end}}
//	{{range flashes .Session "warning" "error"}}...{{end}}
//	{{value .Session "username"}}
//
// flashes is [Session.Flashes]: messages with Category, Title, Data (decoded) and a Text that
// html/template does not escape if the message is markup. value is [Session.Value].
var Funcs = template.FuncMap{
	"flashes": templateFlashes,
	"value":   (*Session).Value,
}

// templateMessage is a Message as html/template should see it.
type templateMessage struct {
	Category string
	Title    string
	Text     any // string, or template.HTML
	Data     any // as decoded from JSON, nil if there is none
}

func templateFlashes(s *Session, categories ...string) []templateMessage {
	messages := s.Flashes(categories...)
	shown := make([]templateMessage, len(messages))
	for i, m := range messages {
		shown[i] = templateMessage{Category: m.Category, Title: m.Title, Text: m.Text}
		_ = json.Unmarshal(m.Data, &shown[i].Data) // what Flash took is valid, or empty
		if m.Markup {
			shown[i].Text = template.HTML(m.Text) // #nosec G203 -- the program vouched for it, see Message.Markup
		}
	}
	return shown
}
