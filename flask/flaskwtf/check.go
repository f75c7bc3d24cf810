package flaskwtf

import (
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/wafer-go/wafer/session"
)

// Handler returns a handler that checks each request before next. It has to be inside of
// [session.Manager.Handler].
func (p *Protection) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		parsed := r.MultipartForm != nil
		defer func() {
			// net/http removes the files of the request that it made, and this is a copy of it.
			if !parsed && r.MultipartForm != nil {
				_ = r.MultipartForm.RemoveAll()
			}
		}()
		if err := p.Check(r); err != nil {
			p.o.Logger.LogAttrs(r.Context(), slog.LevelDebug, "flaskwtf: request refused", slog.String("request", r.Method+" "+r.URL.Path), slog.Any("reason", err))
			p.o.ErrorHandler(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// Check returns why a request is refused: an error that wraps one of this package's, or that of a
// form that cannot be read. It accepts a request of a method that is not checked.
//
// A header's token counts first, so that a handler can read a large body itself. If none is valid,
// the form is parsed, and has to have a valid token in the field, or else in one whose name ends in
// the field's, as of a form with a prefix.
func (p *Protection) Check(r *http.Request) error {
	if !slices.Contains(p.o.Methods, r.Method) {
		return nil
	}
	s := session.From(r)
	err := ErrNoToken
	for _, name := range p.o.Headers {
		if token := r.Header.Get(name); token != "" {
			if err = p.judge(s, token); err == nil {
				return p.referer(r)
			}
			break
		}
	}
	tokens, formErr := p.formTokens(r)
	if formErr != nil {
		return formErr
	}
	for _, token := range tokens {
		if err = p.judge(s, token); err == nil {
			return p.referer(r)
		}
	}
	return err
}

// formTokens returns the tokens in a request's form: the one in the field, or those in fields whose
// names end in the field's.
func (p *Protection) formTokens(r *http.Request) ([]string, error) {
	if err := p.parse(r); err != nil {
		return nil, err
	}
	if token := r.PostForm.Get(p.o.FieldName); token != "" {
		return []string{token}, nil
	}
	var tokens []string
	for name := range r.PostForm {
		if token := r.PostForm.Get(name); token != "" && strings.HasSuffix(name, p.o.FieldName) {
			tokens = append(tokens, token)
		}
	}
	slices.Sort(tokens) // so that one request always gets one reason
	return tokens, nil
}

// parse parses the form in the body, if there is one. A body that is something else stays unread.
func (p *Protection) parse(r *http.Request) error {
	if p.o.MaxBody > 0 && r.PostForm == nil && r.Body != nil {
		r.Body = http.MaxBytesReader(nil, r.Body, p.o.MaxBody)
	}
	if err := r.ParseForm(); err != nil {
		return err
	}
	const inMemory = 1 << 20                                                          // the rest of a multipart form's files is in temporary files
	if err := r.ParseMultipartForm(inMemory); !errors.Is(err, http.ErrNotMultipart) { // #nosec G120 -- MaxBytesReader, above
		return err
	}
	return nil
}

// referer returns why the Referer of a request over HTTPS is not of its own host.
func (p *Protection) referer(r *http.Request) error {
	if p.o.AnyReferer || !p.o.Secure(r) {
		return nil
	}
	from := r.Header.Get("Referer")
	if from == "" {
		return ErrNoReferer
	}
	u, err := url.Parse(from)
	if err != nil || u.Scheme != "https" || !strings.EqualFold(withoutPort(u.Host), withoutPort(r.Host)) {
		return ErrBadReferer
	}
	return nil
}

// withoutPort returns a host without the port that HTTPS has by default.
func withoutPort(host string) string { return strings.TrimSuffix(host, ":443") }
