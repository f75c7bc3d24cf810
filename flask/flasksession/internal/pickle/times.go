package pickle

import (
	"fmt"
	"time"
)

const foldBit = 0x80 // in the month of a datetime's state: the second of two equal times

// validMoment reports whether text is the state of a datetime.
func validMoment(text string) bool {
	return len(text) == 10 && validDay(string([]byte{text[0], text[1], text[2] &^ foldBit, text[3]})) &&
		text[4] < 24 && text[5] < 60 && text[6] < 60 && microseconds(text) < 1_000_000
}

// validDay reports whether text is the state of a date.
func validDay(text string) bool {
	return len(text) == 4 && text[2] >= 1 && text[2] <= 12 && text[3] >= 1 && text[3] <= 31 && year(text) >= 1 && year(text) <= 9999
}

func year(text string) int { return int(text[0])<<8 | int(text[1]) }

func microseconds(text string) int { return int(text[7])<<16 | int(text[8])<<8 | int(text[9]) }

// time returns the moment of a datetime. One without a zone counts as UTC, as in Flask's cookies.
func (t *Tree) time(n *node) time.Time {
	s := n.text
	at := time.Date(year(s), time.Month(s[2]&^foldBit), int(s[3]), int(s[4]), int(s[5]), int(s[6]), microseconds(s)*1000, time.UTC)
	if len(n.kids) > 0 {
		if offset, ok := t.offset(&t.nodes[t.nodes[n.kids[0]].kids[0]]); ok {
			at = at.Add(-offset)
		}
	}
	return at
}

// offset returns the time that a zone is east of UTC.
func (t *Tree) offset(n *node) (time.Duration, bool) {
	var parts [3]int64
	for i, kid := range n.kids {
		if parts[i] = t.nodes[kid].num; parts[i] < -1_000_000 || parts[i] > 1_000_000 {
			return 0, false
		}
	}
	offset := time.Duration(parts[0])*24*time.Hour + time.Duration(parts[1])*time.Second + time.Duration(parts[2])*time.Microsecond
	return offset, offset > -24*time.Hour && offset < 24*time.Hour
}

// dayText writes a date as msgspec does.
func dayText(s string) string { return fmt.Sprintf("%04d-%02d-%02d", year(s), s[2], s[3]) }

// moment returns the state of a datetime in UTC.
func momentState(at time.Time) string {
	at = at.UTC()
	micros := at.Nanosecond() / 1000
	return string([]byte{
		byte(at.Year() >> 8), byte(at.Year()), byte(at.Month()), byte(at.Day()), byte(at.Hour()), byte(at.Minute()), byte(at.Second()), // #nosec G115 -- a year has two bytes
		byte(micros >> 16), byte(micros >> 8), byte(micros), // #nosec G115 -- three bytes
	})
}
