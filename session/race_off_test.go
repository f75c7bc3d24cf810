//go:build !race

package session_test

const raceDetector = false

const tenThousand = 10_000
