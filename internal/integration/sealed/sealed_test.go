// Package sealed holds the description of sealed tokens to its word: a reader
// in another language, written from it, opens and makes the same tokens.
package sealed

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/wafer-go/wafer/seal"
	"github.com/wafer-go/wafer/secret"
)

// ask is a line for reader.py: to open a token, or to make one.
type ask struct {
	Key     string  `json:"key"`
	KeyID   string  `json:"key_id"`
	Purpose string  `json:"purpose"`
	Cookie  string  `json:"cookie_name"`
	Token   *string `json:"token,omitempty"`
	Payload string  `json:"payload"`
	Issued  int64   `json:"issued"`
	Expires int64   `json:"expires"`
	Pad     bool    `json:"pad"`
}

type opened struct {
	Payload         string
	Issued, Expires int64
}

// reader starts reader.py and returns how to ask it.
func reader(t *testing.T) func(question ask, answer any) {
	t.Helper()
	python := os.Getenv("WAFER_PYTHON")
	if python == "" {
		t.Fatal("WAFER_PYTHON does not name a Python that has cryptography; run the tests with `make test`")
	}
	cmd := exec.Command(python, "reader.py")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("reader.py ends with %v", err)
		}
	})
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	return func(question ask, answer any) {
		t.Helper()
		text, err := json.Marshal(question)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Fprintf(in, "%s\n", text); err != nil {
			t.Fatal(err)
		}
		if !lines.Scan() {
			t.Fatal("reader.py gives no answer")
		}
		if err := json.Unmarshal(lines.Bytes(), answer); err != nil {
			t.Fatal(err)
		}
	}
}

func TestPythonOpensTheVectorsAndRefusesTheOthers(t *testing.T) {
	text, err := os.ReadFile("../../../seal/testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []struct {
		ask
		Name  string `json:"name"`
		Opens bool   `json:"opens"`
	}
	if err := json.Unmarshal(text, &all); err != nil || len(all) == 0 {
		t.Fatalf("%d vectors, %v", len(all), err)
	}
	question := reader(t)
	for _, v := range all {
		var got *opened
		question(v.ask, &got)
		if (got != nil) != v.Opens || got != nil && *got != (opened{v.Payload, v.Issued, v.Expires}) {
			t.Errorf("%s: Python reads %+v", v.Name, got)
		}
	}
}

func TestTokensPassBetweenGoAndPython(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	question := reader(t)
	for range 300 {
		id, material := [4]byte{byte(random.Uint32()), 1, 2, 3}, secret.New().Bytes()
		key := seal.NewKey(id, material)
		o := seal.Options{Purpose: text(random, 10), Name: text(random, 20), Pad: random.IntN(2) == 0}
		s, err := seal.New(key, o)
		if err != nil {
			t.Fatal(err)
		}
		a := ask{
			Key: hex.EncodeToString(material), KeyID: hex.EncodeToString(id[:]), Purpose: o.Purpose, Cookie: o.Name,
			Payload: text(random, 200), Issued: random.Int64N(1 << 40), Expires: 1 + random.Int64N(1<<40), Pad: o.Pad,
		}
		var made string
		question(a, &made)
		if got, err := s.Open(made); err != nil || string(got.Payload) != a.Payload || got.Issued.Unix() != a.Issued || got.Expires.Unix() != a.Expires {
			t.Fatalf("Python made %+v, Go reads %+v, %v", a, got, err)
		}
		token, err := s.Append(nil, []byte(a.Payload), time.Unix(a.Issued, 0), time.Unix(a.Expires, 0))
		if err != nil {
			t.Fatal(err)
		}
		sealed := string(token)
		a.Token = &sealed
		var got *opened
		question(a, &got)
		if got == nil || *got != (opened{a.Payload, a.Issued, a.Expires}) {
			t.Fatalf("Go made %+v, Python reads %+v", a, got)
		}
		if len(sealed) != len(made) {
			t.Fatalf("Go's token has %d bytes and Python's %d", len(sealed), len(made))
		}
	}
}

func text(random *rand.Rand, limit int) string {
	letters := []rune("abc{}\":0 é😀\n")
	s := make([]rune, random.IntN(limit))
	for i := range s {
		s[i] = letters[random.IntN(len(letters))]
	}
	return string(s)
}
