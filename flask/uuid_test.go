package flask

import (
	"encoding/json"
	"testing"
)

func TestUUIDReadsItsUsualSpellings(t *testing.T) {
	for _, s := range []string{
		"12345678123456781234567812345678", "12345678-1234-5678-1234-567812345678",
	} {
		if u, err := ParseUUID(s); err != nil || u != exampleUUID {
			t.Errorf("ParseUUID(%q) = %v, %v", s, u, err)
		}
	}
	if u, err := ParseUUID("ABCDEFab-0000-0000-0000-000000000000"); err != nil || u[0] != 0xAB || u[3] != 0xAB {
		t.Errorf("upper case: %v, %v", u, err)
	}
}

func TestUUIDRefusesAnythingElse(t *testing.T) {
	for _, s := range []string{
		"", "1234", "1234567812345678123456781234567g", "12345678-1234-5678-1234-56781234567", "12345678-1234-5678-1234567812345678-",
		"{2345678-1234-5678-1234-567812345678", "urn:uuid:12345678-1234-5678-1234-567812345678", "123456781234-5678-1234-5678-12345678",
	} {
		if u, err := ParseUUID(s); err == nil {
			t.Errorf("ParseUUID(%q) = %v", s, u)
		}
	}
}

func TestUUIDIsTextToOtherPackages(t *testing.T) {
	b, err := json.Marshal(exampleUUID)
	if err != nil || string(b) != `"12345678-1234-5678-1234-567812345678"` {
		t.Fatalf("json.Marshal = %s, %v", b, err)
	}
	var u UUID
	if err := json.Unmarshal(b, &u); err != nil || u != exampleUUID {
		t.Errorf("json.Unmarshal = %v, %v", u, err)
	}
}
