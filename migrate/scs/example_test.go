package scs_test

import (
	"encoding/base64"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"

	"github.com/wafer-go/wafer/migrate/scs"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store/memstore"
)

// oldStore stands for one of scs's, such as its postgresstore.New(db).
var oldStore = fakeStore{"F35LDwpFEsxZnvTxUVCqLrwQ7fXBNE3h2Rk6xgsJK0w": record}

func ExampleRecords() {
	const username = session.Field[string]("username")
	old := scs.Records(oldStore, nil)
	sessions, err := session.New(session.Migrate(session.Stored(memstore.New(nil)), old), &session.Options{
		Cookie: session.Cookie{Name: "session"},
		Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		log.Fatal(err)
	}
	handler := sessions.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		name, _ := username.Get(s)
		fmt.Println("Hello,", name)
		s.Set("seen", true)
	}))
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Cookie", "session=F35LDwpFEsxZnvTxUVCqLrwQ7fXBNE3h2Rk6xgsJK0w")
	handler.ServeHTTP(httptest.NewRecorder(), r)
	handler.ServeHTTP(httptest.NewRecorder(), r)
	fmt.Println(len(oldStore), "old records")
	// Output:
	// Hello, adä 😀
	// Hello, adä 😀
	// 0 old records
}

type fakeStore map[string]string

func (s fakeStore) Find(token string) ([]byte, bool, error) {
	text, ok := s[token]
	b, err := base64.StdEncoding.DecodeString(text)
	return b, ok, err
}

func (s fakeStore) Delete(token string) error {
	delete(s, token)
	return nil
}

const record = "Jv+RAwEC/5IAAQIBCERlYWRsaW5lAf+CAAEGVmFsdWVzAf+IAAAAEP+BBQEBBFRpbWUB/4IAAAAO/4cEAQL/iAABDAEQAAAz/5IBDwEAAAAWCO9xgAAAAAD//wEBCHVzZXJuYW1lBnN0cmluZwwLAAlhZMOkIPCfmIAA"
