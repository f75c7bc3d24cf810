package pickle

import (
	"fmt"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/flask"
	"github.com/wafer-go/wafer/flask/flasksession/internal/tagged"
)

// Python's pickle.loads reads what is read here, and refuses the others.
func TestParse_FramesDictsAndTheMemo(t *testing.T) {
	const size = "\x00\x00\x00\x00\x00\x00\x00"
	for pickle, want := range map[string]string{
		"\x80\x04\x95\x08" + size + "}\x8c\x01aK\x01s.": `{"a":1}`,
		"\x80\x04\x95\x09" + size + "}\x8c\x01aK\x01s.": "it ends too soon (at byte 2)",
		"(\x8c\x01aK\x01d.":                             `{"a":1}`,
		"(\x8c\x01aK\x01\x8c\x01bd.":                    "it has a dict with a key without a value (at byte 9)",
		"}\x94\x8c\x01a\x94h\x01s.":                     `{"a":"a"}`,
		"}\x94\x8c\x01ah\x01s.":                         "it asks for value 1 of its memo, which has 1 (at byte 5)",
		"}\x8c\x01a\x8c\x03xs.":                         "it ends too soon (at byte 9)",
		"}\x8c\x01a\x8c\x04xs.":                         "it ends too soon (at byte 4)",
		"}\x8c\x01aI1":                                  "it ends too soon (at byte 4)",
	} {
		got := ""
		tree, err := Parse([]byte(pickle))
		if err == nil {
			var doc *tagged.Document
			if doc, err = tree.Document(); err == nil {
				got = doc.Payload
			}
		}
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q is read as %s, not %s", pickle, got, want)
		}
	}
}

func TestDocument_KeysAsPythonsJSONHasThem(t *testing.T) {
	const keys = "\x88K\x00\x89K\x01NK\x02K\x07K\x03\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x80\x00K\x04G\x40\x04\x00\x00\x00\x00\x00\x00K\x05"
	for dict, want := range map[string]string{
		"}(" + keys + "u":            `{"true":0,"false":1,"null":2,"7":3,"9223372036854775808":4,"2.5":5}`,
		"}(" + keys + "C\x01xK\x06u": tagged.Unreadable, "}C\x01xK\x06s": tagged.Unreadable,
		"}": `{}`, "}\x8c\x02 tK\x01s": `{" di":{" t__":1}}`, "}(\x8c\x02 tK\x01\x8c\x01bK\x02u": `{" t":1,"b":2}`,
	} {
		if got, err := payload(dict); err != nil || got != `{"a":`+want+`}` {
			t.Errorf("%q is read as %s, %v", dict, got, err)
		}
	}
}

// again returns what the Writer makes of the value under "a" in a pickle.
func again(tree *Tree) (string, error) {
	root := tree.nodes[tree.root]
	var w Writer
	w.Begin()
	err := w.Member(tree, &tagged.Member{From: root.kids[0], To: root.kids[1]})
	w.End()
	return string(w.Out), err
}

func TestMaxDepth_HoldsForReadingAndWriting(t *testing.T) {
	const moment = datetimeClass + "(C\x0a\x07\xe8\x01\x02\x03\x04\x05\x00\x00\x00\x8c\x08datetime\x8c\x08timezone\x93(\x8c\x08datetime\x8c\x09timedelta\x93(K\x00K\x00K\x00tRtRtR"
	for _, nesting := range [][2]string{{"](", "e"}, {"(", "t"}, {"\x8f(", "\x90"}, {"(", "\x91"}, {"}(\x8c\x00", "u"}} {
		for _, inner := range []string{"N", moment} {
			for levels, ok := range map[int]bool{tagged.MaxDepth - 1: true, tagged.MaxDepth: false} {
				pickle := "\x80\x04}(\x8c\x01a" + strings.Repeat(nesting[0], levels) + inner + strings.Repeat(nesting[1], levels) + "u."
				tree, err := Parse([]byte(pickle))
				if err != nil {
					t.Fatal(err)
				}
				if _, err := tree.Document(); (err == nil) != ok {
					t.Errorf("%.9q in %d levels of %q are read with the error %v", inner, levels, nesting, err)
				}
				if got, err := again(tree); (err == nil) != ok || ok && got != pickle {
					t.Errorf("%.9q in %d levels of %q are written with the error %v", inner, levels, nesting, err)
				}
			}
		}
	}
}

// A value is read and written until it has more than 4096 bytes and 16 times as many as the pickle.
func TestTree_LimitsWhatReferencesRepeat(t *testing.T) {
	repeated := func(length, references, size int) (read, written error) {
		pickle := "}\x8c\x01a](\x8c" + string([]byte{byte(length)}) + strings.Repeat("x", length) + "\x94" + strings.Repeat("h\x00", references) + "es."
		pickle += strings.Repeat("\x00", size-len(pickle)) // which is ignored
		tree, err := Parse([]byte(pickle))
		if err != nil {
			t.Fatal(err)
		}
		_, read = tree.Document()
		_, written = again(tree)
		return read, written
	}
	// Before the last of the references, there are 9904 bytes of JSON: `{"a":[`, and 49 times the text,
	// its quotes and a comma.
	for size, ok := range map[int]bool{(9904 - 4096) / 16: true, (9904-4096)/16 - 1: false} {
		if err, _ := repeated(199, 49, size); (err == nil) != ok {
			t.Errorf("a pickle of %d bytes is read with the error %v", size, err)
		}
	}
	// There are 10096 of the new pickle: "](", and 49 times the text and its length.
	for size, ok := range map[int]bool{(10096 - 4096) / 16: true, (10096-4096)/16 - 1: false} {
		if _, err := repeated(204, 49, size); (err == nil) != ok {
			t.Errorf("a pickle of %d bytes is written with the error %v", size, err)
		}
	}
}

func TestUUID_IsANumberOf128Bits(t *testing.T) {
	for _, id := range []flask.UUID{{}, {15: 1}, {15: 0xff}, {7: 0x80}, {0: 0x80}, {0: 0xff, 15: 0xff}} {
		want := fmt.Sprintf(`{"a":{" u":"%x"}}`, id[:])
		if got, err := payload(pickled(t, id)); err != nil || got != want {
			t.Errorf("%s is read as %s, %v", want, got, err)
		}
	}
	for _, number := range []string{"J\xff\xff\xff\xff", "\x8a\x11" + strings.Repeat("\x00", 16) + "\x01", "N"} {
		if got, err := payload("\x8c\x04uuid\x8c\x04UUID\x93)\x81}\x8c\x03int" + number + "sb"); err == nil {
			t.Errorf("a UUID of %q is read as %s", number, got)
		}
	}
}
