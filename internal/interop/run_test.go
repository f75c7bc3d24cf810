package interop

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
)

// defaultCases is how many random cases each test runs unless
// WAFER_INTEROP_CASES says otherwise.
const defaultCases = 200

var (
	seed  = fromEnv("WAFER_INTEROP_SEED", rand.Uint64())
	cases = int(fromEnv("WAFER_INTEROP_CASES", defaultCases))
)

func fromEnv(name string, otherwise uint64) uint64 {
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s is %q; give it a whole number\n", name, text)
		os.Exit(2)
	}
	return n
}

func TestMain(m *testing.M) {
	seed &= 1<<63 - 1
	fmt.Printf("interop: WAFER_INTEROP_SEED=%d WAFER_INTEROP_CASES=%d\n", seed, cases)
	status := m.Run()
	if shared != nil {
		if err := shared.stop(); err != nil {
			fmt.Fprintln(os.Stderr, "interop:", err)
			status = 1
		}
	}
	os.Exit(status)
}

// maxFailures is how many disagreements a test lists before it gives up.
const maxFailures = 20

// eachCase calls check with the random source of each case, which depends on
// the seed, the test's name and the case's number alone, and prints the counts
// at the end.
func eachCase(t *testing.T, n int, check func(t *testing.T, r *random, count counts)) {
	t.Helper()
	count := counts{}
	failed := 0
	for i := range n {
		r := newRandom(t.Name(), i)
		// A subtest, so that Fatal ends a case and not the test.
		ok := t.Run(strconv.Itoa(i), func(t *testing.T) { check(t, r, count) })
		if !ok {
			if failed++; failed == maxFailures {
				t.Fatalf("gave up after %d of %d cases", i+1, n)
			}
		}
	}
	fmt.Printf("interop: %s: %d cases, %d disagreements; %s\n", t.Name(), n, failed, count)
}

// counts are how often something worth knowing happened.
type counts map[string]int

func (c counts) String() string {
	text := ""
	for _, name := range sortedKeys(c) {
		if text != "" {
			text += ", "
		}
		text += fmt.Sprintf("%s %d", name, c[name])
	}
	return text
}
