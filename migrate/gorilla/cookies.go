package gorilla

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/fips140"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"slices"
	"time"

	"github.com/wafer-go/wafer/migrate/internal/gobvalues"
	"github.com/wafer-go/wafer/session/driver"
)

const (
	// DefaultMaxAge is how long gorilla accepts a cookie unless its store's MaxAge method was
	// called.
	DefaultMaxAge = 30 * 24 * time.Hour

	// DefaultMaxLength is securecookie's limit in bytes on a cookie's value.
	DefaultMaxLength = 4096
)

// Keys are a pair of the keys that gorilla's NewCookieStore has as a list. They do not show,
// wherever a program keeps them and however they are printed.
type Keys struct {
	// hidden returns both, which must not be changed. They are behind a function because printers
	// do not call it: fmt shows the fields of a struct that it finds in an unexported field without
	// calling a method.
	hidden func() (hash, block []byte)
}

// NewKeys returns copies of a pair of keys. hash signs; it may not be empty. block encrypts, with
// AES: 16, 24 or 32 bytes, or none.
func NewKeys(hash, block []byte) Keys {
	hash, block = slices.Clone(hash), slices.Clone(block)
	return Keys{func() ([]byte, []byte) { return hash, block }}
}

// hash returns the key that signs, which must not be changed; nil for the zero Keys.
func (k Keys) hash() (hash []byte) {
	if k.hidden != nil {
		hash, _ = k.hidden()
	}
	return hash
}

// block returns the key that encrypts, which must not be changed; nil if there is none.
func (k Keys) block() (block []byte) {
	if k.hidden != nil {
		_, block = k.hidden()
	}
	return block
}

// Options describe a program that differs from gorilla's defaults, which are
// the zero value of each field.
type Options struct {
	// Name is the session's name, which the MAC covers. Empty means the name of
	// the manager's cookie; another one is only for a cookie that was renamed on
	// its way.
	Name string

	// MaxAge is how long ago a session may have been written: what the program
	// gave to the store's MaxAge method. Zero means DefaultMaxAge, a negative one
	// no limit but the manager's session.Options.Lifetime, which holds besides.
	MaxAge time.Duration

	// MaxLength is how many bytes a cookie's value, or the text of a file, may
	// have: what the program gave to MaxLength. Zero means DefaultMaxLength.
	MaxLength int

	// Hash is what the program gave to securecookie's HashFunc. Nil means
	// SHA-256.
	Hash func() hash.Hash

	// BrowserSession says that the program's cookies ended with the browser: its
	// sessions.Options.MaxAge was 0. Otherwise the sessions become permanent, as
	// gorilla's cookies outlive the browser's closing.
	BrowserSession bool

	// FlashKeys are the names that the program gives to AddFlash, beside
	// "_flash", each with the category that its messages get. A key that is
	// missing here stays a list of values.
	FlashKeys map[string]string

	// Decode reads a session's contents. It is for a serializer of the program's
	// own, and only sees what has passed the MAC; [DecodeJSON] is one. Nil means
	// encoding/gob.
	Decode func(contents []byte) (map[any]any, error)

	// Convert is asked of each value and returns the key and the value to keep,
	// or false to drop it. It may be called by several goroutines at once. Nil
	// keeps all values under their own keys.
	Convert func(key, value any) (newKey string, newValue any, keep bool)
}

// Cookies reads the sessions that gorilla's CookieStore keeps in cookies. All
// pairs are tried, so their order does not matter. It is one of the old backends of
// session.Migrate; a session saved through it alone is an error.
//
// session.New fails if there are no pairs, or one has no hash key or a block key whose length is
// not AES's, and, in a program that runs with GODEBUG=fips140=only, if a hash key has fewer than 14
// bytes.
func Cookies(pairs []Keys, opts *Options) driver.Backend {
	return &backend{reader: newReader(pairs, opts)}
}

// newReader copies what it is given.
func newReader(pairs []Keys, opts *Options) reader {
	var r reader
	if opts != nil {
		r.o = *opts
	}
	for _, p := range pairs {
		r.pairs = append(r.pairs, pair{keys: p})
	}
	return r
}

// pair is one of Keys, ready for use.
type pair struct {
	keys  Keys
	block func() cipher.Block // nil if nothing is encrypted; a function, as that of Keys
}

type backend struct {
	reader reader
	dir    string // of files, or empty
	files  bool
}

var _ driver.Backend = (*backend)(nil)

// Open checks the keys and the options.
func (b *backend) Open(c driver.Config) (driver.Driver, error) {
	r := b.reader
	if err := r.open(c.CookieName); err != nil {
		return nil, fmt.Errorf("gorilla: %w", err)
	}
	if b.files {
		return &files{cookies{r}, b.dir}, nil
	}
	return &cookies{r}, nil
}

// open fills in the defaults.
func (r *reader) open(cookie string) error {
	o := &r.o
	if o.Name == "" {
		o.Name = cookie
	}
	if o.MaxAge == 0 {
		o.MaxAge = DefaultMaxAge
	}
	if o.MaxLength < 0 {
		return fmt.Errorf("Options.MaxLength is %d bytes; it must not be negative", o.MaxLength)
	}
	if o.MaxLength == 0 {
		o.MaxLength = DefaultMaxLength
	}
	if o.Hash == nil {
		o.Hash = sha256.New
	}
	if r.ownDecode = o.Decode != nil; !r.ownDecode {
		o.Decode = decodeGob
	}
	flashes := map[string]string{flashKey: driver.DefaultCategory}
	for key, category := range o.FlashKeys {
		flashes[key] = category
	}
	o.FlashKeys = flashes
	if len(r.pairs) == 0 {
		return errors.New("there are no keys; give the pairs that NewCookieStore was given")
	}
	pairs := make([]pair, len(r.pairs))
	for i, p := range r.pairs {
		if len(p.keys.hash()) == 0 {
			return fmt.Errorf("the pair of keys %d has no hash key, the first of the two that NewCookieStore was given", i+1)
		}
		if err := checkHash(o.Hash, p.keys.hash()); err != nil {
			return fmt.Errorf("the hash key of the pair of keys %d: %w", i+1, err)
		}
		if size := len(p.keys.block()); size > 0 {
			block, err := aes.NewCipher(p.keys.block())
			if err != nil {
				return fmt.Errorf("the block key of the pair of keys %d has %d bytes; AES needs 16, 24 or 32", i+1, size)
			}
			p.block = func() cipher.Block { return block }
		}
		pairs[i] = p
	}
	r.pairs = pairs
	return nil
}

// checkHash makes one MAC, because crypto/hmac panics for a function that is not a hash, and under
// GODEBUG=fips140=only for SHA-1 and for short keys.
func checkHash(h func() hash.Hash, key []byte) (err error) {
	defer func() {
		if problem := recover(); problem != nil {
			err = fmt.Errorf("%v", problem)
			if fips140.Enforced() {
				err = fmt.Errorf("%w; GODEBUG=fips140=only needs SHA-256 or another approved hash, and keys of 14 bytes or more", err)
			}
		}
	}()
	hmac.New(h, key).Sum(nil)
	return nil
}

// cookies is the driver of sessions that are in their cookies.
type cookies struct{ reader reader }

var _ driver.Driver = (*cookies)(nil)

// Info has the codec of Wafer's own backends. Unlike in gorilla, the first of several cookies does
// not count: a sibling subdomain could have planted it.
func (*cookies) Info() driver.Info { return driver.Info{Name: "gorilla", Codec: driver.JSON} }

// Load reads a cookie. The Manager judges its age.
func (d *cookies) Load(_ context.Context, value string) (driver.Snapshot, error) {
	found, err := d.reader.read(value, d.reader.o.Decode)
	if err != nil {
		return driver.Snapshot{}, err
	}
	return d.snapshot(found)
}

// snapshot makes a session of what was read.
func (d *cookies) snapshot(found contents[map[any]any]) (driver.Snapshot, error) {
	payload, err := gobvalues.Payload(found.value, gobvalues.Rules{
		Convert: d.reader.o.Convert, Flashes: d.reader.o.FlashKeys, Permanent: !d.reader.o.BrowserSession,
	})
	if err != nil {
		return driver.Snapshot{}, err
	}
	return driver.Snapshot{
		Payload: payload, SavedAt: found.at, ExpiresAt: d.reader.expiry(found.at),
		Accepted: true, By: fmt.Sprintf("gorilla's pair of keys %d", found.pair+1),
	}, nil
}

var errReadOnly = fmt.Errorf("gorilla: its sessions are only read; give session.New a session.Migrate(session.Sealed(key), gorilla.Cookies(...)), which writes them as Wafer's (%w)", errors.ErrUnsupported)

// Save fails with an error that wraps [errors.ErrUnsupported].
func (*cookies) Save(_ context.Context, dst []byte, _ driver.Write) ([]byte, driver.Record, error) {
	return dst, nil, errReadOnly
}

// Delete has nothing to do: the session is in the cookie.
func (*cookies) Delete(context.Context, driver.Snapshot) error { return nil }
