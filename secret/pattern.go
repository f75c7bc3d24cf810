package secret

import "bytes"

// fewValues is the number of different byte values below which a key counts as made up. 32 random
// bytes have about 30, and fewer than 8 once in more than 2 to the power of 110 keys.
const fewValues = 8

// patternIn says in words which pattern material shows that random bytes do
// not, or returns "". It catches the placeholders that people type into
// configuration files and the keys of test suites. Guessable judges the text.
//
// Each rule refuses a random key less often than once in 2 to the power of 100.
func patternIn(material []byte) string {
	if values := distinct(material); values < fewValues {
		if values == 1 {
			return "it is one byte, repeated"
		}
		return "it has only a handful of different bytes"
	}
	if counts(material) {
		return "its bytes count up or down in even steps"
	}
	if repeats(material) {
		return "it is a shorter text, repeated"
	}
	return ""
}

func distinct(material []byte) int {
	var seen [256]bool
	n := 0
	for _, b := range material {
		if !seen[b] {
			seen[b] = true
			n++
		}
	}
	return n
}

// counts reports whether each byte differs from the one before by the same step.
func counts(material []byte) bool {
	step := material[1] - material[0]
	for i := 2; i < len(material); i++ {
		if material[i]-material[i-1] != step {
			return false
		}
	}
	return true
}

// repeats reports whether material is a text of at most half its length, over and over; the last
// copy may be cut short.
func repeats(material []byte) bool {
	for period := 1; period <= len(material)/2; period++ {
		if bytes.Equal(material[period:], material[:len(material)-period]) {
			return true
		}
	}
	return false
}
