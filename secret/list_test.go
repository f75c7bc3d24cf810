package secret_test

import (
	"strings"
	"testing"

	"github.com/wafer-go/wafer/secret"
)

func TestAListOfKeysKeepsItsOrder(t *testing.T) {
	a, b, c := secret.New(), secret.New(), secret.New()
	for _, text := range []string{
		a.Reveal() + "," + b.Reveal() + "," + c.Reveal(), a.Reveal() + " " + b.Reveal() + "\n" + c.Reveal() + "\n", " ," + a.Reveal() + " , " + b.Reveal() + ",," + c.Reveal(),
	} {
		t.Setenv("KEYS", text)
		keys, err := secret.ListFromEnv("KEYS")
		if err != nil || len(keys) != 3 || !keys[0].Equal(a) || !keys[1].Equal(b) || !keys[2].Equal(c) {
			t.Errorf("%d keys, %v", len(keys), err)
		}
	}
}

func TestAnUnsetListHasNoKeys(t *testing.T) {
	for _, text := range []string{"", "  ", ","} {
		t.Setenv("KEYS", text)
		if keys, err := secret.ListFromEnv("KEYS"); len(keys) != 0 || err != nil {
			t.Errorf("%q: %d keys, %v", text, len(keys), err)
		}
	}
	if keys, err := secret.ListFromEnv("NO_SUCH_KEYS"); len(keys) != 0 || err != nil {
		t.Errorf("%d keys, %v", len(keys), err)
	}
}

func TestABadKeyOfAListIsToldByItsPlace(t *testing.T) {
	t.Setenv("KEYS", secret.New().Reveal()+",hush")
	keys, err := secret.ListFromEnv("KEYS")
	if keys != nil || err == nil || !strings.Contains(err.Error(), `"KEYS", key 2:`) || strings.Contains(err.Error(), "hush") {
		t.Errorf("%d keys, %v", len(keys), err)
	}
}
