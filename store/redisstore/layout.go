package redisstore

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/wafer-go/wafer/store"
)

// slots is how many a Redis Cluster has.
const slots = 16384

// recordKeyEnd is the length of what follows in a record's key what its part's keys begin with. The
// scripts cut off so much.
const recordKeyEnd = len("session:") + 2*len(store.ID{})

// begins returns what the keys of each part of the records begin with; see [store.ID.Part]. The
// number in braces decides the slot of a key, so that all keys of a part are in one slot, and the
// parts are spread evenly over the slots. If the prefix names a slot itself, there is one part.
func begins(prefix string) ([]string, error) {
	if slot(prefix+"a") == slot(prefix+"b") {
		return []string{prefix}, nil
	}
	all := make([]string, store.Parts)
	for n, found := 0, 0; found < store.Parts; n++ {
		begin := prefix + "{" + strconv.Itoa(n) + "}:"
		if i := int(slot(begin)) / (slots / store.Parts); all[i] == "" {
			all[i] = begin
			found++
		}
	}
	if slot(all[0]+"a") != slot(all[0]+"b") {
		return nil, fmt.Errorf("redisstore: Options.Prefix is %q, and Redis ignores braces that follow {}; remove the {} from the prefix", prefix)
	}
	return all, nil
}

func (s *Store) recordKey(id store.ID) string {
	return s.begins[id.Part()%len(s.begins)] + "session:" + id.String()
}

// indexKey names the index of an owner's records in one part. The script function index makes the
// same name.
func indexKey(begin, owner string) string { return begin + "owner:" + owner }

// index returns the key of the owner's index in the part of a record.
func (s *Store) index(id store.ID, owner string) string {
	return indexKey(s.begins[id.Part()%len(s.begins)], owner)
}

// together reports whether one script can be given the keys of both records.
func (s *Store) together(a, b store.ID) bool { return len(s.begins) == 1 || a.Part() == b.Part() }

// slot returns the slot that a key is in: the CRC16 (XMODEM: polynomial 0x1021, from 0) of the key,
// or of its first part in braces if that is not empty. From the Redis Cluster specification, "Key
// distribution model".
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
