// Package gobvalues makes a session's JSON of the values that other libraries
// keep with encoding/gob, for the packages gorilla and scs.
package gobvalues

import (
	"errors"
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

// The keys that are a session's own.
const (
	flashesKey   = "_flashes"
	permanentKey = "_permanent"
	createdKey   = "_created"
)

// Rules say what becomes of the values.
type Rules struct {
	// Convert is asked of each value, in no certain order. Nil keeps all.
	Convert func(key, value any) (string, any, bool)

	// Flashes are the keys of flashed messages, each with their category.
	Flashes map[string]string

	// Permanent is the session's own, if no value of the session says so.
	Permanent bool

	// Created is when the session began, or the zero time.
	Created time.Time
}

// Payload returns the values as a JSON object, or an error that wraps
// session.ErrBadPayload and names the value that cannot be kept: a session
// that has lost a value nobody was told of would be worse than none.
func Payload(format session.Format, values map[any]any, rules Rules) (string, error) {
	kept := make(map[string]string, len(values)+2)
	messages := make(map[string][]session.Message)
	for key, value := range values {
		name, ok := text(key)
		if rules.Convert != nil {
			var keep bool
			if name, value, keep = rules.Convert(key, value); !keep {
				continue
			}
		} else if !ok {
			return "", refuse(fmt.Sprint(key), fmt.Errorf("its key is no string but a %T; give it one with Options.Convert", key))
		}
		if !utf8.ValidString(name) {
			return "", refuse(name, errors.New("its key is not valid UTF-8; give it another with Options.Convert"))
		}
		if _, twice := kept[name]; twice || messages[name] != nil {
			return "", refuse(name, errors.New("two values have this key; rename one with Options.Convert"))
		}
		if category, isFlash := rules.Flashes[name]; isFlash || name == flashesKey {
			list, err := messagesOf(value, category)
			if err != nil {
				return "", refuse(name, err)
			}
			messages[name] = list
			continue
		}
		if err := checkOwn(name, value); err != nil {
			return "", refuse(name, err)
		}
		raw, err := encode(format, value)
		if err != nil {
			return "", refuse(name, err)
		}
		kept[name] = raw
	}
	addFlashes(format, kept, messages)
	if len(kept) == 0 {
		return "{}", nil
	}
	if _, said := kept[permanentKey]; !said && rules.Permanent {
		kept[permanentKey] = "true"
	}
	if _, said := kept[createdKey]; !said && !rules.Created.IsZero() {
		kept[createdKey] = fmt.Sprint(rules.Created.Unix())
	}
	return object(format, kept), nil
}

func refuse(key string, err error) error {
	return fmt.Errorf("%w: %w", session.ErrBadPayload, &session.ValueError{Key: key, Err: err})
}

// checkOwn keeps a program's value from being taken for one of the session's.
func checkOwn(key string, value any) error {
	ok := true
	switch key {
	case permanentKey:
		_, ok = value.(bool)
	case createdKey:
		_, ok = value.(int64)
	}
	if !ok {
		return errors.New("the key is Wafer's own; rename the value with Options.Convert")
	}
	return nil
}

// messagesOf makes messages of a list of flashes.
func messagesOf(value any, category string) ([]session.Message, error) {
	list := []session.Message{}
	switch value := value.(type) {
	case nil:
	case []session.Message:
		return append(list, value...), nil
	case string:
		list = append(list, session.Message{Category: category, Text: value})
	case []any:
		for _, one := range value {
			switch one := one.(type) {
			case string:
				list = append(list, session.Message{Category: category, Text: one})
			case template.HTML:
				list = append(list, session.Message{Category: category, Text: string(one), Markup: true})
			case session.Message:
				list = append(list, one)
			default:
				return nil, fmt.Errorf("a flashed %T has no text; make it a string or a session.Message with Options.Convert", one)
			}
		}
	default:
		return nil, fmt.Errorf("a %T is no list of flashes; make it []session.Message with Options.Convert", value)
	}
	return list, nil
}

// addFlashes joins the messages of all keys, in the order of the keys.
func addFlashes(format session.Format, kept map[string]string, messages map[string][]session.Message) {
	var raw []byte
	for _, key := range sorted(messages) {
		for _, m := range messages[key] {
			if len(raw) > 0 {
				raw = append(raw, ',')
			}
			if m.Category == "" {
				m.Category = session.DefaultCategory
			}
			raw = format.AppendMessage(raw, m)
		}
	}
	if len(raw) > 0 {
		kept[flashesKey] = "[" + string(raw) + "]"
	}
}

func object(format session.Format, kept map[string]string) string {
	b := []byte{'{'}
	for i, key := range sorted(kept) {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(format.AppendKey(b, key), ':')
		b = append(b, kept[key]...)
	}
	return string(append(b, '}'))
}

func sorted[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, strings.Compare)
	return keys
}

// Format returns how our own backends write values.
func Format() (session.Format, error) {
	// Each of them has the same; this one needs nothing but a key, which signs
	// nothing.
	k, err := session.Signed(secret.New()).Open(session.Binding{CookieName: session.DefaultCookieName})
	if err != nil {
		return nil, err
	}
	return k.Format(), nil
}
