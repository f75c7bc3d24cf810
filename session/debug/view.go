package debug

import (
	"crypto/sha256"
	_ "embed" // the page's template and style
	"encoding/base64"
	"html/template"
	"net/http"
	"strings"
	"time"

	"github.com/wafer-go/wafer/session/inspect"
)

//go:embed page.html
var pageText string

//go:embed style.css
var styleText string

var (
	pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
		"split": strings.Split, "number": number, "plural": plural, "took": took, "clock": func(t time.Time) string { return t.UTC().Format("15:04:05") },
	}).Parse(pageText))

	policy = "default-src 'none'; style-src 'sha256-" + hash(styleText) + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.StdEncoding.EncodeToString(sum[:])
}

const (
	maxFlashes = 50 // waiting messages that are shown
	dataNodes  = 10 // values that are shown of one message's data
)

// view is all that the page says.
type view struct {
	Style    template.CSS
	Found    inspect.Inspection
	State    string // "good", "note" or "bad", which is a class too
	Headline string
	Why      string // why a cookie was refused, or the store could not be asked
	By       string
	Sizes    string // of the cookies of the request
	Changes  []string

	Warnings   []warning
	Values     []node
	MoreValues string
	Size       sizes
	Flashes    []flash
	MoreFlash  int
	Attributes []attribute
	Times      *timeline
	ID, Owner  string
	Cookie     string
	Device     *attribute // what the session is bound to
	Backend    string

	Known    bool // the browser was, before this request
	Requests []request
	Guide    string
}

// flash is a message that waits.
type flash struct {
	Category, Title, Text string
	Markup                bool
	Data                  *node // nil if there is none
}

func (i *Inspector) view(r *http.Request, found inspect.Inspection, noted []request, now time.Time) view {
	v := view{
		Style: template.CSS(styleText), Found: found, // #nosec G203 -- our own file
		Size: sizesOf(found), Attributes: attributesOf(r, found), Times: timesOf(found, now),
		ID: cut(found.ID, maxKey), Owner: cut(found.Owner, maxKey), Cookie: found.Cookie, Backend: cut(found.Backend, maxKey), By: cut(found.By, maxKey),
		Known: noted != nil, Requests: noted, Guide: strings.TrimSuffix(troubleshooting, "troubleshooting.md") + "inspector.md",
	}
	v.Device = deviceOf(found, now)
	v.Warnings = warningsOf(found, v.Size)
	t := &tree{nodes: maxNodes, text: allText, showSecrets: i.o.InsecureShowSecrets}
	v.Values, v.MoreValues = t.values(found.Values)
	for n, m := range found.Flashes {
		if n == maxFlashes {
			v.MoreFlash = len(found.Flashes) - n
			break
		}
		f := flash{cut(m.Category, maxNoted), cut(m.Title, longText/8), cut(m.Text, longText/8), m.Markup, nil}
		if m.Data != nil {
			t.nodes = dataNodes
			data := t.data(string(m.Data))
			f.Data = &data
		}
		v.Flashes = append(v.Flashes, f)
	}
	for _, change := range found.Changes[:min(maxChanges, len(found.Changes))] {
		v.Changes = append(v.Changes, cut(change, maxNoted))
	}
	v.headline()
	if v.State == "good" && len(v.Warnings) > 0 {
		v.State = "note"
	}
	return v
}

// headline says in a sentence what came of the request's cookie.
func (v *view) headline() {
	found := v.Found
	switch values := plural(len(found.Values), "value"); {
	case found.Failure != nil:
		v.State, v.Headline, v.Why = "bad", "The session could not be read", plain(found.Failure)
	case found.Refused != nil:
		v.State, v.Headline, v.Why = "bad", "The cookie was refused; this visitor starts with an empty session", plain(found.Refused)
	case !found.Found && len(found.Sizes) == 0:
		v.State, v.Headline = "note", "This browser sent no session cookie"
	case !found.Found:
		v.State, v.Headline = "note", "The session cookie is empty"
	default:
		v.State, v.Headline = "good", "This browser has a session of "+values
	}
	if !found.Found && len(found.Values) > 0 {
		v.Headline += "; this request has begun one of " + plural(len(found.Values), "value")
	}
}
