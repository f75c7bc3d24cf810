package wafer

import (
	"bytes"
	"encoding/base64"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"expvar"
	"fmt"
	"go/token"
	"html/template"
	"log"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/dbsc"
	"github.com/wafer-go/wafer/flask"
	"github.com/wafer-go/wafer/flask/flasklogin"
	"github.com/wafer-go/wafer/flask/flaskwtf"
	"github.com/wafer-go/wafer/itsdangerous"
	"github.com/wafer-go/wafer/migrate/gorilla"
	"github.com/wafer-go/wafer/seal"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/debug"
	"github.com/wafer-go/wafer/store/memstore"
)

// hiddenKey is the key that must not show. Each byte is a letter, so that it shows in every way of
// printing bytes.
const hiddenKey = "kXvWqZbTmRfYpLhCdNsGjUeAoVwIyQzB"

func hidden() []byte { return []byte(hiddenKey) }

func hiddenSecret() secret.Key {
	key, err := secret.Parse(base64.RawURLEncoding.EncodeToString(hidden()))
	if err != nil {
		panic(err)
	}
	return key
}

// must returns a value without its error.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// keyHolders make values that hold hiddenKey, each under the exported type or function of ours that a
// program has them from. TestKeyHoldersAreComplete says what is missing.
var keyHolders = map[string]func() any{
	"secret.Key":         func() any { return hiddenSecret() },
	"secret.FromEnv":     nil, // a secret.Key, as the next ones
	"secret.ListFromEnv": nil,
	"secret.FromFile":    nil,
	"secret.New":         nil,
	"secret.Parse":       nil,
	"secret.Guessable":   func() any { why, _ := secret.Guessable(strings.Repeat(hiddenKey, 4)); return why },

	"seal.Key":     func() any { return seal.NewKey([4]byte{1}, hidden()) },
	"seal.NewKey":  nil, // a seal.Key
	"seal.Options": func() any { return seal.Options{Accept: []seal.Key{seal.NewKey([4]byte{1}, hidden())}} },
	"seal.New":     nil, // a seal.Sealer
	"seal.Sealer": func() any {
		return must(seal.New(seal.NewKey([4]byte{}, hidden()), seal.Options{Accept: []seal.Key{seal.NewKey([4]byte{1}, hidden())}}))
	},

	"itsdangerous.Signer":                    func() any { return must(itsdangerous.NewSigner(hidden(), nil, hidden())) },
	"itsdangerous.TimestampSigner":           func() any { return must(itsdangerous.NewTimestampSigner(hidden(), nil, hidden())) },
	"itsdangerous.Serializer":                func() any { return must(itsdangerous.NewSerializer(hidden(), itsSerializer(), hidden())) },
	"itsdangerous.TimedSerializer":           func() any { return must(itsdangerous.NewTimedSerializer(hidden(), itsSerializer(), hidden())) },
	"itsdangerous.NewURLSafeSerializer":      func() any { return must(itsdangerous.NewURLSafeSerializer(hidden(), nil, hidden())) },
	"itsdangerous.NewURLSafeTimedSerializer": func() any { return must(itsdangerous.NewURLSafeTimedSerializer(hidden(), nil, hidden())) },
	"itsdangerous.NewSigner":                 nil, // the types above
	"itsdangerous.NewTimestampSigner":        nil,
	"itsdangerous.NewSerializer":             nil,
	"itsdangerous.NewTimedSerializer":        nil,

	"flask.Cookies": func() any { return must(flask.Cookies(hiddenKey, nil, hiddenKey)) },

	"flasklogin.New":      nil, // the type below
	"flasklogin.Logins":   func() any { return must(flasklogin.New(hiddenKey, nil)) },
	"flaskwtf.New":        nil, // the type below
	"flaskwtf.Protection": func() any { return must(flaskwtf.New(hiddenKey, nil)) },

	"dbsc.Options": func() any { return dbsc.Options{Key: hiddenSecret(), Accept: []secret.Key{hiddenSecret()}} },
	"dbsc.New":     nil, // the type below
	"dbsc.Guard": func() any {
		return must(dbsc.New(must(session.New(session.Signed(hiddenSecret()), nil)), &dbsc.Options{Key: hiddenSecret()}))
	},

	"gorilla.Keys":    func() any { return gorilla.NewKeys(hidden(), hidden()) },
	"gorilla.NewKeys": nil, // a gorilla.Keys
	"gorilla.Cookies": func() any { return gorilla.Cookies(gorillaKeys(), nil) },
	"gorilla.Files":   func() any { return gorilla.Files("", gorillaKeys(), nil) },

	"session.Signed": func() any { return session.Signed(hiddenSecret(), hiddenSecret()) },
	"session.Sealed": func() any { return session.Sealed(hiddenSecret(), secret.New()) },
	"session.Overflow": func() any {
		return session.Overflow(session.Signed(hiddenSecret()), memstore.New(nil))
	},
	"session.Migrate": func() any {
		return session.Migrate(session.Sealed(hiddenSecret()), session.Signed(hiddenSecret()), gorilla.Cookies(gorillaKeys(), nil),
			must(flask.Cookies(hiddenKey, nil)))
	},
	"debug.Options":   func() any { return debug.Options{Key: hiddenSecret()} },
	"debug.New":       nil, // a debug.Inspector
	"debug.Inspector": func() any { return debug.New(hiddenManager(), &debug.Options{Key: hiddenSecret()}) },
	"session.New":     nil, // a session.Manager
	"session.Manager": func() any { return hiddenManager() },
	"session.Session": func() any {
		var found any
		hiddenManager().Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			s := session.From(r)
			s.Set("name", "ada")
			found = s
		})).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
		return found
	},
}

func itsSerializer() *itsdangerous.SerializerOptions {
	return &itsdangerous.SerializerOptions{Fallback: []itsdangerous.Options{{Salt: "older"}}}
}

func gorillaKeys() []gorilla.Keys { return []gorilla.Keys{gorilla.NewKeys(hidden(), hidden())} }

func hiddenManager() *session.Manager {
	return must(session.New(session.Migrate(session.Sealed(hiddenSecret()), session.Signed(hiddenSecret()), gorilla.Cookies(gorillaKeys(), nil)), nil))
}

func TestKeysNeverPrint(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(keyHolders)) {
		holder := keyHolders[name]
		if holder == nil {
			continue // another one has what it returns
		}
		t.Run(name, func(t *testing.T) {
			v := holder()
			for what, v := range wrapped(v) {
				for how, text := range printed(v) {
					checkHidden(t, what+" by "+how, text)
				}
			}
			var b strings.Builder
			walk(&b, reflect.ValueOf(v), map[uintptr]bool{}, 0)
			checkHidden(t, "a walk by reflection", b.String())
		})
	}
}

// wrapped are the ways in which a program may keep a value. fmt calls no method of what it finds in
// an unexported field.
func wrapped(v any) map[string]any {
	rv := reflect.ValueOf(v)
	pointer := reflect.New(rv.Type())
	pointer.Elem().Set(rv)
	list := reflect.MakeSlice(reflect.SliceOf(rv.Type()), 0, 1)
	list = reflect.Append(list, rv)
	byName := reflect.MakeMap(reflect.MapOf(reflect.TypeFor[string](), rv.Type()))
	byName.SetMapIndex(reflect.ValueOf("k"), rv)
	all := map[string]any{
		"the value": v, "a pointer": pointer.Interface(), "a list": list.Interface(), "a map": byName.Interface(),
		"a list of any": []any{v}, "a map of any": map[string]any{"k": v}, "an error": fmt.Errorf("bad: %v", v),
	}
	for what, v := range maps.Clone(all) {
		all[what+" in a field"] = fieldOf("Field", v)
		all[what+" in an unexported field"] = fieldOf("field", v)
		all[what+" in a field of type any"] = &struct{ Field any }{v}
		all[what+" in an unexported field of type any"] = &struct{ field any }{v}
		all[what+" in an unexported field of an unexported field"] = struct{ outer any }{fieldOf("field", v)}
	}
	return all
}

// fieldOf returns a pointer to a struct whose only field has v and its type.
func fieldOf(name string, v any) any {
	field := reflect.StructField{Name: name, Type: reflect.TypeOf(v)}
	if !token.IsExported(name) {
		field.PkgPath = "example.com/program"
	}
	owner := reflect.New(reflect.StructOf([]reflect.StructField{field}))
	reflect.NewAt(field.Type, owner.UnsafePointer()).Elem().Set(reflect.ValueOf(v))
	return owner.Interface()
}

// printed is what each printer of the standard library makes of a value.
func printed(v any) map[string]string {
	all := make(map[string]string)
	for verb := byte('A'); verb <= 'z'; verb++ {
		for _, flags := range []string{"", "+", "#", "# ", "-+#60"} {
			format := "%" + flags + string(verb)
			all[format] = fmt.Sprintf(format, v)
		}
	}
	add := func(name string, print func(w *bytes.Buffer) error) {
		var b bytes.Buffer
		func() {
			defer func() {
				if problem := recover(); problem != nil {
					fmt.Fprintf(&b, " panic: %v", problem)
				}
			}()
			if err := print(&b); err != nil {
				fmt.Fprintf(&b, " error: %v", err)
			}
		}()
		all[name] = b.String()
	}
	add("json", func(w *bytes.Buffer) error { return json.NewEncoder(w).Encode(v) })
	add("xml", func(w *bytes.Buffer) error { return xml.NewEncoder(w).Encode(v) })
	add("gob", func(w *bytes.Buffer) error { return gob.NewEncoder(w).Encode(v) })
	add("expvar", func(w *bytes.Buffer) error { w.WriteString(expvar.Func(func() any { return v }).String()); return nil })
	add("log", func(w *bytes.Buffer) error { log.New(w, "", 0).Print(v, []any{v}); return nil })
	add("a template", func(w *bytes.Buffer) error {
		return template.Must(template.New("").Parse(`<p title="{{.}}">{{.}}<script>{{.}}</script>{{printf "%+v" .}}`)).Execute(w, v)
	})
	for name, handler := range map[string]func(w *bytes.Buffer) slog.Handler{
		"slog as text": func(w *bytes.Buffer) slog.Handler { return slog.NewTextHandler(w, nil) },
		"slog as JSON": func(w *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(w, nil) },
	} {
		add(name, func(w *bytes.Buffer) error {
			slog.New(handler(w)).With("with", v).WithGroup("g").Info("x", "k", v, slog.Group("h", "k", v))
			return nil
		})
	}
	return all
}

// walk writes what is reached without calling a method, as debugging printers do.
func walk(b *strings.Builder, v reflect.Value, seen map[uintptr]bool, depth int) {
	if depth > 60 || !v.IsValid() || v.Type() == reflect.TypeFor[time.Location]() {
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() || seen[v.Pointer()] {
			return
		}
		seen[v.Pointer()] = true
		walk(b, v.Elem(), seen, depth+1)
	case reflect.Interface:
		walk(b, v.Elem(), seen, depth+1)
	case reflect.Struct:
		for _, field := range v.Fields() {
			walk(b, field, seen, depth+1)
		}
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			fmt.Fprintf(b, "%x ", v)
			return
		}
		for i := range v.Len() {
			walk(b, v.Index(i), seen, depth+1)
		}
	case reflect.Map:
		for entries := v.MapRange(); entries.Next(); {
			walk(b, entries.Key(), seen, depth+1)
			walk(b, entries.Value(), seen, depth+1)
		}
	case reflect.String:
		b.WriteString(v.String() + " ")
	}
}

// leaks are what a part of hiddenKey looks like in each notation, in lower case.
var leaks = func() (all []string) {
	part := hidden()[4:12]
	all = []string{string(part), hex.EncodeToString(part)}
	for i := range 3 { // base64 of what begins before the part
		all = append(all, base64.StdEncoding.EncodeToString(hidden()[3+i : 12+i])[2:10])
	}
	for _, format := range []string{"%v", "%b", "%o", "%#v", "%#o", "%#b", "%x", "% x", "%# x", "%U", "%q", "%c"} {
		for _, v := range []any{part, toInts(part)} {
			text := fmt.Sprintf(format, v)
			text = strings.NewReplacer("[]byte{", "", "[]int{", "", "[", "", "]", "", "}", "").Replace(text)
			all = append(all, text)
		}
	}
	for i, leak := range all {
		all[i] = strings.ToLower(leak)
	}
	slices.Sort(all)
	return slices.Compact(all)
}()

func toInts(b []byte) (ints []int) {
	for _, c := range b {
		ints = append(ints, int(c))
	}
	return ints
}

func checkHidden(t *testing.T, what, text string) {
	t.Helper()
	lower := strings.ToLower(text)
	for _, leak := range leaks {
		if strings.Contains(lower, leak) {
			t.Errorf("%s shows the key as %q: %.300s", what, leak, text)
			return
		}
	}
}
