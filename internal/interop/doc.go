// Package interop holds no code of its own. Its tests run the same random
// sessions, requests and tokens through Wafer and through the Python programs
// that it has to agree with, Flask, Flask-Session and itsdangerous, and compare.
//
// The records of Flask-Session go through its own session interfaces, without a server. MessagePack
// is that of msgspec if it is installed, and else of Debian's python3-msgpack.
//
//   - WAFER_PYTHON names the Python that has Flask installed. Without it the
//     tests fail: `make test` installs Flask and sets it.
//   - WAFER_INTEROP_CASES is how many random cases each test runs, 200 if unset.
//   - WAFER_INTEROP_SEED repeats a run. A failing test prints it.
//
// If the two are meant to differ, the case says so in a field of its own,
// whose comment says how and why. A number in such a comment is that of a line
// in the list of Flask's behavior. Nothing else may differ.
package interop
