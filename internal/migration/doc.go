// Package migration holds the guides that lead from Flask, gorilla/sessions and
// scs to Wafer to what these libraries do: each folder has the guide's program
// before the move and after it, and tests that move a visitor from one to the
// other. The folder vectors makes the testdata of the packages gorilla and scs.
package migration
