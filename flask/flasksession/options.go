package flasksession

import (
	"errors"
	"fmt"

	"github.com/wafer-go/wafer/flask"
	"github.com/wafer-go/wafer/session"
)

// DefaultKeyPrefix is Flask-Session's default for SESSION_KEY_PREFIX.
const DefaultKeyPrefix = "session:"

// Options describe a Flask program whose settings differ from Flask-Session's defaults. The zero
// value of each field is the default of Flask-Session 0.8.
type Options struct {
	// Serialization is how records are written: MessagePack, or Pickle for Flask-Session before
	// 0.7.
	Serialization Serialization

	// KeyPrefix is SESSION_KEY_PREFIX. Empty means DefaultKeyPrefix.
	KeyPrefix string

	// NoKeyPrefix means that SESSION_KEY_PREFIX is empty, as in Airflow. It is an error beside a
	// KeyPrefix.
	NoKeyPrefix bool

	// NotPermanent means that SESSION_PERMANENT is False. By default a session that has no
	// "_permanent" is saved with the value true, as new sessions of Flask-Session have it.
	NotPermanent bool
}

// New returns a backend that keeps sessions in the records of Flask-Session, so that a Flask
// program and a Go program share them. If opts is nil, Flask-Session's defaults apply.
//
// Give it to [session.New] together with [Defaults], or with options that agree with the Flask
// program's SESSION_COOKIE_* settings.
func New(records Records, opts *Options) (session.Backend, error) {
	return newBackend(records, opts, ids{})
}

// NewSigned is [New] for a program with SESSION_USE_SIGNER=True: the cookie has an ID with a
// signature. secretKey is the program's SECRET_KEY.
func NewSigned(secretKey string, records Records, opts *Options) (session.Backend, error) {
	ids, err := signedIDs(secretKey)
	if err != nil {
		return nil, err
	}
	return newBackend(records, opts, ids)
}

func newBackend(records Records, opts *Options, ids ids) (session.Backend, error) {
	var o Options
	if opts != nil {
		o = *opts
	}
	if records == nil {
		return nil, errors.New("flasksession: New needs records, such as flasksession.Redis(client)")
	}
	f, err := o.Serialization.format()
	if err != nil {
		return nil, err
	}
	switch {
	case o.NoKeyPrefix && o.KeyPrefix != "":
		return nil, fmt.Errorf("flasksession: Options has the KeyPrefix %q and NoKeyPrefix; drop one of them", o.KeyPrefix)
	case !o.NoKeyPrefix && o.KeyPrefix == "":
		o.KeyPrefix = DefaultKeyPrefix
	}
	return &backend{records, f, ids, o.KeyPrefix, !o.NotPermanent}, nil
}

// Defaults returns the options that Flask and Flask-Session have by default, a fresh copy at each
// call: those of [flask.Defaults], and sessions that are permanent.
func Defaults() *session.Options {
	o := flask.Defaults()
	o.Permanent = true
	return o
}
