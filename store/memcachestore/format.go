package memcachestore

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/wafer-go/wafer/store"
)

// An item's value is, numbers being big-endian:
//
//	1 byte   the format, 2
//	8 bytes  the nonce
//	8 bytes  used, in Unix seconds
//	8 bytes  expires, in Unix seconds
//	1 byte   the owner's length in bytes
//	         the owner
//	         the data
const (
	format2    = 2
	headerSize = 1 + 8 + 8 + 8 + 1
)

// format returns the value that a record is kept as.
func format(r store.Record) ([]byte, error) {
	if len(r.Owner) > math.MaxUint8 {
		return nil, fmt.Errorf("the owner has %d bytes; there may be %d", len(r.Owner), math.MaxUint8)
	}
	b := make([]byte, 0, headerSize+len(r.Owner)+len(r.Data))
	b = append(b, format2)
	b = binary.BigEndian.AppendUint64(b, r.Nonce)
	b = binary.BigEndian.AppendUint64(b, uint64(r.Used.Unix()))    // #nosec G115 -- and back in parse
	b = binary.BigEndian.AppendUint64(b, uint64(r.Expires.Unix())) // #nosec G115 -- and back in parse
	b = append(b, byte(len(r.Owner)))                              // #nosec G115 -- compared above
	b = append(b, r.Owner...)
	return append(b, r.Data...), nil
}

// parse reads what format wrote. The record's data is part of the value.
func parse(value []byte) (store.Record, error) {
	if len(value) < headerSize || value[0] != format2 {
		return store.Record{}, errForeign
	}
	rest := value[headerSize:]
	owner := int(value[headerSize-1])
	if len(rest) < owner {
		return store.Record{}, errForeign
	}
	return store.Record{
		Data:    rest[owner:len(rest):len(rest)],
		Nonce:   binary.BigEndian.Uint64(value[1:]),
		Used:    seconds(value[9:]),
		Expires: seconds(value[17:]),
		Owner:   string(rest[:owner]),
	}, nil
}

var errForeign = errors.New("the item is not one that this package wrote; something else has written to this key, or a later release of it")

func seconds(b []byte) time.Time {
	return time.Unix(int64(binary.BigEndian.Uint64(b)), 0).UTC() // #nosec G115 -- as format wrote it
}
