// Package msgpack reads and writes MessagePack as Python's msgspec does for Flask-Session: texts,
// bytes, numbers, lists, dicts, and times as the extension -1. Tuples and sets are lists there.
//
// What is read becomes JSON text as it goes by, so memory is in proportion to the bytes that are
// there, whatever lengths they declare.
package msgpack
