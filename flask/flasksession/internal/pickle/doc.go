// Package pickle reads and writes what Python's pickle module makes of plain data: None, booleans,
// numbers, texts, bytes, lists, tuples, dicts and sets, and a few values of the standard library
// and of markupsafe.
//
// It makes no objects and calls nothing. An opcode, or a name to import, that is not on its list is
// an error. Every declared length is compared with the bytes that are there before memory is
// allocated, and a pickle needs memory in proportion to its size, whatever its references repeat.
//
// Protocols 0 to 5 are read; protocol 4 is written, which Python has read since 3.4.
package pickle
