package session

// Message is one flashed message.
type Message struct {
	// Category is its kind: "message", "success", "info", "warning", "error"
	// or a word of the program's own.
	Category string

	// Text is the message. A template escapes it unless Markup is set.
	Text string

	// Markup says that Text is HTML, made by a program that vouches for it:
	// [Session.FlashHTML], or Python's Markup in a cookie that Flask signed.
	Markup bool
}
