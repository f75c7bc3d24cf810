package seal

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"testing"
	"time"
)

// vector is one of testdata/vectors.json.
type vector struct {
	Name    string
	Purpose string
	Cookie  string `json:"cookie_name"`
	KeyID   string `json:"key_id"`
	Key     string
	Token   string
	Opens   bool
	Payload string
	Issued  int64
	Expires int64
}

func vectors(tb testing.TB) []vector {
	tb.Helper()
	text, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		tb.Fatal(err)
	}
	var all []vector
	if err := json.Unmarshal(text, &all); err != nil {
		tb.Fatal(err)
	}
	return all
}

func (v vector) sealer(tb testing.TB) *Sealer {
	tb.Helper()
	id, err := hex.DecodeString(v.KeyID)
	if err != nil {
		tb.Fatal(err)
	}
	material, err := hex.DecodeString(v.Key)
	if err != nil {
		tb.Fatal(err)
	}
	return sealer(tb, NewKey([4]byte(id), material), Options{Purpose: v.Purpose, Name: v.Cookie})
}

func TestVectorsOpenOrAreRefused(t *testing.T) {
	opened, refused := 0, 0
	for _, v := range vectors(t) {
		o, err := v.sealer(t).Open(v.Token)
		if !v.Opens {
			refused++
			if !errors.Is(err, ErrBadToken) {
				t.Errorf("%s: opened as %+v, %v", v.Name, o, err)
			}
			continue
		}
		opened++
		until := time.Time{}
		if v.Expires > 0 {
			until = time.Unix(v.Expires, 0)
		}
		if err != nil || string(o.Payload) != v.Payload || o.Issued.Unix() != v.Issued || !o.Expires.Equal(until) {
			t.Errorf("%s: %+v, %v", v.Name, o, err)
		}
	}
	if opened == 0 || refused == 0 {
		t.Errorf("%d vectors open and %d are refused", opened, refused)
	}
}

// TestWycheproofAESGCM runs the published vectors of our key, nonce and tag
// sizes through the cipher that tokens are opened with.
func TestWycheproofAESGCM(t *testing.T) {
	text, err := os.ReadFile("testdata/aes_gcm_test.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		TestGroups []struct {
			KeySize, IVSize, TagSize int
			Tests                    []struct {
				TcID                               int `json:"tcId"`
				Key, IV, AAD, Msg, CT, Tag, Result string
			}
		}
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	unhex := func(s string) []byte {
		b, err := hex.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	ran := 0
	for _, group := range file.TestGroups {
		if group.KeySize != 256 || group.IVSize != nonceSize*8 || group.TagSize != tagSize*8 {
			continue
		}
		for _, test := range group.Tests {
			ran++
			block, err := aes.NewCipher(unhex(test.Key))
			if err != nil {
				t.Fatal(err)
			}
			aead, err := cipher.NewGCMWithRandomNonce(block)
			if err != nil {
				t.Fatal(err)
			}
			got, err := aead.Open(nil, nil, unhex(test.IV+test.CT+test.Tag), unhex(test.AAD))
			if valid := err == nil && bytes.Equal(got, unhex(test.Msg)); valid != (test.Result == "valid") {
				t.Errorf("test %d: %v, the vector is %s", test.TcID, err, test.Result)
			}
		}
	}
	if ran == 0 {
		t.Error("no vector applies")
	}
}
