package interop

import (
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/itsdangerous"
)

// unsigned is what Python makes of a token.
type unsigned struct {
	Verdict string      `json:"verdict"` // "ok" or an exception's name
	Holds   bool        `json:"holds"`   // some key made the signature
	At      int64       `json:"at"`
	Text    string      `json:"text"` // in hex
	Value   description `json:"value"`
}

// A tokenCase is a token, how it is read, and what is known to differ.
type tokenCase struct {
	kind   string
	config tokenConfig
	token  string
	now    int64
	maxAge *int64 // seconds; nil is any age

	// respelled says that the token is not the one that was made. Python takes
	// some other spellings of a signature for it. We differ: one spelling only.
	respelled bool

	// oddTimestamp says that a holder of the key signed a timestamp that neither
	// side writes. Python takes it in any spelling of base64, with leading zero
	// bytes, and fails with another exception past the year 9999. We differ: one
	// spelling, up to the year 9999.
	oddTimestamp bool

	// oddPayload says the same of the payload.
	oddPayload bool
}

func (c *tokenCase) timed() bool { return strings.Contains(c.kind, "Time") }

// call is a call of python/tokens.py.
func (c *tokenCase) call(op string, more map[string]any) map[string]any {
	m := map[string]any{"op": op, "kind": c.kind, "cfg": c.config, "time": c.now}
	for name, v := range more {
		m[name] = v
	}
	return m
}

type madeToken struct {
	Token string `json:"token"` // in hex
}

// make makes the case's token with both sides and fails where they differ. It
// returns one of the two.
func (r *random) make(t *testing.T, p *python, c *tokenCase, count counts) string {
	t.Helper()
	text := string(r.bytes(r.IntN(30)))
	if r.in(2) {
		text = r.validText() + pick(r, ".", "..", "", fromHex(c.config.Separator)) + r.validText()
	}
	value := r.jsonValue(2)
	var theirs madeToken
	p.must(t, c.call("sign", map[string]any{"text": hex.EncodeToString([]byte(text)), "value": value}), &theirs)
	their := fromHex(theirs.Token)
	our, err := newTool(t, c.kind, c.config, c.now).sign(text, plainJSON(value))
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case hasFraction(value) && strings.Contains(c.kind, "Serializer"):
		count["with fractions, which are spelled otherwise"]++
	case strings.HasPrefix(c.kind, "URLSafe") && (our[0] == '.' || their[0] == '.'):
		count["compressed"]++
	default:
		count["the same to the byte"]++
		if our != their {
			t.Errorf("Go made     %.800q\nPython made %.800q", our, their)
		}
	}
	return pick(r, our, their)
}

// odd makes a token of which only the signature is as it should be.
func (r *random) odd(t *testing.T, p *python, c *tokenCase) string {
	t.Helper()
	payload := r.payloadText(c)
	if c.timed() {
		c.oddTimestamp = true
		payload += fromHex(c.config.Separator) + pick(r, "", "AA", "AAAAAA", "ZVPxAA", "AGVT8QA", "ZVPxAA==", "ZVPx AA", "ZVPxAB", "ZVP*xAA", "A", "_____w", "A_____8",
			"__________8", "f_________8", "AAAAAAAAAAAA", "gICAgICAgIA", "OvT99H8", "OvT99IA", "ZVPxAA\n")
		if r.in(6) {
			payload = strings.ReplaceAll(payload, fromHex(c.config.Separator), "")
		}
	}
	var made madeToken
	p.must(t, c.call("sign_text", map[string]any{"text": hex.EncodeToString([]byte(payload))}), &made)
	return fromHex(made.Token)
}

// payloadText is good or bad, and known as odd only where Python may not mind.
func (r *random) payloadText(c *tokenCase) string {
	if !strings.HasPrefix(c.kind, "URLSafe") {
		return pick(r, "1", "{}", "[1, 2]", `"x"`, "", "{", "[1,]", "nul", "\xff", "1 2")
	}
	c.oddPayload = true
	return pick(r, "e30", "MQ", "", "e30=", "e3 0", "e31", "e30*", "e", "!!!!", "bm90IGpzb24", ".e30", ".eJyrrgUAAXUA-Q", ".eJyrrgUAAXUA-QAA", ".eJyrrgUAAXUA", "_w", "e30\n")
}

func TestPythonAndGoJudgeTokensAlike(t *testing.T) {
	p := startPython(t)
	eachCase(t, cases, func(t *testing.T, r *random, count counts) {
		c := &tokenCase{kind: pick(r, kinds...), config: r.tokenConfig(), now: r.time()}
		signedAt := c.now
		if r.in(4) {
			c.token = r.odd(t, p, c)
			c.now = 1700000000
		} else {
			c.token = r.make(t, p, c, count)
		}
		r.read(c, signedAt)

		var theirs unsigned
		p.must(t, c.call("unsign", map[string]any{"token": hex.EncodeToString([]byte(c.token)), "max_age": c.maxAge}), &theirs)
		maxAge := itsdangerous.AnyAge
		if c.maxAge != nil {
			maxAge = time.Duration(*c.maxAge) * time.Second
		}
		ours, err := newTool(t, c.kind, c.config, c.now).unsign(c.token, maxAge)
		c.compare(t, ours, err, theirs, count)
		if t.Failed() {
			t.Errorf("it was a %s, %q, with %+v at %d, maximum age %v", c.kind, c.token, c.config, c.now, maxAge)
		}
	})
}

// read chooses how the token is read: as it was made, or otherwise.
func (r *random) read(c *tokenCase, signedAt int64) {
	if c.timed() && !r.in(3) {
		maxAge := pick(r, 0, 1, 60, 86400, r.Int64N(1<<31), -1)
		if !c.oddTimestamp {
			c.now = max(0, signedAt+pick(r, 0, maxAge, maxAge+1, -1, r.Int64N(1000)))
		}
		c.maxAge = &maxAge
	}
	switch r.IntN(4) {
	case 0:
		if c.token != "" {
			token := r.respell(c.token)
			c.respelled = token != c.token
			c.token = token
		}
	case 1:
		c.config = r.otherConfig(c.config)
	}
}

// otherConfig changes some parameters, which the fallbacks may make up for.
func (r *random) otherConfig(c tokenConfig) tokenConfig {
	switch r.IntN(5) {
	case 0:
		// Rotated: still accepted, or no longer.
		c.Keys = append([]key{r.key()}, c.Keys[r.IntN(len(c.Keys)):]...)
	case 1:
		salt := hex.EncodeToString(r.bytes(r.IntN(3)))
		c.Salt = &salt
	case 2:
		c.Fallback = append([]signerConfig{c.signerConfig}, c.Fallback...)
		c.signerConfig = r.signerConfig()
	case 3:
		c.Digest = pick(r, sortedKeys(digests)...)
	case 4:
		c.Derivation = pick(r, "hmac", "concat", "django-concat", "none")
	}
	return c
}

// compare fails where the verdicts differ in what the case does not name.
func (c *tokenCase) compare(t *testing.T, ours opened, err error, theirs unsigned, count counts) {
	t.Helper()
	our, their := verdict(err), theirs.Verdict
	if their == "BadTimeSignature" && !theirs.Holds {
		// Python says so of every forged token with a time. We differ: a bad
		// signature is one, and a bad time is the signer's doing.
		their = "BadSignature"
	}
	switch {
	case c.respelled && theirs.Holds:
		count["sloppy spellings that only Python takes"]++
		if our != "BadSignature" && (our != their || !c.config.separatorsDiffer()) {
			t.Errorf("Go says %s of another spelling of a token, and Python %s", our, theirs.Verdict)
		}
		return
	case our == their:
		count[our]++
	case c.oddTimestamp && theirs.Holds && our == "BadTimeSignature":
		count["timestamps that neither writes"]++
		return
	case c.oddPayload && theirs.Holds && our == "BadPayload":
		count["payloads that neither writes"]++
		return
	default:
		t.Errorf("Go says %s (%v) and Python %s (the signature holds: %v)", our, err, theirs.Verdict, theirs.Holds)
		return
	}
	c.compareContents(t, ours, err, theirs)
}

// separatorsDiffer reports whether a fallback has another separator than the signer. Then a token
// with a second "." may be one of a fallback's whose separator is "..", spelled as it should be.
func (c *tokenConfig) separatorsDiffer() bool {
	return slices.ContainsFunc(c.Fallback, func(f signerConfig) bool { return f.Separator != c.Separator })
}

func (c *tokenCase) compareContents(t *testing.T, ours opened, err error, theirs unsigned) {
	t.Helper()
	if verdict(err) == "SignatureExpired" {
		var e *itsdangerous.Error
		if !errors.As(err, &e) {
			t.Fatalf("%v is no *itsdangerous.Error", err)
		}
		if e.SignedAt.Unix() != theirs.At || e.Payload != fromHex(theirs.Text) {
			t.Errorf("Go says that %q was signed at %d, and Python %q at %d", e.Payload, e.SignedAt.Unix(), fromHex(theirs.Text), theirs.At)
		}
	}
	if err != nil {
		return
	}
	if ours.at != theirs.At {
		t.Errorf("Go says that it was signed at %d, and Python %d", ours.at, theirs.At)
	}
	if strings.Contains(c.kind, "Serializer") {
		wantSame(t, "Go reads", describeJSON(t, ours.json), theirs.Value)
	} else if ours.text != fromHex(theirs.Text) {
		t.Errorf("Go reads %q and Python %q", ours.text, fromHex(theirs.Text))
	}
}
