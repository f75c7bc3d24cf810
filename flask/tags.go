package flask

import (
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"
)

// Flask marks what JSON has no form for as an object whose only key is one of
// these. A dict whose only key is one of these by chance is put under tagDict,
// with tagSuffix behind its key.
const (
	tagTuple  = " t"
	tagBytes  = " b"
	tagMarkup = " m"
	tagUUID   = " u"
	tagDate   = " d"
	tagDict   = " di"

	tagSuffix = "__"
)

func isTag(key string) bool {
	switch key {
	case tagTuple, tagBytes, tagMarkup, tagUUID, tagDate, tagDict:
		return true
	}
	return false
}

// describeTag names the meaning of a tag in error messages.
func describeTag(tag string) string {
	switch tag {
	case tagTuple:
		return "a tuple"
	case tagBytes:
		return "bytes"
	case tagMarkup:
		return "Markup"
	case tagUUID:
		return "a UUID"
	case tagDate:
		return "a datetime"
	}
	return "an object"
}

// untag returns the value that a tag and its content mean, of which the content becomes a part.
func untag(tag string, content any) (any, error) {
	switch tag {
	case tagTuple:
		if elements, ok := content.([]any); ok {
			return Tuple(elements), nil
		}
	case tagDict:
		switch dict := content.(type) {
		case map[string]any:
			for key, value := range dict {
				if name, ok := strings.CutSuffix(key, tagSuffix); ok && len(dict) == 1 {
					delete(dict, key)
					dict[name] = value
					return dict, nil
				}
			}
		case members:
			if len(dict) == 1 {
				if name, ok := strings.CutSuffix(dict[0].Key, tagSuffix); ok {
					dict[0].Key = name
					return dict, nil
				}
			}
		}
	default:
		if text, ok := content.(string); ok {
			switch tag {
			case tagBytes:
				return readBytes(text)
			case tagMarkup:
				// Only a program with the key can have written the tag.
				return template.HTML(text), nil // #nosec G203 -- see above
			case tagUUID:
				return ParseUUID(text)
			case tagDate:
				return readDate(text)
			}
		}
	}
	return nil, badTag(tag)
}

func badTag(tag string) error {
	return fmt.Errorf("the content of the tag %q is not what Flask writes there", tag)
}

func readBytes(text string) ([]byte, error) {
	b, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil {
		return nil, badTag(tagBytes)
	}
	return b, nil
}

// Python reads the year 49 as 2049, and 99 as 1999, even if it wrote the year with four digits.
const firstYear, lastYear = 100, 9999

func readDate(text string) (time.Time, error) {
	t, err := time.Parse(http.TimeFormat, text)
	if err != nil || t.Year() < firstYear {
		return time.Time{}, badTag(tagDate)
	}
	return t, nil
}

func appendDate(dst []byte, t time.Time) ([]byte, error) {
	t = t.UTC()
	if year := t.Year(); year < firstYear || year > lastYear {
		if t.IsZero() {
			return dst, fmt.Errorf("it is the zero time.Time, which Python would read as 2001; use nil for no time")
		}
		return dst, fmt.Errorf("it is a time in the year %d, and Flask reads back %d to %d only", year, firstYear, lastYear)
	}
	return t.AppendFormat(dst, http.TimeFormat), nil
}
