package pickle

import "testing"

const datetimeClass, dateClass = "\x8c\x08datetime\x8c\x08datetime\x93", "\x8c\x08datetime\x8c\x04date\x93"

// Python makes a datetime of these ten bytes, or a date of the first four.
func TestParse_StatesOfDatesAndTimes(t *testing.T) {
	const valid = "\x07\xe8\x01\x02\x03\x04\x05\x00\x00\x00"
	for i, bounds := range map[int][]struct {
		bytes string
		ok    bool
	}{
		0: {{"\x00\x00", false}, {"\x00\x01", true}, {"\x27\x0f", true}, {"\x27\x10", false}}, // year
		2: {{"\x00", false}, {"\x01", true}, {"\x0c", true}, {"\x0d", false}},                 // month
		3: {{"\x00", false}, {"\x01", true}, {"\x1f", true}, {"\x20", false}},                 // day
		4: {{"\x00", true}, {"\x17", true}, {"\x18", false}},                                  // hour
		5: {{"\x3b", true}, {"\x3c", false}},                                                  // minute
		6: {{"\x3b", true}, {"\x3c", false}},                                                  // second
		7: {{"\x0f\x42\x3f", true}, {"\x0f\x42\x40", false}, {"\xff\xff\xff", false}},         // microsecond
	} {
		for _, b := range bounds {
			state := valid[:i] + b.bytes + valid[i+len(b.bytes):]
			if got, err := payload(datetimeClass + "C\x0a" + state + "\x85R"); (err == nil) != b.ok {
				t.Errorf("the datetime %x is read as %s, %v", state, got, err)
			}
			if i > 3 {
				continue
			}
			if got, err := payload(dateClass + "C\x04" + state[:4] + "\x85R"); (err == nil) != b.ok {
				t.Errorf("the date %x is read as %s, %v", state[:4], got, err)
			}
		}
	}
	if got, err := payload(datetimeClass + "C\x0a\x07\xe8\x8c\x1f\x17\x3b\x3b\x0f\x42\x3f\x85R"); err != nil || got != `{"a":{" d":"Tue, 31 Dec 2024 23:59:59 GMT"}}` {
		t.Errorf("the second of two equal times is read as %s, %v", got, err)
	}
}

// An offset of a zone is less than a day, in days, seconds and microseconds.
func TestParse_OffsetsOfZones(t *testing.T) {
	for offset, want := range map[string]string{
		"K\x00K\x00K\x00":                         "Tue, 02 Jan 2024 03:04:05 GMT",
		"K\x00M\x10\x0eK\x00":                     "Tue, 02 Jan 2024 02:04:05 GMT", // an hour
		"J\xff\xff\xff\xffJ\x70\x43\x01\x00K\x00": "Tue, 02 Jan 2024 04:04:05 GMT", // -1 day and 23 hours
		"K\x00K\x00J\x20\xa1\x07\x00":             "Tue, 02 Jan 2024 03:04:05 GMT", // half a second, of 5.999999
		"K\x00K\x00J\x40\x42\x0f\x00":             "Tue, 02 Jan 2024 03:04:04 GMT", // a million microseconds
		"K\x00K\x00J\xc0\xbd\xf0\xff":             "Tue, 02 Jan 2024 03:04:06 GMT",
		"K\x01J\xff\xff\xff\xffK\x00":             "Mon, 01 Jan 2024 03:04:06 GMT", // a second less than a day
		"J\xff\xff\xff\xffK\x01K\x00":             "Wed, 03 Jan 2024 03:04:04 GMT",
		"K\x01K\x00K\x00":                         "",
		"J\xff\xff\xff\xffK\x00K\x00":             "",
		"K\x00K\x00J\x41\x42\x0f\x00":             "",
		"K\x00K\x00J\xbf\xbd\xf0\xff":             "",
	} {
		zone := "\x8c\x08datetime\x8c\x08timezone\x93" + "\x8c\x08datetime\x8c\x09timedelta\x93" + offset + "\x87R" + "\x85R"
		got, err := payload(datetimeClass + "C\x0a\x07\xe8\x01\x02\x03\x04\x05\x0f\x42\x3f" + zone + "\x86R")
		if (err == nil) != (want != "") || err == nil && got != `{"a":{" d":"`+want+`"}}` {
			t.Errorf("with the offset %q it is read as %s, %v; it should be %s", offset, got, err, want)
		}
	}
}
