// Package layout is a layout of templ's that shows the flashes.
package layout
