package main

import (
	"context"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"sync"
	"sync/atomic"
)

// users is in place of a table of the program's database.
type users struct {
	mu         sync.Mutex
	m          map[string]user
	iterations int
	decoy      user         // whose password is checked if there is no such user
	checks     atomic.Int64 // how many passwords were checked
}

type user struct {
	salt, hash []byte
	generation int    // 1 or more; raised to end all earlier sessions
	code       string // of the second factor, or empty; in truth a TOTP secret
}

var errNoUser = errors.New("there is no such user")

func demoUsers() (*users, error) {
	return newUsers(600_000) // OWASP's figure for PBKDF2 with SHA-256
}

func newUsers(iterations int) (*users, error) {
	t := &users{m: make(map[string]user), iterations: iterations}
	for name, password := range map[string]string{"ada": "correct horse", "bob": "battery staple", "": rand.Text()} {
		u := user{salt: []byte(rand.Text()), generation: 1}
		if name == "bob" {
			u.code = "123456"
		}
		var err error
		if u.hash, err = t.hash(password, u.salt); err != nil {
			return nil, err
		}
		if name == "" {
			t.decoy = u
		} else {
			t.m[name] = u
		}
	}
	return t, nil
}

func (t *users) hash(password string, salt []byte) ([]byte, error) {
	t.checks.Add(1)
	return pbkdf2.Key(sha256.New, password, salt, t.iterations, sha256.Size)
}

func (t *users) byID(_ context.Context, id string) (user, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	u, ok := t.m[id]
	if !ok {
		return user{}, errNoUser
	}
	return u, nil
}

// check returns the user of a name and a password. It needs as long for a name
// of no user as for a wrong password, and returns errNoUser for both.
func (t *users) check(ctx context.Context, name, password string) (user, error) {
	u, err := t.byID(ctx, name)
	unknown := errors.Is(err, errNoUser)
	if unknown {
		u = t.decoy
	} else if err != nil {
		return user{}, err
	}
	hash, err := t.hash(password, u.salt)
	if err != nil {
		return user{}, err
	}
	if subtle.ConstantTimeCompare(hash, u.hash) != 1 || unknown {
		return user{}, errNoUser
	}
	return u, nil
}

// setPassword changes a password, and with it the generation. It returns the
// new one.
func (t *users) setPassword(_ context.Context, id, password string) (user, error) {
	salt := []byte(rand.Text())
	hash, err := t.hash(password, salt)
	if err != nil {
		return user{}, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	u, ok := t.m[id]
	if !ok {
		return user{}, errNoUser
	}
	u.salt, u.hash = salt, hash
	u.generation++
	t.m[id] = u
	return u, nil
}

// nextGeneration ends the sessions of a user.
func (t *users) nextGeneration(_ context.Context, id string) (user, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	u, ok := t.m[id]
	if !ok {
		return user{}, errNoUser
	}
	u.generation++
	t.m[id] = u
	return u, nil
}
