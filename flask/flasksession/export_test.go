package flasksession

// Members returns the members of a payload.
func Members(payload string) (map[string]string, error) {
	all, err := members(payload)
	byKey := make(map[string]string, len(all))
	for _, m := range all {
		byKey[m.key] = m.raw
	}
	return byKey, err
}

// Elements returns the elements of an array.
func Elements(raw string) []string { return elements(raw) }
