// Package jsonvalue writes Go values as JSON text from which they can be read back. It is what the
// codecs of packages session/driver and flask have in common.
//
// It follows the rules of encoding/json, except where these would lose part of a value silently:
//
//   - Methods with a pointer receiver write a value wherever it is, also in a map or an interface.
//   - What could not be read back into a variable of its own type is an error: a struct whose
//     fields are all unexported, an interface with methods, a field hidden by another of its name,
//     a type with MarshalJSON and no way to read what that wrote.
//   - A string that is not valid UTF-8 is an error.
//   - A float has a point or an exponent, so that it is not read as an integer.
//   - A value that is nested too deeply, or contains itself, is an error.
//
// It also has what these codecs read JSON with, and writes the values of one as another does.
//
// Errors name the Go type and the path to it. They never quote a value.
package jsonvalue
