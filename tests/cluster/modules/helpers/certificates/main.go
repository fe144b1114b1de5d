// Command certificates writes what a test API server needs: a certificate authority, a serving certificate,
// a client certificate of the administrator, and the key that signs service account tokens.
//
//	certificates DIR HOST...    (HOST: a DNS name or an IP address of the serving certificate)
package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

const lifetime = 7 * 24 * time.Hour

type authority struct {
	certificate *x509.Certificate
	key         crypto.Signer
}

func main() {
	log.SetFlags(0)
	if len(os.Args) < 3 {
		log.Fatal("usage: certificates DIR HOST...")
	}
	if err := writeAll(os.Args[1], os.Args[2:]); err != nil {
		log.Fatal(err)
	}
}

func writeAll(dir string, hosts []string) error {
	ca, err := newAuthority(dir)
	if err != nil {
		return err
	}
	server := template("kube-apiserver", x509.ExtKeyUsageServerAuth)
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			server.IPAddresses = append(server.IPAddresses, ip)
		} else {
			server.DNSNames = append(server.DNSNames, host)
		}
	}
	if err := ca.issue(dir, "server", server); err != nil {
		return err
	}
	admin := template("admin-by-certificate", x509.ExtKeyUsageClientAuth)
	admin.Subject.Organization = []string{"system:masters"}
	if err := ca.issue(dir, "admin", admin); err != nil {
		return err
	}
	_, err = newKey(dir, "service-account")
	return err
}

func template(name string, usage x509.ExtKeyUsage) *x509.Certificate {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		log.Fatal(err)
	}
	return &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(lifetime),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{usage},
	}
}

func newAuthority(dir string) (*authority, error) {
	key, err := newKey(dir, "ca")
	if err != nil {
		return nil, err
	}
	certificate := template("agent-sandbox-bench test", x509.ExtKeyUsageAny)
	certificate.ExtKeyUsage = nil // OpenSSL refuses an authority with any
	certificate.IsCA = true
	certificate.BasicConstraintsValid = true
	certificate.KeyUsage |= x509.KeyUsageCertSign
	ca := &authority{certificate, key}
	return ca, ca.sign(dir, "ca", certificate, key)
}

func (ca *authority) issue(dir, name string, certificate *x509.Certificate) error {
	key, err := newKey(dir, name)
	if err != nil {
		return err
	}
	return ca.sign(dir, name, certificate, key)
}

func (ca *authority) sign(dir, name string, certificate *x509.Certificate, key crypto.Signer) error {
	der, err := x509.CreateCertificate(rand.Reader, certificate, ca.certificate, key.Public(), ca.key)
	if err != nil {
		return err
	}
	return write(filepath.Join(dir, name+".crt"), "CERTIFICATE", der)
}

func newKey(dir, name string) (crypto.Signer, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, err
	}
	return key, write(filepath.Join(dir, name+".key"), "EC PRIVATE KEY", der)
}

func write(path, kind string, der []byte) error {
	return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
}
