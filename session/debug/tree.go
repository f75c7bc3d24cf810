package debug

import (
	"encoding/json"
	"regexp"
	"strings"

	"github.com/wafer-go/wafer/session/inspect"
)

// What is shown of a session's values, so that a session of any size makes a
// page of a few hundred KiB at most.
const (
	maxNodes  = 500
	maxDepth  = 12
	shortText = 80       // bytes of a text that is shown at once
	longText  = 4 << 10  // bytes of a text that is shown when it is unfolded
	allText   = 64 << 10 // bytes of all these together
	maxKey    = 120      // bytes of a key
	openUpTo  = 12       // members of an object or list that is shown unfolded
)

// secretKey matches keys whose values are secret: the visitor may see them, but not everyone who
// sees the screen.
var secretKey = regexp.MustCompile(`(?i)passw|passphrase|secret|token|csrf|xsrf|api_?key|private_?key|credential|authoriz|(^|[^a-z])(otp|pin|nonce|verifier)([^a-z]|$)`)

// ownKeys are the keys that are the session's own.
var ownKeys = map[string]string{
	"_created":   "Wafer's own: when AbsoluteTimeout began to count",
	"_dbsc":      "Wafer's own: the device that the session is bound to, see package dbsc",
	"_flashes":   "Wafer's own: the flash messages that wait",
	"_lifetime":  "Wafer's own: the session's lifetime in seconds, see ExpireAfter",
	"_once":      "Wafer's own: the values for the next request only, see Field.Flash",
	"_owner":     "Wafer's own: the user who signed in, see SignIn",
	"_permanent": "Wafer's own: see SetPermanent",
}

// flaskTags are the keys by which Flask marks what JSON does not have.
var flaskTags = map[string]string{
	" b": "Flask's bytes", " d": "Flask's datetime", " di": "Flask's mark of a dict that looks like a tag", " m": "Flask's Markup", " t": "Flask's tuple", " u": "Flask's UUID",
}

// node is a value as the page shows it.
type node struct {
	Key, Note string
	Keyed     bool
	Kind      string // "string of 3 bytes", "object of 2 keys", ...
	Text      string // what is shown at once
	Long      string // what is shown when it is unfolded
	Cut       string // what is left out of Long
	Problem   string
	Group     bool // an object or a list, with members
	Open      bool
	Members   []node
	More      string // how many members are left out
}

// tree is what there is still room for.
type tree struct {
	nodes, text int
	showSecrets bool
}

// unkept returns why a value cannot be kept. The error may quote it.
func unkept(v inspect.Value, showSecrets bool) string {
	if !showSecrets && secretKey.MatchString(v.Key) {
		return "the reason is hidden, since the key sounds like a secret (debug.Options.InsecureShowSecrets)"
	}
	return plain(v.Err)
}

// values returns the nodes of a session's values, and what is left out.
func (t *tree) values(values []inspect.Value) (nodes []node, more string) {
	left := t.nodes
	for i, v := range values {
		if left <= 0 {
			return nodes, plural(len(values)-i, "more key")
		}
		// A long list leaves room for the keys after it.
		t.nodes = max(1, left/(len(values)-i))
		left -= t.nodes
		var n node
		switch {
		case v.Err != nil:
			n = node{Kind: "not kept", Problem: unkept(v, t.showSecrets)}
		case !json.Valid([]byte(v.JSON)):
			n = t.long(node{Kind: "not JSON, " + bytesText(v.Size), Note: "written by another program, such as Python's NaN; kept as it is"}, v.JSON, t.hides(v.Key) || t.hides(v.JSON))
		default:
			n = t.node(v.JSON, t.hides(v.Key), 1)
		}
		n.Key, n.Keyed = cut(v.Key, maxKey), true
		if own, ok := ownKeys[v.Key]; ok {
			n.Note, n.Open = own, false
		}
		nodes = append(nodes, n)
		left += t.nodes
	}
	return nodes, ""
}

// data returns the node of a flash message's data, which may be another program's.
func (t *tree) data(raw string) node {
	n := node{Kind: "not JSON, " + bytesText(len(raw))}
	if json.Valid([]byte(raw)) {
		n = t.node(raw, false, 1)
		n.Open = false
	} else {
		n = t.long(n, raw, t.hides(raw))
	}
	n.Key, n.Keyed = "data", true
	return n
}

func (t *tree) hides(key string) bool { return !t.showSecrets && secretKey.MatchString(key) }

// node returns one valid JSON value.
func (t *tree) node(raw string, hide bool, depth int) node {
	t.nodes--
	switch raw = strings.TrimSpace(raw); raw[0] {
	case '"':
		var text string
		_ = json.Unmarshal([]byte(raw), &text) // it is valid
		return t.long(node{Kind: "string, " + bytesText(len(text))}, text, hide)
	case '{', '[':
		if hide || depth > maxDepth {
			return t.long(node{Kind: "nested, " + bytesText(len(raw))}, raw, hide || t.hides(raw))
		}
		return t.group(raw, depth)
	case 't', 'f':
		return t.long(node{Kind: "boolean"}, raw, hide)
	case 'n':
		return node{Kind: "null"}
	}
	return t.long(node{Kind: "number"}, raw, hide)
}

func (t *tree) group(raw string, depth int) node {
	n := node{Group: true}
	decoder := json.NewDecoder(strings.NewReader(raw))
	object := raw[0] == '{'
	_, _ = decoder.Token() // the bracket; all of it is valid
	count, tag := 0, ""
	for ; decoder.More(); count++ {
		key := ""
		if object {
			token, _ := decoder.Token()
			key, _ = token.(string)
			tag = key
		}
		var member json.RawMessage
		if decoder.Decode(&member) != nil {
			break
		}
		if t.nodes <= 0 {
			continue
		}
		m := t.node(string(member), object && t.hides(key), depth+1)
		m.Key, m.Keyed = cut(key, maxKey), object
		n.Members = append(n.Members, m)
	}
	if object {
		n.Kind = "object, " + plural(count, "key")
		if count == 1 {
			n.Note = flaskTags[tag]
		}
	} else {
		n.Kind = "list, " + plural(count, "item")
	}
	if left := count - len(n.Members); left > 0 {
		n.More = number(left) + " more, left out for the page's sake"
	}
	n.Open = count <= openUpTo && depth <= 3
	return n
}

// long folds a text that is too long to be shown at once.
func (t *tree) long(n node, text string, hide bool) node {
	if hide {
		n.Text, n.Note = "", "hidden, since its key sounds like a secret (debug.Options.InsecureShowSecrets)"
		return n
	}
	if len(text) <= shortText {
		n.Text = t.quoted(n, visible(text))
		return n
	}
	n.Text = t.quoted(n, cut(text, shortText))
	room := min(longText, t.text)
	shown := text
	if len(text) > room {
		shown = strings.ToValidUTF8(text[:room], "")
		n.Cut = bytesText(len(text)-len(shown)) + " more, left out for the page's sake"
	}
	t.text -= len(shown)
	n.Long = visible(shown)
	return n
}

// quoted puts quotation marks around a string, so that "1" is not read as 1.
func (t *tree) quoted(n node, text string) string {
	if strings.HasPrefix(n.Kind, "string") {
		return "“" + text + "”"
	}
	return text
}
