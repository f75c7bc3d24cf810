package flaskwtf

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/wafer-go/wafer/flask/internal/key"
	"github.com/wafer-go/wafer/itsdangerous"
)

const (
	salt             = "wtf-csrf-token"
	defaultField     = "csrf_token"
	defaultTimeLimit = time.Hour
	defaultMaxBody   = 10 << 20

	// maxSecret is how many bytes a token's payload may have; one that Flask-WTF makes has 42.
	maxSecret = 1 << 10

	// skew is how far in the future a token may have been made: the other half may run on a server
	// whose clock is ahead.
	skew = 30 * time.Second
)

// Options describe a Flask program that differs from Flask-WTF's defaults. The zero value of each
// field is that default.
type Options struct {
	// FieldName is WTF_CSRF_FIELD_NAME: the name of the form's field and of the session's value.
	// Empty means "csrf_token".
	FieldName string

	// Headers are WTF_CSRF_HEADERS. Nil means X-CSRFToken and X-CSRF-Token.
	Headers []string

	// Methods are WTF_CSRF_METHODS, those of the requests that are checked. Nil means POST, PUT,
	// PATCH and DELETE.
	Methods []string

	// TimeLimit is WTF_CSRF_TIME_LIMIT: how old a token may be. Whole seconds count. Zero means an
	// hour; if it is negative, a token has no limit but the session's.
	TimeLimit time.Duration

	// AnyReferer is WTF_CSRF_SSL_STRICT = False: it accepts a request over HTTPS with the Referer
	// of another site, or with none.
	AnyReferer bool

	// Secure reports whether a request came over HTTPS. Behind a proxy that ends TLS, and if the
	// Flask program has ProxyFix(x_proto=1), it compares X-Forwarded-Proto, which the proxy has to
	// set. Nil means that the connection itself must have TLS.
	Secure func(r *http.Request) bool

	// MaxBody is how many bytes a body may have in which the token is looked for. A token in a
	// header is found without the body. Zero means 10 MiB; if it is negative, there is no limit.
	MaxBody int64

	// ErrorHandler answers a request that is refused. Nil means a response with the status 400 and
	// the reason as text, as Flask-WTF's.
	ErrorHandler func(w http.ResponseWriter, r *http.Request, err error)

	// Logger is told, at level Debug, why a request was refused. Nil means slog.Default().
	Logger *slog.Logger

	// Clock returns the time. Nil means time.Now.
	Clock func() time.Time

	// AllowPublishedKey accepts a secret key that tutorials show, such as "dev". Anyone can make a
	// token with it: use it in tests only.
	AllowPublishedKey bool
}

// Protection makes and checks CSRF tokens. It is safe for concurrent use by multiple goroutines.
type Protection struct {
	o      Options
	tokens *itsdangerous.TimedSerializer
}

// New returns the protection of a Flask program's forms. secretKey is its WTF_CSRF_SECRET_KEY, or
// else its SECRET_KEY: SECRET_KEY_FALLBACKS do not count. If opts is nil, Flask-WTF's defaults
// apply; opts is copied.
//
// It fails if the key is empty or published in tutorials, if an option is impossible, and in a
// program that runs with GODEBUG=fips140=only, because Flask-WTF signs with HMAC-SHA-1.
func New(secretKey string, opts *Options) (*Protection, error) {
	p := &Protection{}
	if opts != nil {
		p.o = *opts
	}
	if err := key.Check("flaskwtf: the secret key", secretKey, "Options.AllowPublishedKey", p.o.AllowPublishedKey); err != nil {
		return nil, err
	}
	if p.o.FieldName == "" {
		p.o.FieldName = defaultField
	}
	p.o.Headers, p.o.Methods = slices.Clone(p.o.Headers), slices.Clone(p.o.Methods)
	if p.o.Headers == nil {
		p.o.Headers = []string{"X-CSRFToken", "X-CSRF-Token"}
	}
	if p.o.Methods == nil {
		p.o.Methods = []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}
	}
	switch {
	case p.o.TimeLimit < 0:
		p.o.TimeLimit = itsdangerous.AnyAge
	case p.o.TimeLimit == 0:
		p.o.TimeLimit = defaultTimeLimit
	case p.o.TimeLimit < time.Second:
		return nil, fmt.Errorf("flaskwtf: Options.TimeLimit is %v; it must be a second or more, or negative for no limit", p.o.TimeLimit)
	}
	if p.o.MaxBody == 0 {
		p.o.MaxBody = defaultMaxBody
	}
	if p.o.Secure == nil {
		p.o.Secure = func(r *http.Request) bool { return r.TLS != nil }
	}
	if p.o.Logger == nil {
		p.o.Logger = slog.Default()
	}
	if p.o.ErrorHandler == nil {
		p.o.ErrorHandler = refuse
	}
	var err error
	p.tokens, err = itsdangerous.NewURLSafeTimedSerializer([]byte(secretKey), &itsdangerous.SerializerOptions{
		Options: itsdangerous.Options{Salt: salt, Clock: p.o.Clock, Skew: skew}, MaxPayload: maxSecret,
	})
	if err != nil {
		return nil, fmt.Errorf("flaskwtf: %w", err)
	}
	return p, nil
}

// The reasons for which a request is refused.
var (
	ErrNoToken    = errors.New("the CSRF token is missing")
	ErrNoSession  = errors.New("the CSRF session token is missing")
	ErrExpired    = errors.New("the CSRF token has expired")
	ErrInvalid    = errors.New("the CSRF token is invalid")
	ErrMismatch   = errors.New("the CSRF tokens do not match")
	ErrNoReferer  = errors.New("the referrer header is missing")
	ErrBadReferer = errors.New("the referrer does not match the host")
)

// refuse is the default of Options.ErrorHandler.
func refuse(w http.ResponseWriter, _ *http.Request, err error) {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		http.Error(w, "The form is too large.", http.StatusRequestEntityTooLarge)
		return
	}
	http.Error(w, "Refused: "+err.Error()+". Load the page again and send the form once more.", http.StatusBadRequest)
}

const redacted = "flaskwtf.Protection(redacted)"

// Format writes "flaskwtf.Protection(redacted)" for every verb.
func (*Protection) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue is the same for log/slog.
func (*Protection) LogValue() slog.Value { return slog.StringValue(redacted) }
