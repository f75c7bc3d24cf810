//go:build race

package session_test

const raceDetector = true

// tenThousand requests take minutes under the race detector, so there are fewer. Without it, they
// are run by scripts/test too.
const tenThousand = 500
