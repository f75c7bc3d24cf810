package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/wafer-go/wafer/itsdangerous"
)

// FuzzInput holds the parser to what its callers rely on: what it returns is in the input, and
// nothing is used twice or read across a separator.
func FuzzInput(f *testing.F) {
	f.Fuzz(func(t *testing.T, text string) {
		cookies, err := parseInput(text)
		if (err == nil) != (len(cookies) > 0) {
			t.Fatalf("%d cookies, error %v", len(cookies), err)
		}
		total := 0
		for _, c := range cookies {
			total += len(c.name) + len(c.value)
			if !strings.Contains(text, c.name) || !strings.Contains(text, c.value) {
				t.Errorf("%q is not in the input", c)
			}
			if strings.ContainsAny(c.name+c.value, "\n;") || strings.Contains(c.name, "=") {
				t.Errorf("%q has a separator in it", c)
			}
			if c.name == "" && len(cookies) > 1 {
				t.Errorf("a bare token among %d cookies", len(cookies))
			}
		}
		if total > len(text) {
			t.Errorf("%d bytes of cookies in %d of input", total, len(text))
		}
		if err != nil {
			return
		}
		// The header that a browser would send of them gives them back.
		var header strings.Builder
		for _, c := range cookies {
			header.WriteString("; " + c.name + "=" + c.value)
		}
		if cookies[0].name == "" {
			return
		}
		again, err := parseInput("Cookie: " + header.String()[2:])
		if err != nil || !slices.Equal(again, cookies) {
			t.Errorf("%q is read again as %q, %v", cookies, again, err)
		}
		// Whatever is chosen is one of them, by that name.
		for _, first := range []bool{true, false} {
			c, err := choose(cookies, "", "session", first)
			if err == nil && !slices.Contains(cookies, c) {
				t.Errorf("chose %q of %q", c, cookies)
			}
			want := cookies[len(cookies)-1].name
			if c, err := choose(cookies, want, "session", first); err == nil && c.name != want {
				t.Errorf("chose %q, not %q", c, want)
			}
		}
	})
}

// FuzzInspect looks into payloads that anybody can put into a token.
func FuzzInspect(f *testing.F) {
	f.Fuzz(func(t *testing.T, payload []byte, isFlask bool) {
		t.Setenv(keyVariable, "")
		token := string(itsdangerous.AppendURLSafe(nil, payload, -1)) + ".ZVPxAA.x"
		args := []string{"session=" + token, fmt.Sprintf("--flask=%v", isFlask)}
		_, text := inspected(t, args...)
		checkPrintable(t, text)
		_, text = inspected(t, append(args, "--json")...)
		checkPrintable(t, strings.ReplaceAll(text, "\t", " "))
		var got struct {
			Values  json.RawMessage
			Payload *string
		}
		if err := json.Unmarshal([]byte(text), &got); err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		switch isValid := utf8.Valid(payload) && json.Valid(payload); {
		case isValid && (!reflect.DeepEqual(decoded(t, got.Values), decoded(t, payload)) || got.Payload != nil):
			t.Errorf("the payload %q is given as %s", payload, got.Values)
		case !isValid && len(payload) > 0 && (string(got.Values) != "null" || got.Payload == nil):
			t.Errorf("the payload %q, which is not JSON, is given as %s", payload, got.Values)
		}
	})
}

// inspected runs inspect, and returns the status and what it prints. No cookie is a misuse.
func inspected(t *testing.T, args ...string) (int, string) {
	t.Helper()
	var out, errs bytes.Buffer
	status := run(append([]string{"inspect"}, args...), strings.NewReader(""), &out, &errs)
	if status == statusMisuse {
		t.Fatalf("misuse: %s", &errs)
	}
	return status, out.String()
}

// decoded is JSON without its spelling, except that of numbers.
func decoded(t *testing.T, text []byte) (v any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return v
}

// FuzzValue looks into values that anybody can put into a cookie, with keys.
func FuzzValue(f *testing.F) {
	f.Fuzz(func(t *testing.T, value, purpose string) {
		t.Setenv(keyVariable, "8f3a1c5e9b7d2046e1f0a3c4d5b69788134c2e5d7f9a0b1c6d8e4f203152a7b9")
		t.Setenv(acceptedVariable, "be5225fcdbf0e0f4bbb944a3a57005eae906da4d2ecb58cd550539fa6c5bbe21")
		if strings.ContainsAny(value, "\n;") { // which end a value
			return
		}
		status, text := inspected(t, "--purpose", purpose, "__Host-session="+value)
		checkPrintable(t, text)
		holds := strings.Contains(text, "  valid under SECRET_KEY")
		if status == statusGood && !holds {
			t.Errorf("a value that no key made is taken for good:\n%s", text)
		}
		known := strings.Contains(value, "ZVPxAA.") || strings.HasPrefix(value, "A") // the seeds
		if holds && !known {
			t.Errorf("a value holds that nobody made:\n%s", text)
		}
	})
}

// checkPrintable fails where a terminal would act on something in text.
func checkPrintable(t *testing.T, text string) {
	t.Helper()
	if !utf8.ValidString(text) {
		t.Errorf("not UTF-8: %q", text)
	}
	for _, r := range text {
		if r != '\n' && !unicode.IsPrint(r) {
			t.Errorf("the character %+q in %q", r, text)
		}
	}
}
