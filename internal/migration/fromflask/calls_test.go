package fromflask

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"reflect"
	"testing"

	"github.com/wafer-go/wafer/internal/migration/visitor"
	"github.com/wafer-go/wafer/session"
)

// asJSON makes both sides alike.
func asJSON(t *testing.T, text []byte) (said map[string]any) {
	t.Helper()
	if err := json.Unmarshal(text, &said); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return said
}

func TestEachCallGivesWhatFlasksGives(t *testing.T) {
	interpreter := os.Getenv("WAFER_PYTHON")
	if interpreter == "" {
		t.Fatal("WAFER_PYTHON does not name a Python that has Flask; run the tests with `make test`")
	}
	cmd := exec.Command(interpreter, "calls.py")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	theirs := asJSON(t, out)

	said := make(map[string]any)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /first", func(_ http.ResponseWriter, r *http.Request) { first(session.From(r), said) })
	mux.HandleFunc("GET /second", func(_ http.ResponseWriter, r *http.Request) { second(session.From(r), said) })
	v := visitor.New(t)
	v.Serve(newBeside(t).Handler(mux))
	v.Get("/first")
	v.Get("/second")
	text, err := json.Marshal(said)
	if err != nil {
		t.Fatal(err)
	}
	ours := asJSON(t, text)
	for what, want := range theirs {
		if what == "new" {
			// Flask's own sessions never know (SessionMixin.new).
			want = true
		}
		if !reflect.DeepEqual(ours[what], want) {
			t.Errorf("%s: Flask says %v, Wafer %v", what, want, ours[what])
		}
	}
	if len(ours) != len(theirs) {
		t.Errorf("Flask says %d things, Wafer %d", len(theirs), len(ours))
	}
}

func TestATokenOfPythonsSerializerIsRead(t *testing.T) {
	interpreter := os.Getenv("WAFER_PYTHON")
	if interpreter == "" {
		t.Fatal("WAFER_PYTHON does not name a Python that has Flask; run the tests with `make test`")
	}
	const program = `import sys
from itsdangerous import URLSafeTimedSerializer
serializer = URLSafeTimedSerializer(sys.argv[1], salt="confirm e-mail")
sys.stdout.write(serializer.dumps("ada@example.com"))`
	cmd := exec.Command(interpreter, "-c", program, flaskKey)
	cmd.Stderr = os.Stderr
	token, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	address, err := confirmed(flaskKey, string(token))
	if err != nil || address != "ada@example.com" {
		t.Errorf("%q, %v", address, err)
	}
	if _, err := confirmed("another key", string(token)); err == nil {
		t.Error("another key reads it")
	}
}
