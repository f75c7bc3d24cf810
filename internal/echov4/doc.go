// Package echov4 holds what docs/frameworks-echo.md says of Echo v4, which has
// no adapter. It is a module of its own, so that the adapter for v5 does not
// require v4.
package echov4
