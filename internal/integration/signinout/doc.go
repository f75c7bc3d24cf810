// Package signinout has real browsers sign in to the programs that the docs show, sign out, and go
// back.
package signinout
