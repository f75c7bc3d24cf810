// Package subject holds what is measured: session libraries, each behind the
// same few handlers, and the floor, which is the work that no signed cookie can
// avoid. Every request goes through the library's own middleware with a request
// that is used again and a light response writer, the same for all.
package subject
