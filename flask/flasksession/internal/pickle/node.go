package pickle

// kind is what a node is in Python.
type kind uint8

const (
	none kind = iota
	truth
	integer   // num
	bigNumber // text: decimal digits
	float     // text: the eight bytes of BINFLOAT
	str       // text: UTF-8, with lone surrogates in three bytes
	octets    // text
	list      // kids
	tuple     // kids
	dict      // kids: key, value, key, value, ...
	set       // kids
	frozenset // kids
	class     // num: a name that was imported
	markup    // text
	uuid      // text: its 16 bytes; empty until its state is set
	moment    // text: the ten bytes of datetime's state; kids: its zone, if it has one
	day       // text: the four bytes of date's state
	delta     // kids: days, seconds, microseconds
	zone      // kids: a delta
	decimal   // text
)

// A node is a value. Nodes refer to each other by their place in the tree.
type node struct {
	text string
	kids []int32
	num  int64
	kind kind
}

// The nodes that every tree begins with, so that what a byte can name needs no memory.
const (
	atNone int32 = iota
	atTrue
	atFalse
	atEmptyTuple
	atClasses // the first of the classes
)

// class values are the names that a pickle may import.
const (
	classMarkup int64 = iota
	classUUID
	classDatetime
	classDate
	classTimedelta
	classTimezone
	classDecimal
	classEncode        // _codecs.encode: bytes, in protocols 0 to 2
	classReconstructor // copyreg._reconstructor: objects, in protocols 0 and 1
	classObject
	classStr
	classBytes
	classSet
	classFrozenset
	classCount
)

var classes = map[string]int64{
	"markupsafe.Markup":       classMarkup,
	"uuid.UUID":               classUUID,
	"datetime.datetime":       classDatetime,
	"datetime.date":           classDate,
	"datetime.timedelta":      classTimedelta,
	"datetime.timezone":       classTimezone,
	"decimal.Decimal":         classDecimal,
	"_codecs.encode":          classEncode,
	"copyreg._reconstructor":  classReconstructor,
	"copy_reg._reconstructor": classReconstructor,
	"builtins.object":         classObject,
	"__builtin__.object":      classObject,
	"builtins.str":            classStr,
	"__builtin__.unicode":     classStr,
	"builtins.bytes":          classBytes,
	"__builtin__.bytes":       classBytes,
	"builtins.set":            classSet,
	"__builtin__.set":         classSet,
	"builtins.frozenset":      classFrozenset,
	"__builtin__.frozenset":   classFrozenset,
}

// A Tree is a pickle that was read.
type Tree struct {
	nodes []node
	root  int32
	size  int // of the pickle, in bytes
}

func newTree(size int) *Tree {
	t := &Tree{size: size, nodes: make([]node, 0, min(int(atClasses)+int(classCount)+8+size/8, 4096))}
	t.nodes = append(t.nodes, node{}, node{kind: truth, num: 1}, node{kind: truth}, node{kind: tuple})
	for c := range classCount {
		t.nodes = append(t.nodes, node{kind: class, num: c})
	}
	return t
}

func (t *Tree) add(n node) int32 {
	t.nodes = append(t.nodes, n)
	return int32(len(t.nodes) - 1) // #nosec G115 -- the driver's limit keeps pickles far smaller
}

// limit is how many bytes may be made of the pickle: more is a bomb that repeats itself by
// references.
func (t *Tree) limit() int { return 4096 + 16*t.size }
