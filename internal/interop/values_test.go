package interop

import (
	"encoding/hex"
	"math"
	"math/big"
	"strconv"
	"strings"
)

// A shape is what random values may hold.
type shape struct {
	pythonOnly bool // what only Python has, and writes as something plainer
	surrogates bool // lone surrogates
}

var tags = []string{" t", " b", " m", " u", " d", " di"}

// letters returns a few characters of one class.
func (r *random) letters(sh shape) string {
	var b []byte
	for range r.IntN(6) {
		switch r.IntN(12) {
		case 0, 1, 2, 3:
			b = appendCodePoint(b, 'a'+r.Int32N(26))
		case 4:
			b = appendCodePoint(b, ' '+r.Int32N(95))
		case 5:
			b = append(b, pick(r, "<", ">", "&", "\"", "'", "\\", "/", ".", "_", "\x7f")...)
		case 6:
			b = appendCodePoint(b, r.Int32N(32))
		case 7:
			b = appendCodePoint(b, 0x80+r.Int32N(0x780))
		case 8:
			b = append(b, pick(r, "\u2028", "\u2029", "\ufeff", "\ufffd", "\uffff", "é", "\u0085", "\u00a0")...)
		case 9:
			c := 0x800 + r.Int32N(0xF800)
			if c >= 0xD800 && c <= 0xDFFF && !sh.surrogates {
				c = 'x'
			}
			b = appendCodePoint(b, c)
		case 10:
			b = appendCodePoint(b, 0x10000+r.Int32N(0x100000))
		case 11:
			if sh.surrogates {
				// Two in a row may happen to be a pair.
				b = appendCodePoint(b, 0xD800+r.Int32N(0x800))
			}
		}
	}
	return string(b)
}

func (r *random) text(sh shape) string {
	switch r.IntN(12) {
	case 0:
		return pick(r, tags...)
	case 1:
		return pick(r, tags...) + pick(r, "_", "__", "____", "x")
	case 2:
		return pick(r, "", "message", "error", "null", "NaN", "{}", "\x00", "a b", "\ufeffbom", "Ünïcode")
	case 3:
		return strings.Repeat(r.letters(sh), r.IntN(60))
	case 4, 5, 6:
		return r.letters(sh) + r.letters(sh)
	}
	return r.letters(sh)
}

func (r *random) validText() string { return r.text(shape{}) }

// Numbers at the bounds of types, and where their spelling changes.
var (
	edgeIntegers = []string{
		"0", "1", "-1", "255", "-128", "2147483647", "2147483648", "9007199254740993", "9223372036854775807", "-9223372036854775808",
		"9223372036854775808", "-9223372036854775809", "18446744073709551615", "18446744073709551616",
	}
	edgeFloats = []float64{
		0.0, math.Copysign(0, -1), 1.0, -1.0, 1e15, 9999999999999998.0, 1e16, -1e16, 12345678901234567890.0, 1e21, 1e22, 1e23, 1e-4, 1e-5, 9.999e-5,
		-1e-4, 1e-6, 1e-7, 0.1, 1.0 / 3, 123456789.125, 1 << 53, math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64,
		math.SmallestNonzeroFloat64, 2.5e-308, math.MaxFloat32,
	}
)

func (r *random) integer() string {
	switch r.IntN(6) {
	case 0:
		return pick(r, edgeIntegers...)
	case 1:
		return strconv.FormatInt(int64(r.Uint64()), 10)
	case 2:
		// Of any size: up to 400 bytes, some 960 digits.
		n := new(big.Int).SetBytes(r.bytes(1 + r.IntN(pick(r, 16, 16, 16, 400))))
		if r.in(2) {
			n.Neg(n)
		}
		return n.String()
	}
	return strconv.Itoa(r.IntN(2001) - 1000)
}

func (r *random) float() float64 {
	switch r.IntN(5) {
	case 0:
		return pick(r, edgeFloats...)
	case 1:
		return math.Float64frombits(r.Uint64())
	case 2:
		return float64(r.IntN(2000001)-1000000) / 8
	}
	return (r.Float64() - 0.5) * math.Pow10(r.IntN(40)-20)
}

// datetime is a second of the years 100 to 9999.
func (r *random) datetime(sh shape) description {
	const first, end = -59011459200, 253402300800
	seconds := first + r.Int64N(end-first)
	if r.in(2) {
		seconds = r.Int64N(1 << 32)
	}
	text := strconv.FormatInt(seconds, 10)
	if sh.pythonOnly && r.in(2) && seconds > first+86400 && seconds < end-86400 {
		text += ";" + strconv.Itoa(r.IntN(1000000)) + ";" + pick(r, "", "0", "330", "-570", "60")
	}
	return description{Kind: "datetime", Text: text}
}

func (r *random) scalar(sh shape) description {
	if sh.pythonOnly && r.in(12) {
		return pick(r,
			description{Kind: "page", Text: escape(r.text(sh))},
			description{Kind: "date", Text: strconv.Itoa(r.IntN(30000))},
			description{Kind: "decimal", Text: pick(r, "1.10", "-0", "NaN", "1E+400")},
			description{Kind: "subint", Text: "7"},
			description{Kind: "colour"},
			description{Kind: "level"},
		)
	}
	switch r.IntN(14) {
	case 0:
		return description{Kind: "none"}
	case 1:
		return description{Kind: "bool", Text: pick(r, "true", "false")}
	case 2, 3:
		return description{Kind: "int", Text: r.integer()}
	case 4, 5:
		return describeFloat(r.float())
	case 6:
		return description{Kind: "bytes", Text: hex.EncodeToString(r.bytes(r.IntN(20)))}
	case 7:
		return description{Kind: "markup", Text: escape(pick(r, "<b>", "&amp;", "") + r.text(sh))}
	case 8:
		return description{Kind: "uuid", Text: hex.EncodeToString(r.bytes(16))}
	case 9:
		return r.datetime(sh)
	}
	return description{Kind: "str", Text: escape(r.text(sh))}
}

func (r *random) value(sh shape, depth int) description {
	if depth <= 0 || r.in(2) {
		return r.scalar(sh)
	}
	n := pick(r, 0, 1, 1, 1, 2, 2, 3)
	switch r.IntN(3) {
	case 0:
		kind := "list"
		if sh.pythonOnly && r.in(8) {
			kind = "sublist"
		}
		return description{Kind: kind, Items: r.values(sh, depth-1, n)}
	case 1:
		return description{Kind: "tuple", Items: r.values(sh, depth-1, n)}
	}
	return r.dict(sh, depth-1, n)
}

func (r *random) values(sh shape, depth, n int) []description {
	var values []description
	for range n {
		values = append(values, r.value(sh, depth))
	}
	return values
}

// dict makes a dict of up to n keys.
func (r *random) dict(sh shape, depth, n int) description {
	d := description{Kind: "dict"}
	if sh.pythonOnly && r.in(8) {
		d.Kind = pick(r, "dict", "ordered")
		if r.in(2) {
			// JSON has no such keys: Python writes them as text. Sorted, they
			// must be of one kind.
			kind := pick(r, "int", "float")
			for i := range n {
				name := description{Kind: "int", Text: strconv.Itoa(i*37 - 50)}
				if kind == "float" {
					name = describeFloat(float64(i) * 1.5)
				}
				d.Names = append(d.Names, name)
			}
			d.Items = r.values(sh, depth, n)
			return d
		}
	}
	seen := map[string]bool{}
	for range n {
		name := escape(r.text(sh))
		if seen[name] {
			continue
		}
		seen[name] = true
		d.Names = append(d.Names, description{Kind: "str", Text: name})
		d.Items = append(d.Items, r.value(sh, depth))
	}
	return d
}

// nested wraps a value n times.
func (r *random) nested(sh shape, v description, n int) description {
	for range n {
		switch r.IntN(4) {
		case 0:
			v = description{Kind: "tuple", Items: []description{v}}
		case 1:
			name := description{Kind: "str", Text: escape(r.text(sh))}
			v = description{Kind: "dict", Names: []description{name}, Items: []description{v}}
		default:
			v = description{Kind: "list", Items: []description{v}}
		}
	}
	return v
}

// session makes a session's values.
func (r *random) session(sh shape) description {
	if r.in(5) {
		return description{Kind: "dict"}.with("v", r.value(sh, 1)) // too short to be compressed
	}
	d := r.dict(sh, r.IntN(4), pick(r, 0, 1, 1, 1, 2, 2, 3, 4, 8))
	if d.Kind != "dict" || len(d.Names) > 0 && d.Names[0].Kind != "str" {
		return r.session(sh) // a session's own keys are strings
	}
	switch r.IntN(25) {
	case 0:
		// As deep as Flask itself writes in a program of its own.
		d = d.with("deep", r.nested(sh, r.scalar(sh), 100+r.IntN(150)))
	case 1:
		d = d.with("long", description{Kind: "str", Text: escape(strings.Repeat("wafer "+r.text(sh), 1+r.IntN(300)))})
	case 2:
		d = d.with("noise", description{Kind: "bytes", Text: hex.EncodeToString(r.bytes(r.IntN(5000)))})
	case 3:
		name := pick(r, tags...)
		d = description{Kind: "dict"}.with(name, r.value(sh, 2))
	}
	if r.in(5) {
		d = d.with("_permanent", description{Kind: "bool", Text: pick(r, "true", "false")})
	}
	if r.in(3) {
		d = d.with("_flashes", r.flashes(sh))
	}
	return d
}

// flashes are messages as Flask keeps them: a list of tuples.
func (r *random) flashes(sh shape) description {
	list := description{Kind: "list"}
	for range 1 + r.IntN(4) {
		category := pick(r, "message", "error", "info", escape(r.text(sh)))
		text := description{Kind: pick(r, "str", "str", "markup"), Text: escape(r.text(sh))}
		list.Items = append(list.Items, description{Kind: "tuple", Items: []description{{Kind: "str", Text: category}, text}})
	}
	return list
}
