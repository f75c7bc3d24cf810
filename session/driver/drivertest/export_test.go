package drivertest

// RuleNames returns the names of all rules but those of codecs, as those of their subtests.
func RuleNames() []string {
	var names []string
	for _, r := range rules() {
		names = append(names, r.name)
	}
	for _, r := range expiryRules {
		names = append(names, "Expiry/"+r.name)
	}
	for _, r := range faultRules {
		names = append(names, "Faults/"+r.name)
	}
	return names
}

// CodecRuleNames returns the names of all rules of codecs.
func CodecRuleNames() []string {
	var names []string
	for _, r := range codecRules {
		names = append(names, r.name)
	}
	return names
}

// Only has the suite check these rules, by their own names.
func (o Options) Only(rules []string) Options {
	o.only = rules
	return o
}
