package redisstore

import "strings"

// slots is how many a Redis Cluster has.
const slots = 16384

// slot returns the one that a key is in: the CRC16 (XMODEM: polynomial 0x1021,
// from 0) of the key, or of its first part in braces if that is not empty.
// From the Redis Cluster specification, "Key distribution model".
func slot(key string) uint16 {
	if _, after, ok := strings.Cut(key, "{"); ok {
		if tag, _, ok := strings.Cut(after, "}"); ok && tag != "" {
			key = tag
		}
	}
	var crc uint16
	for i := range len(key) {
		crc ^= uint16(key[i]) << 8
		for range 8 {
			high := crc&0x8000 != 0
			crc <<= 1
			if high {
				crc ^= 0x1021
			}
		}
	}
	return crc % slots
}
