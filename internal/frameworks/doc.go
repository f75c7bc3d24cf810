// Package frameworks holds docs/frameworks.md to its word: its programs, before
// and after, and what it says of each framework's own middlewares.
package frameworks
