package secret

import (
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
)

// Why a key is guessable, for error messages.
const (
	isPublic = "it is published, in documentation or as a program's default"
	isSimple = "it is made of common words, rows of the keyboard, counts or repetitions"
)

// Guessable reports whether text, a secret key of this or another program, is one that an attacker
// tries first, and why, in words that do not contain it:
//
//   - documentation, a tutorial or a program's default configuration publishes it, or one from
//     which it was made by repeating or padding;
//   - it is made of common words, rows of the keyboard, counts or repetitions;
//   - it is such a text in hex or base64.
//
// Letter case, spaces and the punctuation around placeholders do not count. A random key of 32
// bytes is not guessable, except once in more than 2 to the power of 50 keys. False is not a proof:
// no list has every published key.
func Guessable(text string) (why string, ok bool) {
	for _, spelling := range spellings(text) {
		plain := plainText(spelling)
		if isPublished(spelling, plain) {
			return isPublic, true
		}
		if isGuess(plain[:min(len(plain), maxGuess)]) {
			why = isSimple
		} else if why == "" && isStretched(plain) {
			why = isPublic
		}
	}
	return why, why != ""
}

// The bytes of a text that are looked up and decoded, more than any key has; and those at its
// beginning that must not follow a rule.
const (
	maxJudged = 4096
	maxGuess  = 256
)

// spellings returns the text, and what it is the hex or base64 of, up to three times over.
func spellings(text string) []string {
	all := []string{text[:min(len(text), maxJudged)]}
	for from, rounds := 0, 0; rounds < 3; rounds++ {
		to := len(all)
		for _, text := range all[from:to] {
			all = append(all, decodings(strings.Trim(text, space))...)
		}
		from = to
	}
	return all
}

func decodings(text string) (all []string) {
	if b, err := hex.DecodeString(text); err == nil {
		all = append(all, string(b))
	}
	text = strings.TrimPrefix(text, "base64:") // as Laravel has it
	for _, encoding := range []*base64.Encoding{base64.RawURLEncoding, base64.RawStdEncoding} {
		if b, err := encoding.DecodeString(strings.TrimRight(text, "=")); err == nil {
			all = append(all, string(b))
			break
		}
	}
	return all
}

// plainText returns the text in small letters, without what separates words or surrounds
// placeholders.
func plainText(text string) string {
	b := make([]byte, 0, len(text))
	for i := range len(text) {
		c := text[i]
		switch {
		case 'A' <= c && c <= 'Z':
			b = append(b, c+'a'-'A')
		case strings.IndexByte(" \t\r\n-_.!?<>[]{}()'\"$%*", c) < 0:
			b = append(b, c)
		}
	}
	return string(b)
}

// The bits that a piece of a text costs to describe. They are those of a prefix code: one bit in
// two is spent on bytes (256), one in four on words (512 at most), and so on. So at most 2^n texts
// of one length have a description of n bits. A random key of 32 bytes has 2^200 plain texts or
// more.
const (
	byteBits     = 9
	wordBits     = 11
	spelledBits  = 15 // a word with digits for letters
	copyBits     = 15 // of up to maxPiece bytes, from up to maxDistance bytes before
	keyboardBits = 18
	countBits    = 19

	maxPiece    = 64
	maxDistance = 64
	minPiece    = 3

	// guessBits is the description under which a text is a guess: some ten words.
	guessBits = 140
)

// isGuess reports whether a plain text has a description that is short, and half as long as its
// bytes.
func isGuess(plain string) bool {
	letters := digitsAsLetters(plain)
	bits := make([]int, len(plain)+1) // of the shortest description of plain[:i]
	for i := range bits {
		bits[i] = i * byteBits
	}
	reached := 0 // the end of the longest beginning that may be a guess
	for i := 0; i < len(plain) && i <= reached; i++ {
		use := func(least, length, cost int) {
			for j := i + least; j <= i+length; j++ { // a shorter piece costs the same
				bits[j] = min(bits[j], bits[i]+cost)
				if bits[j] < guessBits {
					reached = max(reached, j)
				}
			}
		}
		use(1, 1, byteBits)
		rest := plain[i:min(len(plain), i+maxPiece)]
		if len(rest) < 2 {
			break
		}
		for distance := 1; distance <= min(i, maxDistance); distance++ {
			if plain[i-distance] == rest[0] {
				use(minPiece, commonPrefix(rest, plain[i-distance:]), copyBits)
			}
		}
		use(minPiece, countLength(rest), countBits)
		use(minPiece, rowLength(rest), keyboardBits)
		for _, length := range wordLengths[[2]byte{rest[0], rest[1]}] {
			if length <= len(rest) && isWord(rest[:length]) {
				use(length, length, wordBits)
			}
		}
		for _, length := range wordLengths[[2]byte{letters[i], letters[i+1]}] {
			if length <= len(rest) && isWord(letters[i:i+length]) {
				use(length, length, spelledBits)
			}
		}
	}
	total := bits[len(plain)]
	return total < guessBits && 2*total < byteBits*len(plain)
}

// digitsAsLetters undoes what people do to make a word look random.
func digitsAsLetters(text string) string {
	b := []byte(text)
	for i, c := range b {
		if at := strings.IndexByte("013457@", c); at >= 0 {
			b[i] = "oieasta"[at]
		}
	}
	return string(b)
}

// keyboard has the rows of keyboards, in both directions, and neighbors the pairs of keys that are
// beside each other.
var keyboard, neighbors = func() (rows []string, pairs map[[2]byte]bool) {
	pairs = make(map[[2]byte]bool)
	for _, row := range []string{
		"1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "azertyuiop", "qsdfghjklm",
		"1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p", "!@#$%^&*()",
	} {
		back := []byte(row)
		slices.Reverse(back)
		for _, row := range []string{row, string(back)} {
			rows = append(rows, row)
			for i := range len(row) - 1 {
				pairs[[2]byte{row[i], row[i+1]}] = true
			}
		}
	}
	return rows, pairs
}()

// rowLength returns how much of a row the text, two bytes or more, begins with, from any key of it
// on.
func rowLength(text string) (longest int) {
	if !neighbors[[2]byte{text[0], text[1]}] {
		return 0
	}
	for _, row := range keyboard {
		if i := strings.IndexByte(row, text[0]); i >= 0 {
			longest = max(longest, commonPrefix(text, row[i:]))
		}
	}
	return longest
}

// countLength returns how far the text's bytes, two or more, count up or down by one.
func countLength(text string) int {
	step := text[1] - text[0]
	if step != 1 && step != 0xFF {
		return 1
	}
	n := 2
	for n < len(text) && text[n]-text[n-1] == step {
		n++
	}
	return n
}

func commonPrefix(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}
