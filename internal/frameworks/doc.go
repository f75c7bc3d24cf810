// Package frameworks holds docs/frameworks.md and its pages to their word: the programs to which
// they lead, and what they say of each framework's own middlewares.
package frameworks
