// Command vectors makes cookies, files and records with the real
// gorilla/sessions and scs, and writes them, with what is in them, to the
// testdata of the packages gorilla and scs:
//
//	go run -C internal/migration ./vectors
package main

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/gorilla/securecookie"
)

// User is in place of a type of the program's own.
type User struct {
	Name  string
	Admin bool `json:"admin"`
}

// sample is a session, and what it is as JSON, written by hand.
type sample struct {
	name   string
	values map[any]any
	json   string
}

func samples() []sample {
	at := time.Date(2024, 2, 29, 12, 30, 0, 500, time.UTC)
	return []sample{
		{"empty", map[any]any{}, `{}`},
		{"one string", map[any]any{"username": "adä 😀"}, `{"_permanent":true,"username":"adä 😀"}`},
		{"basic types", map[any]any{
			"b": true, "i": -1, "i64": int64(9007199254740993), "u8": uint8(200), "f": 1.5, "f32": float32(0.25), "s": "<&>", "nested": "a\"b",
		}, `{"_permanent":true,"b":true,"f":1.5,"f32":0.25,"i":-1,"i64":9007199254740993,"nested":"a\"b","s":"<&>","u8":200}`},
		{"bytes and times", map[any]any{"at": at, "raw": []byte{0, 255}}, `{"_permanent":true,"at":"2024-02-29T12:30:00.0000005Z","raw":"AP8="}`},
		{"lists and maps", map[any]any{
			"list": []any{1, "x", []string{"y"}}, "map": map[string]any{"k": int64(1)}, "ids": []int{1, 2}, "byID": map[int]string{7: "seven"},
		}, `{"_permanent":true,"byID":{"7":"seven"},"ids":[1,2],"list":[1,"x",["y"]],"map":{"k":1}}`},
		{"a registered type", map[any]any{"user": User{"ada", true}, "users": []User{{Name: "bob"}}}, `{"_permanent":true,"user":{"Name":"ada","admin":true},"users":[{"Name":"bob","admin":false}]}`},
	}
}

func flashes() []sample {
	return []sample{
		{"flashes", map[any]any{"_flash": []any{"one", "<two>"}}, `{"_flashes":[["message","one"],["message","<two>"]],"_permanent":true}`},
		{"a map of any key", map[any]any{"m": map[any]any{"k": []any{map[any]any{"l": 1}}}}, `{"_permanent":true,"m":{"k":[{"l":1}]}}`},
	}
}

type cookie struct {
	Name    string `json:"name"`
	Hash    []byte `json:"hash"`
	Block   []byte `json:"block"`
	Cookie  string `json:"cookie"`
	Value   string `json:"value"`
	Payload string `json:"payload"`
}

type record struct {
	Name    string `json:"name"`
	Record  []byte `json:"record"`
	Payload string `json:"payload"`
}

func main() {
	log.SetFlags(0)
	gob.RegisterName("main.User", User{})
	gob.RegisterName("[]main.User", []User{})
	gob.Register(time.Time{})
	gob.Register([]any{})
	gob.Register(map[string]any{})
	gob.Register(map[any]any{})
	gob.Register(map[int]string{})
	var cookies []cookie
	for i, s := range append(samples(), flashes()...) {
		hash := bytes.Repeat([]byte{byte(i)}, 32)
		for _, size := range []int{0, 16, 32} {
			var block []byte
			if size > 0 {
				block = bytes.Repeat([]byte{byte(size)}, size)
			}
			value, err := securecookie.New(hash, block).Encode("session-name", s.values)
			if err != nil {
				log.Fatal(s.name, ": ", err)
			}
			cookies = append(cookies, cookie{s.name, hash, block, "session-name", value, s.json})
		}
	}
	write("migrate/gorilla/testdata/cookies.json", cookies)
	var records []record
	deadline := time.Date(2999, 12, 31, 0, 0, 0, 0, time.UTC)
	for _, s := range samples() {
		values := make(map[string]any)
		for key, value := range s.values {
			values[key.(string)] = value
		}
		b, err := scs.GobCodec{}.Encode(deadline, values)
		if err != nil {
			log.Fatal(s.name, ": ", err)
		}
		records = append(records, record{s.name, b, s.json})
	}
	write("migrate/scs/testdata/records.json", records)
}

func write(path string, v any) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "\t")
	if err := e.Encode(v); err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join("..", "..", path), b.Bytes(), 0o600); err != nil {
		log.Fatal(err)
	}
}
