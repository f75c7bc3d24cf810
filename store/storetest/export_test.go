package storetest

// RuleNames returns the names of all rules, as those of their subtests.
func RuleNames() []string {
	names := []string{goroutines}
	for _, r := range rules() {
		names = append(names, r.name)
	}
	for _, r := range expiring() {
		names = append(names, "Expiry/"+r.name)
	}
	return names
}

// Only has the suite check these rules, by their own names.
func (o *Options) Only(rules []string) *Options {
	o.only = rules
	return o
}
