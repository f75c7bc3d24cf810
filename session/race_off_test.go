//go:build !race

package session_test

const tenThousand = 10_000
