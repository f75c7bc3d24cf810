package bench

// Values is the session of one request, in each library's own terms.
type Values interface {
	Fill(p Pair)
	Text(key string) string
	Number() int // of visits
	SetNumber(n int)
	Flash() // the message
	Flashes(into []string) []string
	Save() // if the library does not save by itself; if it fails, the next request lacks the change
}

// as returns a value of a type, or its zero value.
func as[T any](v any) T {
	t, _ := v.(T)
	return t
}

// act does with the session what the cell asks for. It is generic so that a session is not put into
// an interface, which would allocate.
func act[V Values](a Action, j *job, v V) {
	j.calls++
	switch a {
	case Fill:
		for _, p := range j.fill {
			v.Fill(p)
		}
	case Read:
		j.text = v.Text(j.key)
		return
	case ReadNumber:
		j.found = v.Number()
		return
	case Change:
		v.SetNumber(j.number)
	case Flash:
		v.Flash()
	case Show:
		j.messages = v.Flashes(j.messages[:0])
	default:
		return
	}
	v.Save()
}
