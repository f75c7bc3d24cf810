package bench

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// A Cell is one kind of request, to a session of one shape.
type Cell struct {
	Name string

	// Steps are the requests of one operation, in order.
	Steps []Action

	// Key is the value that is read.
	Key string

	// shape returns the session's values. Those of a cell about large sessions
	// are fewer if a cookie has to hold them.
	shape func(inCookie bool) []Pair
}

// An Action is what one request does with the session.
type Action string

const (
	Fill       Action = "fill"        // puts all values into a new session
	Leave      Action = "leave"       // does not touch the session
	Read       Action = "read"        // reads the text at the cell's key
	ReadNumber Action = "read number" // reads the number of visits
	Change     Action = "change"      // sets the number of visits
	Flash      Action = "flash"       // flashes one message
	Show       Action = "show"        // reads all messages, which removes them
)

// A Pair is one value of a session: a string or an int.
type Pair struct {
	Key   string
	Value any
}

const (
	nameKey   = "username"
	visitsKey = "visits"
	name      = "ada lovelace"
	visits    = 41
	message   = "Your changes were saved"
)

// Cells are all cells, in the order of the tables.
var Cells = []Cell{
	// Leave the session of 3 values alone.
	{"leave", []Action{Leave}, nameKey, three},
	// Read one of 3 values.
	{"read", []Action{Read}, nameKey, three},
	// Change one of 3 values.
	{"change", []Action{Change}, nameKey, three},
	// Flash a message, then show it: two requests.
	{"flash", []Action{Flash, Show}, nameKey, three},
	// Read one value beside 4 KB (2.8 KB in a cookie).
	{"large-read", []Action{Read}, nameKey, large},
	// Change one value beside 4 KB (2.8 KB in a cookie).
	{"large-change", []Action{Change}, nameKey, large},
	// Read one of 100 values, 2.6 KB in all.
	{"hundred", []Action{Read}, "key50", hundred},
	// Read one of 3 values of the same bytes in all.
	{"hundred-as-3", []Action{Read}, "key50", hundredAsThree},
}

func three(bool) []Pair {
	return []Pair{{"theme", "dark"}, {nameKey, name}, {visitsKey, visits}}
}

func large(inCookie bool) []Pair {
	size := 4 << 10
	if inCookie {
		size = 2800 // so that it fits in 4096 bytes in base64, encrypted and not compressed
	}
	return append(three(inCookie), Pair{"draft", prose(size)})
}

const (
	many     = 100
	manySize = 16 // bytes of each of the many values
)

func hundred(bool) []Pair {
	text := hexText(many * manySize)
	pairs := make([]Pair, many)
	for i := range pairs {
		pairs[i] = Pair{fmt.Sprintf("key%02d", i), text[i*manySize : (i+1)*manySize]}
	}
	return pairs
}

// hundredAsThree has as many bytes of JSON as hundred, in three values.
func hundredAsThree(bool) []Pair {
	const each = len(`"key00":"",`)
	rest := (many-3)*(each+manySize) + 2*manySize
	text := hexText(rest)
	return []Pair{{"key00", text[:rest/2]}, {"key50", hexText(manySize)}, {"key99", text[rest/2:]}}
}

// prose returns text of n bytes that compresses about as well as English does.
func prose(n int) string {
	words := strings.Fields("a letter was closed with a wafer of flour and gum before wax came into use and " +
		"whoever opened one on the way broke the disc so that the reader knew it had been in other hands")
	random := rand.New(rand.NewPCG(1, 2))
	var b strings.Builder
	for b.Len() < n {
		b.WriteString(words[random.IntN(len(words))])
		b.WriteByte(' ')
	}
	return b.String()[:n]
}

// hexText returns n random hexadecimal digits, as ids and hashes have.
func hexText(n int) string {
	random := rand.New(rand.NewPCG(3, 4))
	b := make([]byte, n)
	for i := range b {
		b[i] = "0123456789abcdef"[random.IntN(16)]
	}
	return string(b)
}
