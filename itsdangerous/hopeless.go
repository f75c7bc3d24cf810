package itsdangerous

import "math/bits"

// maxHopeless is the size in bytes up to which a payload is looked at before
// zlib is. Longer ones it can shorten by the letters' frequencies alone.
const maxHopeless = 64

// hopeless reports whether zlib cannot make a payload shorter by two bytes, as
// it must to be used. Most sessions are short, and zlib, which clears its tables
// first, needs five times as long as all else together.
//
// It saves bits where three bytes in a row were there before: there, at most 8 bits a byte (9 of a
// byte from 0x90 on), less 12 for the shortest reference to the earlier place (RFC 1951, section
// 3.2.6). It spends 48 on its frame (RFC 1950) and 10 to begin and end a block. Codes of its own
// for the letters cost more than they save if there are many letters and few of each: of a million
// and a half random texts of up to 64 bytes, none became shorter that had more different bytes than
// half its length less ten.
func hopeless(payload []byte) bool {
	if len(payload) > maxHopeless {
		return false
	}
	const frame, wanted, reference = 48 + 10, 2 * 8, 12
	var seen [1024 / 64]uint64 // hashes of three bytes; that two share one only makes us more careful
	var letters [256 / 64]uint64
	literal := 8
	saved, repeatedTo := 0, 0
	for i, c := range payload {
		letters[c/64] |= 1 << (c % 64)
		if c >= 0x90 {
			literal = 9
		}
		if i+3 > len(payload) {
			continue
		}
		h := (uint(c)*31+uint(payload[i+1]))*31 + uint(payload[i+2])
		word, bit := h/64%uint(len(seen)), uint64(1)<<(h%64)
		if seen[word]&bit == 0 {
			seen[word] |= bit
			continue
		}
		if i >= repeatedTo {
			saved -= reference
			repeatedTo = i
		}
		saved += (i + 3 - repeatedTo) * literal
		repeatedTo = i + 3
	}
	different := 0
	for _, word := range letters {
		different += bits.OnesCount64(word)
	}
	return saved < frame+wanted && 5*different >= 2*len(payload)
}
