package subject

// values is the session of one request, in each library's own terms.
type values interface {
	fill(p Pair)
	text(key string) string
	number() int // of visits
	setNumber(n int)
	flash() // the message
	flashes(into []string) []string
	save() // if the library does not save by itself; if it fails, the next request lacks the change
}

// act does with the session what the cell asks for. It is generic so that a session is not put into
// an interface, which would allocate.
func act[V values](a Action, j *job, v V) {
	j.calls++
	switch a {
	case Fill:
		for _, p := range j.fill {
			v.fill(p)
		}
	case Read:
		j.text = v.text(j.key)
		return
	case ReadNumber:
		j.found = v.number()
		return
	case Change:
		v.setNumber(j.number)
	case Flash:
		v.flash()
	case Show:
		j.messages = v.flashes(j.messages[:0])
	default:
		return
	}
	v.save()
}
