package flask

import "testing"

func TestOpenPayload_GivesThePlainObjectOrSaysThatThereIsNone(t *testing.T) {
	for payload, want := range map[string]string{
		`{}`:                          `{}`,
		`{"a":1}`:                     `{"a":1}`,
		`{" t":1,"a":2}`:              `{" t":1,"a":2}`,
		`{" di":{" t__":[1]}}`:        `{" t":[1]}`,
		`{ " di" : { " t__" : 1 } } `: `{" t":1}`,
	} {
		if got, err := openPayload(payload); err != nil || got != want {
			t.Errorf("%s is opened as %s, %v", payload, got, err)
		}
	}
	for _, payload := range []string{
		``, `[1]`, `1`, `{" t":[1]}`, `{" di":1}`, `{" di":{}}`, `{" di":{" t":1}}`,
		`{" di":{" t__":1,"a":2}}`, `{" di":{" t__":1}}1`,
	} {
		if got, err := openPayload(payload); err == nil {
			t.Errorf("%s is opened as %s", payload, got)
		}
	}
}

func TestClosePayload_IsTheInverse(t *testing.T) {
	for _, payload := range []string{`{}`, `{"a":1}`, `{" t":1,"a":2}`, `{" t":[1]}`, `{" di":{" t":1}}`, `{" x":1}`} {
		if got, err := openPayload(string(closePayload([]byte(payload)))); err != nil || got != payload {
			t.Errorf("%s comes back as %s, %v", payload, got, err)
		}
	}
	if got := string(closePayload([]byte(`{"\u0020t":1}`))); got != `{" di":{" t__":1}}` {
		t.Errorf("an escaped space is written as %s", got)
	}
}
