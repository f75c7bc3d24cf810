package dbsc

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"math/big"
	"os"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/internal/guard/devicetest"
)

type object = map[string]any

func encode(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

func TestOpenProof_AcceptsWhatBrowsersMake(t *testing.T) {
	for _, d := range []*devicetest.Device{devicetest.New(nil), devicetest.NewRSA(nil)} {
		p, err := openRegistration(d.Proof("c0", true))
		if err != nil || p.challenge != "c0" || p.key.algorithm() != d.Algorithm() {
			t.Fatalf("%s: the registration is %+v, %v", d.Algorithm(), p, err)
		}
		key, err := parseKey(p.key.algorithm(), p.key.String())
		if err != nil {
			t.Fatal(err)
		}
		if p, err = openRefresh(d.Proof("c1", false), key); err != nil || p.challenge != "c1" {
			t.Errorf("%s: the refresh is %+v, %v", d.Algorithm(), p, err)
		}
		with := d.Sign(object{"typ": "dbsc+jwt", "alg": d.Algorithm(), "kid": "of a later version"}, object{"jti": "c2", "authorization": "a", "iat": 1})
		if _, err := openRefresh(with, key); err != nil {
			t.Errorf("%s: members of a later version: %v", d.Algorithm(), err)
		}
	}
}

// TestOpenProof_Refuses has a line for each way to forge or to misspell a proof.
func TestOpenProof_Refuses(t *testing.T) {
	d, other := devicetest.New(nil), devicetest.New(nil)
	rsaDevice := devicetest.NewRSA(nil)
	good := object{"typ": "dbsc+jwt", "alg": "ES256", "jwk": d.JWK()}
	jwk := func(changes ...string) object {
		changed := object{}
		for name, value := range d.JWK() {
			changed[name] = value
		}
		for i := 0; i < len(changes); i += 2 {
			changed[changes[i]] = changes[i+1]
		}
		return object{"typ": "dbsc+jwt", "alg": "ES256", "jwk": changed}
	}
	claims := object{"jti": "c0"}
	valid := d.Proof("c0", true)
	parts := strings.Split(valid, ".")
	signed := func(header, payload any) string { return d.Sign(header, payload) }
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	large, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	shifted := new(big.Int).Lsh(large.N, 2049)
	shifted.SetBit(shifted, 0, 1)
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for what, token := range map[string]string{
		"nothing":                        "",
		"one part":                       parts[0],
		"two parts":                      parts[0] + "." + parts[1],
		"four parts":                     valid + ".",
		"too many bytes":                 signed(good, object{"jti": strings.Repeat("c", maxProof)}),
		"no signature":                   parts[0] + "." + parts[1] + ".",
		"another's signature":            parts[0] + "." + parts[1] + "." + base64.RawURLEncoding.EncodeToString(other.SignText(parts[0]+"."+parts[1])),
		"another payload":                parts[0] + "." + encode(`{"jti":"c1"}`) + "." + parts[2],
		"another key in the header":      encode(`{"typ":"dbsc+jwt","alg":"ES256","jwk":{"kty":"EC","crv":"P-256","x":"`+other.JWK()["x"]+`","y":"`+other.JWK()["y"]+`"}}`) + "." + parts[1] + "." + parts[2],
		"padding":                        parts[0] + "=." + parts[1] + "." + parts[2],
		"a line break":                   valid + "\n",
		"a signature of zeros":           parts[0] + "." + parts[1] + "." + base64.RawURLEncoding.EncodeToString(make([]byte, 64)),
		"a signature in DER":             parts[0] + "." + parts[1] + "." + base64.RawURLEncoding.EncodeToString(append([]byte{0x30, 0x44}, d.SignText(parts[0]+"."+parts[1])...)),
		"a signature of 65 bytes":        parts[0] + "." + parts[1] + "." + base64.RawURLEncoding.EncodeToString(append([]byte{0}, d.SignText(parts[0]+"."+parts[1])...)),
		"alg none":                       signed(object{"typ": "dbsc+jwt", "alg": "none", "jwk": d.JWK()}, claims),
		"alg none without a signature":   encode(`{"typ":"dbsc+jwt","alg":"none"}`) + "." + parts[1] + ".",
		"alg HS256":                      signed(object{"typ": "dbsc+jwt", "alg": "HS256", "jwk": d.JWK()}, claims),
		"alg in small letters":           signed(object{"typ": "dbsc+jwt", "alg": "es256", "jwk": d.JWK()}, claims),
		"no alg":                         signed(object{"typ": "dbsc+jwt", "jwk": d.JWK()}, claims),
		"alg null":                       signed(object{"typ": "dbsc+jwt", "alg": nil, "jwk": d.JWK()}, claims),
		"RS256 with a key of EC":         signed(object{"typ": "dbsc+jwt", "alg": "RS256", "jwk": d.JWK()}, claims),
		"ES256 with a key of RSA":        signed(object{"typ": "dbsc+jwt", "alg": "ES256", "jwk": rsaDevice.JWK()}, claims),
		"no typ":                         signed(object{"alg": "ES256", "jwk": d.JWK()}, claims),
		"typ JWT":                        signed(object{"typ": "JWT", "alg": "ES256", "jwk": d.JWK()}, claims),
		"crit":                           signed(object{"typ": "dbsc+jwt", "alg": "ES256", "jwk": d.JWK(), "crit": []string{"b64"}, "b64": false}, claims),
		"no jwk":                         d.Proof("c0", false),
		"jwk null":                       signed(object{"typ": "dbsc+jwt", "alg": "ES256", "jwk": nil}, claims),
		"a header that is not an object": signed(`["dbsc+jwt"]`, claims),
		"a header that is not JSON":      signed(`{"typ":"dbsc+jwt","alg":"ES256"`, claims),
		"a header with more after it":    signed(`{"typ":"dbsc+jwt","alg":"ES256"}{}`, claims),
		"a header not in UTF-8":          signed("{\"typ\":\"dbsc+jwt\",\"alg\":\"ES256\",\"x\":\"\xff\"}", claims),
		"alg twice":                      signed(`{"typ":"dbsc+jwt","alg":"none","alg":"ES256","jwk":{}}`, claims),
		"a private key":                  signed(jwk("d", "AQ"), claims),
		"another crv":                    signed(jwk("crv", "P-384"), claims),
		"a point of P-384":               signed(jwk("x", encode(string(p384.X.Bytes())), "y", encode(string(p384.Y.Bytes()))), claims),
		"a point off the curve":          signed(jwk("y", d.JWK()["x"]), claims),
		"the point zero":                 signed(jwk("x", encode(string(make([]byte, 32))), "y", encode(string(make([]byte, 32)))), claims),
		"x of 31 bytes":                  signed(jwk("x", encode(string(make([]byte, 31)))), claims),
		"x with a zero byte before it":   signed(jwk("x", encode("\x00"+decoded(t, d.JWK()["x"]))), claims),
		"another alg in the key":         signed(jwk("alg", "RS256"), claims),
		"RSA of 1024 bits":               rsaDevice.Sign(object{"typ": "dbsc+jwt", "alg": "RS256", "jwk": object{"kty": "RSA", "e": "AQAB", "n": encode(string(small.N.Bytes()))}}, claims),
		"RSA of 4097 bits":               rsaDevice.Sign(object{"typ": "dbsc+jwt", "alg": "RS256", "jwk": object{"kty": "RSA", "e": "AQAB", "n": encode(string(shifted.Bytes()))}}, claims),
		"RSA with an even modulus":       rsaDevice.Sign(object{"typ": "dbsc+jwt", "alg": "RS256", "jwk": object{"kty": "RSA", "e": "AQAB", "n": encode(string(new(big.Int).Add(large.N, big.NewInt(1)).Bytes()))}}, claims),
		"RSA with e = 1":                 rsaDevice.Sign(object{"typ": "dbsc+jwt", "alg": "RS256", "jwk": object{"kty": "RSA", "e": "AQ", "n": rsaDevice.JWK()["n"]}}, claims),
		"RSA with a zero byte before n":  rsaDevice.Sign(object{"typ": "dbsc+jwt", "alg": "RS256", "jwk": object{"kty": "RSA", "e": "AQAB", "n": encode("\x00" + decoded(t, rsaDevice.JWK()["n"]))}}, claims),
		"no jti":                         signed(good, object{}),
		"jti a number":                   signed(good, object{"jti": 1}),
		"jti twice":                      signed(good, `{"jti":"c1","jti":"c0"}`),
		"JTI in capitals":                signed(good, object{"JTI": "c0"}),
		"a payload that is not JSON":     signed(good, "c0"),
	} {
		p, err := openRegistration(token)
		if err == nil {
			t.Errorf("%s: it is accepted as %+v", what, p)
			continue
		}
		for _, part := range strings.Split(token, ".") {
			if len(part) > 8 && strings.Contains(err.Error(), part) {
				t.Errorf("%s: the error quotes the token: %v", what, err)
			}
		}
	}
}

func decoded(t *testing.T, text string) string {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestOpenRefresh_PinsTheKeyOfTheRegistration(t *testing.T) {
	d, other, rsaDevice := devicetest.New(nil), devicetest.New(nil), devicetest.NewRSA(nil)
	keyOf := func(d *devicetest.Device) publicKey {
		p, err := openRegistration(d.Proof("c0", true))
		if err != nil {
			t.Fatal(err)
		}
		return p.key
	}
	for what, tt := range map[string]struct {
		token string
		key   publicKey
	}{
		"another key":                  {other.Proof("c1", false), keyOf(d)},
		"a jwk":                        {d.Proof("c1", true), keyOf(d)},
		"another's jwk":                {other.Proof("c1", true), keyOf(d)},
		"another algorithm":            {rsaDevice.Proof("c1", false), keyOf(d)},
		"the other other algorithm":    {d.Proof("c1", false), keyOf(rsaDevice)},
		"RS256 said, ES256 registered": {d.Sign(object{"typ": "dbsc+jwt", "alg": "RS256"}, object{"jti": "c1"}), keyOf(d)},
		"alg none":                     {encode(`{"typ":"dbsc+jwt","alg":"none"}`) + "." + encode(`{"jti":"c1"}`) + ".", keyOf(d)},
	} {
		if p, err := openRefresh(tt.token, tt.key); err == nil {
			t.Errorf("%s: it is accepted as %+v", what, p)
		}
	}
}

// FuzzOpenProof looks for a panic, for a proof in a second spelling, and for one that is accepted
// although nobody has signed it.
func FuzzOpenProof(f *testing.F) {
	ec, rsaDevice := devicetest.New(nil), devicetest.NewRSA(nil)
	for _, d := range []*devicetest.Device{ec, rsaDevice} {
		f.Add(d.Proof("c0", true))
		f.Add(d.Proof("c0", false))
	}
	registered, err := openRegistration(devicetest.New(nil).Proof("c0", true))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, token string) {
		p, err := openRegistration(token)
		if err == nil {
			if !oneSpelling(token) {
				t.Errorf("it accepts %q, which is not the one spelling", token)
			}
			back, err := parseKey(p.key.algorithm(), p.key.String())
			if err != nil || back.String() != p.key.String() {
				t.Errorf("the key of %q is not read back: %v", token, err)
			}
		}
		if p, err := openRefresh(token, registered.key); err == nil {
			t.Errorf("it accepts %q as a proof of another key: %+v", token, p)
		}
	})
}

// oneSpelling reports whether an encoder would write each part of the token as it is.
func oneSpelling(token string) bool {
	for _, part := range strings.Split(token, ".") {
		b, err := base64.RawURLEncoding.DecodeString(part)
		if err != nil || base64.RawURLEncoding.EncodeToString(b) != part {
			return false
		}
	}
	return strings.Count(token, ".") == 2
}

// FuzzField looks for a header's value that is read and has a character that it must not have.
func FuzzField(f *testing.F) {
	for _, line := range []string{`a.b-c_d`, `"a.b-c_d"`, `"a`, `a"`, `""`, `"a\"b"`, ` a `, `a;id=1`, "a\x00", `"a" "b"`} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		value, err := field(map[string][]string{headerID: {line}}, headerID)
		if err != nil {
			return
		}
		if value == "" || strings.Trim(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.") != "" {
			t.Errorf("%q is read as %q", line, value)
		}
		if trimmed := strings.Trim(line, " \t"); trimmed != value && trimmed != `"`+value+`"` {
			t.Errorf("%q is read as %q", line, value)
		}
	})
}

// FuzzParseBinding looks for a binding that is read and written otherwise.
func FuzzParseBinding(f *testing.F) {
	id := newID()
	for _, text := range []string{id, id + ".", id + ".ES256.AAAA.1.2.3.4", id + ".RS256.AAAA.1.2.3", id + ".none.AAAA.1.2.3.4", id + ".ES256..1.2.3.4", id + ".ES256.AAAA.1.2.3.4.5", id + ".ES256.AAAA.-1.+2.03.4", "x"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		b, err := parseBinding(text)
		if err != nil {
			return
		}
		again, err := parseBinding(b.String())
		if err != nil || again != b {
			t.Errorf("%q is read as %+v, written as %q, and read again as %+v, %v", text, b, b.String(), again, err)
		}
	})
}

func TestFuzz_HasCommittedSeeds(t *testing.T) {
	for name, least := range map[string]int{"FuzzOpenProof": 20, "FuzzField": 10, "FuzzParseBinding": 8, "FuzzGuard": 10} {
		seeds, err := os.ReadDir("testdata/fuzz/" + name)
		if err != nil || len(seeds) < least {
			t.Errorf("testdata/fuzz/%s has %d seeds (error %v), want %d or more", name, len(seeds), err, least)
		}
	}
}
