// Package flaskwtf makes and checks the CSRF tokens that Flask-WTF makes and checks, so that a form
// of one half of a program, in Go or in Python, can be sent to the other.
//
//	forms, err := flaskwtf.New(secretKey, nil)
//	...
//	page := template.New("page").Funcs(session.Funcs).Funcs(forms.Funcs())
//	...
//	handler := sessions.Handler(forms.Handler(mux))
//
// In a template:
//
//	<form method="post">{{csrf_field .Session}} ...</form>
//
// The sessions are those of package flask, or of any backend that both halves read.
//
// A Go program alone needs no tokens: net/http's CrossOriginProtection refuses the forms of other
// sites by what browsers say of a request. Around both halves it protects those of Flask too.
//
// # Differences from Flask-WTF
//
//   - A token in a header counts first, so that a handler can read a large body itself; if it is
//     not valid, one in the form counts, as in Flask-WTF.
//   - The token of a DELETE request has to be in a header.
//   - A token may be dated 30 seconds in the future, because the clocks of two servers differ.
//   - A Referer with the port 443 is of the same host as one without it.
package flaskwtf
