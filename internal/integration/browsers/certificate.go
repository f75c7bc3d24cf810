package browsers

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// certify makes a certificate for localhost and 127.0.0.1, which are two sites, and has the profile
// of a browser that reads NSS's databases trust its issuer. Over plain HTTP, WebKit would keep
// pages that say no-store.
func certify(t *testing.T, database string) tls.Certificate {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	template := func(name string) *x509.Certificate {
		return &x509.Certificate{
			SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
			NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		}
	}
	issuerKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	issuer := template("Wafer's tests")
	issuer.IsCA, issuer.BasicConstraintsValid, issuer.KeyUsage = true, true, x509.KeyUsageCertSign
	root, err := x509.CreateCertificate(rand.Reader, issuer, issuer, issuerKey.Public(), issuerKey)
	must(err)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	leaf := template("localhost")
	leaf.ExtKeyUsage, leaf.KeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, x509.KeyUsageDigitalSignature
	chain, err := x509.CreateCertificate(rand.Reader, leaf, issuer, key.Public(), issuerKey)
	must(err)

	must(os.MkdirAll(database, 0o700))
	file := filepath.Join(t.TempDir(), "issuer.pem")
	must(os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root}), 0o600))
	for _, args := range [][]string{{"-N", "--empty-password"}, {"-A", "-n", "tests", "-t", "C,,", "-i", file}} {
		if out, err := exec.Command("certutil", append([]string{"-d", "sql:" + database}, args...)...).CombinedOutput(); err != nil {
			t.Fatal(fmt.Errorf("certutil: %w: %s", err, out))
		}
	}
	return tls.Certificate{Certificate: [][]byte{chain}, PrivateKey: key}
}
