// Package gobvalues makes a session's JSON of the values that other libraries keep with
// encoding/gob. The packages gorilla and scs use it.
package gobvalues

import (
	"errors"
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/driver"
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

// Payload returns the values as a JSON object of driver.JSON, or an error that wraps
// driver.ErrBadPayload and names the value that cannot be kept: a session that lost a value
// silently would be worse than none.
func Payload(values map[any]any, rules Rules) (string, error) {
	kept := make(map[string]string, len(values))
	messages := make(map[string][]driver.Message)
	for key, value := range values {
		old, ok := text(key)
		name := old
		if rules.Convert != nil {
			var keep bool
			if name, value, keep = rules.Convert(key, value); !keep {
				continue
			}
		} else if !ok {
			return "", refuse(fmt.Sprint(key), fmt.Errorf("its key is not a string but a %T; give it one with Options.Convert", key))
		}
		if !utf8.ValidString(name) {
			return "", refuse(name, errors.New("its key is not valid UTF-8; give it another with Options.Convert"))
		}
		if _, twice := kept[name]; twice || messages[name] != nil {
			return "", refuse(name, errors.New("two values have this key; rename one with Options.Convert"))
		}
		category, isFlash := rules.Flashes[name]
		if isOwn(name) && !isFlash && ok && name == old {
			return "", refuse(name, errOwn)
		}
		if isFlash || name == driver.FlashesKey {
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
		raw, err := encode(value)
		if err != nil {
			return "", refuse(name, err)
		}
		kept[name] = raw
	}
	if err := addFlashes(kept, messages); err != nil {
		return "", err
	}
	if len(kept) == 0 {
		return "{}", nil
	}
	if _, said := kept[driver.PermanentKey]; !said && rules.Permanent {
		kept[driver.PermanentKey] = "true"
	}
	if _, said := kept[driver.CreatedKey]; !said && !rules.Created.IsZero() {
		kept[driver.CreatedKey] = fmt.Sprint(rules.Created.Unix())
	}
	return object(kept), nil
}

func refuse(key string, err error) error {
	return fmt.Errorf("%w: %w", driver.ErrBadPayload, &session.ValueError{Key: key, Err: err})
}

var errOwn = errors.New("the key is one of Wafer's own; rename or drop the value with Options.Convert")

// isOwn reports whether a key is one that sessions use themselves.
func isOwn(key string) bool {
	switch key {
	case driver.PermanentKey, driver.FlashesKey, driver.CreatedKey, driver.OwnerKey:
		return true
	}
	return false
}

// checkOwn checks what Convert gives one of the session's own keys. A value that had the key before
// is not the session's: another program's "_owner" does not say who signed in here.
func checkOwn(key string, value any) error {
	switch key {
	case driver.PermanentKey:
		if _, ok := value.(bool); !ok {
			return fmt.Errorf("it must be a bool, and Options.Convert returned a %T", value)
		}
	case driver.CreatedKey:
		if _, ok := value.(int64); !ok {
			return fmt.Errorf("it must be an int64, and Options.Convert returned a %T", value)
		}
	case driver.OwnerKey:
		if owner, ok := value.(string); !ok || owner == "" || len(owner) > driver.MaxOwner {
			return fmt.Errorf("it must be a string of 1 to %d bytes, and Options.Convert returned another %T", driver.MaxOwner, value)
		}
	}
	return nil
}

// messagesOf makes messages of a list of flashes.
func messagesOf(value any, category string) ([]driver.Message, error) {
	list := []driver.Message{}
	switch value := value.(type) {
	case nil:
	case []driver.Message:
		return append(list, value...), nil
	case string:
		list = append(list, driver.Message{Category: category, Text: value})
	case []any:
		for _, one := range value {
			switch one := one.(type) {
			case string:
				list = append(list, driver.Message{Category: category, Text: one})
			case template.HTML:
				list = append(list, driver.Message{Category: category, Text: string(one), Markup: true})
			case driver.Message:
				list = append(list, one)
			default:
				return nil, fmt.Errorf("a flashed %T has no text; make it a string or a session.Message with Options.Convert", one)
			}
		}
	default:
		return nil, fmt.Errorf("a %T is not a list of flashes; make it []session.Message with Options.Convert", value)
	}
	return list, nil
}

// addFlashes joins the messages of all keys, in the order of the keys.
func addFlashes(kept map[string]string, messages map[string][]driver.Message) error {
	var raw []byte
	for _, key := range sorted(messages) {
		for _, m := range messages[key] {
			if len(raw) > 0 {
				raw = append(raw, ',')
			}
			if m.Category == "" {
				m.Category = driver.DefaultCategory
			}
			var err error
			if raw, err = driver.JSON.AppendMessage(raw, m); err != nil {
				return refuse(key, err)
			}
		}
	}
	if len(raw) > 0 {
		kept[driver.FlashesKey] = "[" + string(raw) + "]"
	}
	return nil
}

func object(kept map[string]string) string {
	b := []byte{'{'}
	for i, key := range sorted(kept) {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(driver.JSON.AppendKey(b, key), ':')
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
