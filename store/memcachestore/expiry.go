package memcachestore

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/bradfitz/gomemcache/memcache"
)

// memcached counts seconds that begin somewhere within those of the clock, and looks at that count
// once a second, so it drops an item up to two seconds off. It is told to do so too late, and the
// expiry that is kept in the item decides. A record may thus have expired and its item be there,
// and cas would bring it back. Each Save passes a version, which tells when to look first: its
// highest byte is 1 + Expires modulo 255, in seconds, or 0 if the client cannot tell memcached that
// time. The rest is the item's cas unique.
const (
	// lateBy is how many seconds too late memcached is told to drop an item.
	lateBy = 3

	// goneBy is how many seconds after a record's expiry its item is certainly
	// gone, if the two clocks are in step within a few seconds.
	goneBy = 8

	casBits = 56
	maxCAS  = 1<<casBits - 1
	cycle   = 255
)

// version returns the version of a record from its item's cas unique.
func version(cas uint64, expires time.Time) (uint64, error) {
	if cas == 0 || cas > maxCAS {
		return 0, fmt.Errorf("%w: it returned the unique %d; does it run with -C, or behind a proxy?", errNoCAS, cas)
	}
	at := expires.Unix()
	if at > math.MaxInt32-lateBy || at < 0 {
		return cas, nil
	}
	return uint64(1+at%cycle)<<casBits | cas, nil // #nosec G115 -- from 1 to 255
}

// mayHaveExpired reports whether the record that had this version may have expired
// and its item still be there.
func mayHaveExpired(version uint64, now time.Time) bool {
	phase := int64(version >> casBits) // #nosec G115 -- one byte
	if phase == 0 {
		return true
	}
	since := (now.Unix() - (phase - 1)) % cycle
	if since < 0 {
		since += cycle
	}
	return since <= goneBy
}

// expired reports whether a record has expired: from the second on that it names.
func expired(expires, now time.Time) bool { return now.Unix() >= expires.Unix() }

// Now returns the time by which the program judges what has expired: that of Options.Clock.
func (s *Store) Now(context.Context) (time.Time, error) { return s.o.Clock(), nil }

// expiration returns what memcached is told: up to 30 days how many seconds from now, so that its
// clock does not matter, and from then on a Unix time; -1, which means at once, if the time has
// passed; and 0, which means never, if the client's 32 bits do not reach.
func expiration(expires, now time.Time) int32 {
	at := expires.Unix()
	left := at - now.Unix() + lateBy
	switch {
	case at <= now.Unix():
		return -1
	case left <= relativeMax:
		return int32(left) // #nosec G115 -- compared here
	case at > math.MaxInt32-lateBy:
		return 0
	}
	return max(int32(at)+lateBy, relativeMax+1) // #nosec G115 -- compared above
}

// relativeMax is the largest expiration that is relative to now for memcached, in seconds;
// protocol.txt, "Expiration times".
const relativeMax = 60 * 60 * 24 * 30

var errNoCAS = errors.New("the server does not use cas as memcached does, so two requests at once would lose changes; start it without -C")

// maxClockSkew is how many seconds a server's clock may be from this machine's before New reports
// it.
const maxClockSkew = 5

// compareClocks returns an error if the clock of the server that has a certain key is off.
// memcached does not tell the time through this client, so it is asked to drop an item soon, and
// one that should be gone already: a clock that is ahead drops the first, and one that is behind
// keeps the second.
func (s *Store) compareClocks() error {
	key := s.o.Prefix + "clock:" + rand.Text()
	defer func() { _ = s.client.Delete(key) }() // it expires otherwise
	for _, seconds := range []int64{maxClockSkew, -maxClockSkew} {
		item := &memcache.Item{Key: key, Value: []byte{}, Expiration: int32(s.o.Clock().Unix() + seconds)} // #nosec G115 -- until 2038
		if err := s.client.Set(item); err != nil {
			return fmt.Errorf("memcachestore: compare the clocks: %w", err)
		}
		_, err := s.client.Get(key)
		switch there := err == nil; {
		case err != nil && !errors.Is(err, memcache.ErrCacheMiss):
			return fmt.Errorf("memcachestore: compare the clocks: %w", err)
		case there != (seconds > 0):
			return errors.New("memcachestore: this machine's clock is more than five seconds from memcached's; synchronize both (NTP), or sessions that last longer than 30 days end too early or too late")
		}
	}
	return nil
}
