package dbsc

import (
	"math/big"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/internal/guard/devicetest"
)

func TestParseKey_OfRSAHas2048To4096Bits(t *testing.T) {
	modulus := func(bits int) *big.Int {
		return new(big.Int).SetBit(big.NewInt(1), bits-1, 1)
	}
	for bits, good := range map[int]bool{1024: false, 2047: false, 2048: true, 4096: true, 4097: false} {
		text := encode(string(modulus(bits).Bytes()))
		key, err := parseKey(rs256, text)
		if (err == nil) != good || good && key.String() != text {
			t.Errorf("a modulus of %d bits: %v", bits, err)
		}
	}
	for what, text := range map[string]string{
		"an even modulus":             encode(string(new(big.Int).Add(modulus(2048), big.NewInt(1)).Bytes())),
		"a zero byte before the rest": encode("\x00" + string(modulus(2048).Bytes())),
		"nothing":                     "",
		"padding":                     encode(string(modulus(2048).Bytes())) + "=",
	} {
		if _, err := parseKey(rs256, text); err == nil {
			t.Errorf("%s is accepted", what)
		}
	}
}

func TestParseKey_OfECIsAPointOfTheCurve(t *testing.T) {
	p, err := openRegistration(devicetest.New(nil).Proof("c0", true))
	if err != nil {
		t.Fatal(err)
	}
	good := decoded(t, p.key.String())
	for what, text := range map[string]string{"another point": good[32:] + good[:32], "a byte less": good[:63], "a byte more": good + "\x00", "nothing": ""} {
		if _, err := parseKey(es256, encode(text)); err == nil {
			t.Errorf("%s is accepted", what)
		}
	}
	for _, algorithm := range []string{rs256, "none", ""} {
		if _, err := parseKey(algorithm, encode(good)); err == nil {
			t.Errorf("a point is accepted as a key for %q", algorithm)
		}
	}
}

// The signature is right in each of these: it is the key in the header that is not.
func TestOpenRegistration_TheJWKIsThatOfTheAlgorithm(t *testing.T) {
	ec, rsaDevice := devicetest.New(nil), devicetest.NewRSA(nil)
	x, y := decoded(t, ec.JWK()["x"]), decoded(t, ec.JWK()["y"])
	for what, tt := range map[string]struct {
		d       *devicetest.Device
		changes object
		good    bool
	}{
		"as it is":                   {ec, object{}, true},
		"the alg of the header":      {ec, object{"alg": "ES256"}, true},
		"another alg":                {ec, object{"alg": "ES384"}, false},
		"alg null":                   {ec, object{"alg": nil}, false},
		"members of a later version": {ec, object{"use": "sig", "kid": "1"}, true},
		"a private key":              {ec, object{"d": "AQ"}, false},
		"kty RSA":                    {ec, object{"kty": "RSA"}, false},
		"no kty":                     {ec, object{"kty": nil}, false},
		"another crv":                {ec, object{"crv": "P-384"}, false},
		"no crv":                     {ec, object{"crv": nil}, false},
		"x and y, cut elsewhere":     {ec, object{"x": encode(x[:31]), "y": encode(x[31:] + y)}, false},
		"no x":                       {ec, object{"x": nil}, false},
		"y that is not base64":       {ec, object{"y": "*"}, false},
		"RSA as it is":               {rsaDevice, object{}, true},
		"RSA, for ES256":             {rsaDevice, object{"header": "ES256"}, false},
		"RSA, n is not base64":       {rsaDevice, object{"n": "*"}, false},
		"RSA, kty EC":                {rsaDevice, object{"kty": "EC"}, false},
		"RSA, another e":             {rsaDevice, object{"e": "AQABAA"}, false},
		"RSA, no e":                  {rsaDevice, object{"e": nil}, false},
		"RSA, no n":                  {rsaDevice, object{"n": nil}, false},
	} {
		jwk, algorithm := object{}, tt.d.Algorithm()
		for name, value := range tt.d.JWK() {
			jwk[name] = value
		}
		for name, value := range tt.changes {
			if jwk[name] = value; name == "header" {
				algorithm = value.(string)
			}
		}
		token := tt.d.Sign(object{"typ": "dbsc+jwt", "alg": algorithm, "jwk": jwk}, object{"jti": "c0"})
		if _, err := openRegistration(token); (err == nil) != tt.good {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestOpenProof_HasAtMost4096Bytes(t *testing.T) {
	d := devicetest.New(nil)
	sizes := map[int]bool{}
	for more := range 24 { // base64 has no length that is one more than a multiple of four
		header := object{"typ": "dbsc+jwt", "alg": "ES256", "jwk": d.JWK(), "kid": strings.Repeat("k", more/8)}
		token := d.Sign(header, object{"jti": strings.Repeat("c", 2815+more%8)})
		if _, err := openRegistration(token); (err == nil) != (len(token) <= maxProof) {
			t.Errorf("a proof of %d bytes: %v", len(token), err)
		}
		sizes[len(token)] = true
	}
	if !sizes[maxProof] || !sizes[maxProof+1] {
		t.Errorf("the proofs have the sizes %v", sizes)
	}
}
