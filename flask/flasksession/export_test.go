package flasksession

// Members returns the members of a payload, of those with one key the last.
func Members(payload string) (map[string]string, error) {
	all, err := members(payload)
	last := make(map[string]string, len(all))
	for _, m := range all {
		last[m.key] = m.raw
	}
	return last, err
}
