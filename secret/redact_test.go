package secret_test

import (
	"bytes"
	"encoding/base64"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"html/template"
	"log"
	"log/slog"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/secret"
)

const redacted = "secret.Key(redacted)"

// verbs are the ones that fmt hands to a Formatter, and some that nobody has.
// The others, %T, %p and %w, have tests of their own.
var verbs = []string{
	"%v", "%+v", "%#v", "%s", "%q", "%+q", "%x", "%X", "% x", "%#x", "%d", "%t", "%c", "%b", "%o", "%O", "%U",
	"%e", "%E", "%f", "%F", "%g", "%G", "%30s", "%-30v", "%.3s", "%08d", "%z", "%y",
}

// leaks returns a spelling of part of key that text contains, or "". The first
// 6 bytes are enough: no printer shows the rest without them.
func leaks(text string, key secret.Key) string {
	material := key.Bytes()[:6]
	decimal := make([]string, len(material))
	hexes := make([]string, len(material))
	for i, b := range material {
		decimal[i] = strconv.Itoa(int(b))
		hexes[i] = fmt.Sprintf("%#x", b)
	}
	quoted := strconv.Quote(string(material))
	spellings := []string{
		string(material),
		quoted[1 : len(quoted)-1],
		hex.EncodeToString(material),
		fmt.Sprintf("% x", material),
		base64.RawURLEncoding.EncodeToString(material),
		base64.RawStdEncoding.EncodeToString(material),
		strings.Join(decimal, " "),
		strings.Join(decimal, ","),
		strings.Join(decimal, ", "),
		strings.Join(hexes, ", "),
	}
	for _, spelling := range spellings {
		if strings.Contains(strings.ToLower(text), strings.ToLower(spelling)) {
			return spelling
		}
	}
	return ""
}

func TestLeakCheckFindsALeak(t *testing.T) {
	key := secret.New()
	for _, text := range []string{
		key.Reveal(),
		fmt.Sprint(key.Bytes()),
		fmt.Sprintf("%#v", key.Bytes()),
		fmt.Sprintf("%X", key.Bytes()),
		fmt.Sprintf("%q", key.Bytes()),
		string(key.Bytes()),
	} {
		if leaks(text, key) == "" {
			t.Errorf("the leak check misses %q", text)
		}
	}
}

func TestEveryVerbPrintsRedacted(t *testing.T) {
	key := secret.New()
	for _, verb := range verbs {
		if got := fmt.Sprintf(verb, key); got != redacted {
			t.Errorf("%s of a Key prints %s, want %s", verb, got, redacted)
		}
		if got := fmt.Sprintf(verb, &key); got != redacted {
			t.Errorf("%s of a *Key prints %s, want %s", verb, got, redacted)
		}
		if got := fmt.Sprintf(verb, secret.Key{}); got != redacted {
			t.Errorf("%s of the zero Key prints %s, want %s", verb, got, redacted)
		}
	}
}

func TestEveryVerbPrintsRedactedInsideContainers(t *testing.T) {
	type config struct {
		Name string
		Key  secret.Key
		Any  any
	}
	key := secret.New()
	containers := []any{
		config{"n", key, key},
		&config{"n", key, key},
		[]secret.Key{key},
		[1]secret.Key{key},
		map[string]secret.Key{"k": key},
		map[string]any{"k": []any{key}},
		[]any{key},
		struct{ secret.Key }{key},
	}
	for _, container := range containers {
		for _, verb := range verbs {
			got := fmt.Sprintf(verb, container)
			if !strings.Contains(got, redacted) {
				t.Errorf("%s of %T prints %s, without %s", verb, container, got, redacted)
			}
			if leak := leaks(got, key); leak != "" {
				t.Errorf("%s of %T prints %s, which shows the key as %q", verb, container, got, leak)
			}
		}
	}
}

// fmt calls no methods on what it finds in an unexported field, and prints
// what is there.
func TestUnexportedFieldsShowNothing(t *testing.T) {
	type inner struct{ keys []secret.Key }
	type config struct {
		key     secret.Key
		pointer *secret.Key
		any     any
		inner   inner
		byName  map[string]secret.Key
	}
	key := secret.New()
	holder := config{key, &key, key, inner{[]secret.Key{key}}, map[string]secret.Key{"k": key}}
	for _, verb := range append(verbs, "%p", "%w") {
		for _, container := range []any{holder, &holder, []config{holder}} {
			got := fmt.Sprintf(verb, container)
			if leak := leaks(got, key); leak != "" {
				t.Errorf("%s of %T prints %s, which shows the key as %q", verb, container, got, leak)
			}
		}
	}
}

func TestVerbsThatFmtAnswersItselfShowNothing(t *testing.T) {
	key := secret.New()
	if got := fmt.Sprintf("%T", key); got != "secret.Key" {
		t.Errorf("%%T prints %s, want secret.Key", got)
	}
	for _, verb := range []string{"%p", "%w"} {
		for _, value := range []any{key, &key, []secret.Key{key}} {
			got := fmt.Sprintf(verb, value)
			if leak := leaks(got, key); leak != "" {
				t.Errorf("%s of %T prints %s, which shows the key as %q", verb, value, got, leak)
			}
		}
	}
	wrap := "bad: %w" // A variable, since vet knows that a Key is no error.
	if got := fmt.Errorf(wrap, key).Error(); leaks(got, key) != "" {
		t.Errorf("%%w in Errorf prints %s", got)
	}
}

// dump prints all that reflection reaches, through pointers, interfaces and
// unexported fields, as debugging printers do.
func dump(b *strings.Builder, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			dump(b, v.Elem())
		}
	case reflect.Struct:
		for _, field := range v.Fields() {
			dump(b, field)
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			dump(b, v.Index(i))
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			dump(b, v.MapIndex(key))
		}
	default:
		fmt.Fprintf(b, "%v ", v)
	}
}

func TestReflectionShowsNothing(t *testing.T) {
	key := secret.New()
	holder := struct {
		key *secret.Key
		any any
	}{&key, []any{key}}
	var b strings.Builder
	dump(&b, reflect.ValueOf(&holder))
	if b.Len() == 0 {
		t.Fatal("the walk over the value found nothing")
	}
	if leak := leaks(b.String(), key); leak != "" {
		t.Errorf("reflection shows %s, which has the key as %q", b.String(), leak)
	}
}

func TestStringAndGoStringAreRedacted(t *testing.T) {
	key := secret.New()
	if key.String() != redacted || key.GoString() != redacted {
		t.Errorf("String is %s and GoString %s, want %s", key.String(), key.GoString(), redacted)
	}
}

func TestLogsShowRedacted(t *testing.T) {
	type config struct{ Key secret.Key }
	key := secret.New()
	var out bytes.Buffer
	log.New(&out, "", 0).Print(key, config{key}, &config{key})
	for _, handler := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(handler).Info("start", "key", key, "pointer", &key, "config", config{key}, "any", []any{key})
		slog.New(handler).With("key", key).WithGroup("g").Info("start", slog.Any("key", key))
	}
	// log prints 3, and each handler 4 and then 2.
	if got := strings.Count(out.String(), redacted); got != 3+2*(4+2) {
		t.Errorf("%s stands in the log %d times, want %d:\n%s", redacted, got, 3+2*(4+2), &out)
	}
	if leak := leaks(out.String(), key); leak != "" {
		t.Errorf("the log shows the key as %q:\n%s", leak, &out)
	}
}

// A handler of somebody else's may look into a value in its own way.
func TestSlogResolvesAKeyToRedactedText(t *testing.T) {
	value := slog.AnyValue(secret.New()).Resolve()
	if value.Kind() != slog.KindString || value.String() != redacted {
		t.Errorf("slog resolves a Key to %v of kind %v, want the string %s", value, value.Kind(), redacted)
	}
}

func TestJSONShowsRedacted(t *testing.T) {
	type config struct {
		Key     secret.Key
		Pointer *secret.Key
		Keys    map[string]secret.Key
		hidden  secret.Key
	}
	key := secret.New()
	got, err := json.Marshal(config{key, &key, map[string]secret.Key{"k": key}, key})
	want := `{"Key":"` + redacted + `","Pointer":"` + redacted + `","Keys":{"k":"` + redacted + `"}}`
	if err != nil || string(got) != want {
		t.Errorf("Marshal returned %s, %v; want %s", got, err, want)
	}
}

func TestZeroKeyIsLeftOutOfJSONByOmitzero(t *testing.T) {
	got, err := json.Marshal(struct {
		Key secret.Key `json:",omitzero"`
	}{})
	if err != nil || string(got) != "{}" {
		t.Errorf("Marshal returned %s, %v; want {}", got, err)
	}
}

func TestRedactedJSONCannotBeReadBack(t *testing.T) {
	var config struct{ Key secret.Key }
	if err := json.Unmarshal([]byte(`{"Key":"`+redacted+`"}`), &config); err == nil {
		t.Error("Unmarshal took the redacted text for a key")
	}
}

func TestXMLAndTemplatesShowRedacted(t *testing.T) {
	type config struct {
		Key  secret.Key
		Attr secret.Key `xml:",attr"`
	}
	key := secret.New()
	text, err := xml.Marshal(config{key, key})
	if want := `<config Attr="` + redacted + `"><Key>` + redacted + `</Key></config>`; err != nil || string(text) != want {
		t.Errorf("xml.Marshal returned %s, %v; want %s", text, err, want)
	}
	var page bytes.Buffer
	err = template.Must(template.New("").Parse(`<p title="{{.}}">{{.}}<script>x = {{.}}</script>`)).Execute(&page, key)
	if want := `<p title="` + redacted + `">` + redacted + `<script>x = "` + redacted + `"</script>`; err != nil || page.String() != want {
		t.Errorf("the template wrote %s, %v; want %s", &page, err, want)
	}
}

func TestGobRefusesAKey(t *testing.T) {
	key := secret.New()
	for _, value := range []any{key, &key, struct{ Key secret.Key }{key}, []secret.Key{key}} {
		var out bytes.Buffer
		if err := gob.NewEncoder(&out).Encode(value); err == nil {
			t.Errorf("gob encoded %T without an error", value)
		}
		if leak := leaks(out.String(), key); leak != "" {
			t.Errorf("gob wrote the key of %T as %q", value, leak)
		}
	}
}
