package main

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/wafer-go/wafer/itsdangerous"
)

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

func TestRun_FullDisk(t *testing.T) {
	for _, args := range [][]string{{"keygen"}, {"inspect", ada}, {"inspect", "nonsense"}, {"--help"}, {"--version"}} {
		var errs bytes.Buffer
		if got := run(args, strings.NewReader(""), fullDisk{}, &errs); got != statusMisuse {
			t.Errorf("wafer %q to a full disk: exit status %d", args, got)
		}
		if !strings.HasPrefix(errs.String(), "wafer: cannot write to standard output: ") {
			t.Errorf("wafer %q to a full disk: %q", args, errs.String())
		}
	}
}

// FuzzInspect looks into payloads that anybody can put into a token.
func FuzzInspect(f *testing.F) {
	f.Fuzz(func(t *testing.T, payload []byte, isFlask bool) {
		t.Setenv(keyVariable, "")
		token := string(itsdangerous.AppendURLSafe(nil, payload, -1)) + ".ZVPxAA.x"
		for _, asJSON := range []bool{false, true} {
			args := []string{"inspect", "session=" + token}
			if isFlask {
				args = append(args, "--flask")
			}
			if asJSON {
				args = append(args, "--json")
			}
			var out, errs bytes.Buffer
			if status := run(args, strings.NewReader(""), &out, &errs); status == statusMisuse {
				t.Fatalf("misuse: %s", errs.String())
			}
			if !asJSON {
				checkPrintable(t, out.String())
				continue
			}
			var got struct {
				Values  json.RawMessage
				Payload *string
			}
			if err := json.Unmarshal(out.Bytes(), &got); err != nil {
				t.Fatalf("%v in %s", err, out.String())
			}
			checkPrintable(t, strings.ReplaceAll(out.String(), "\t", " "))
			switch isValid := utf8.Valid(payload) && json.Valid(payload); {
			case isValid && (!reflect.DeepEqual(decoded(t, got.Values), decoded(t, payload)) || got.Payload != nil):
				t.Errorf("the payload %q is given as %s", payload, got.Values)
			case !isValid && len(payload) > 0 && (string(got.Values) != "null" || got.Payload == nil):
				t.Errorf("the payload %q, which is not JSON, is given as %s", payload, got.Values)
			}
		}
	})
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
		var out, errs bytes.Buffer
		status := run([]string{"inspect", "--purpose", purpose, "__Host-session=" + value}, strings.NewReader(""), &out, &errs)
		if status == statusMisuse {
			t.Fatalf("misuse: %s", errs.String())
		}
		checkPrintable(t, out.String())
		holds := strings.Contains(out.String(), "  valid under SECRET_KEY")
		if status == statusGood && !holds {
			t.Errorf("a value that no key made is taken for good:\n%s", out.String())
		}
		known := strings.Contains(value, "ZVPxAA.") || strings.HasPrefix(value, "A") // the seeds
		if holds && !known {
			t.Errorf("a value holds that nobody made:\n%s", out.String())
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
