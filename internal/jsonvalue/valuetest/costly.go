package valuetest

import (
	"runtime"
	"strings"
)

// Costly returns JSON values of about n bytes that take much memory, or time, for each byte: some
// for every codec, and some with Flask's tags.
func Costly(n int) map[string]string {
	list := func(element string) string {
		return "[" + strings.TrimSuffix(strings.Repeat(element+",", (n-2)/(len(element)+1)), ",") + "]"
	}
	nested := func(open, inner, end string, levels int) string {
		levels = min(levels, n/(len(open)+len(end))*9/10)
		room := n - levels*(len(open)+len(end)) - 4
		return strings.Repeat(open, levels) + `["` + strings.Repeat(inner, room/len(inner)) + `"]` + strings.Repeat(end, levels)
	}
	return map[string]string{
		"numbers":          list(`0`),
		"floats":           list(`1e9`),
		"strings":          list(`""`),
		"escapes":          list(`"\n"`),
		"lists":            list(`[]`),
		"dicts":            list(`{}`),
		"dicts with a key": list(`{"":0}`),
		"tuples":           list(`{" t":[]}`),
		"bytes":            list(`{" b":""}`),
		"empty messages":   list(`["",""]`),
		"tuple messages":   list(`{" t":["",""]}`),
		"titled tuples":    list(`{" t":{"title":"a"}," t":["","a"]}`),
		"titled messages":  list(`["",{"title":"a","data":{}}]`),
		"escaped messages": list(`["\n","\n"]`),
		"keys":             `{` + strings.TrimSuffix(strings.Repeat(`"a":0,"b":0,`, (n-2)/12), ",") + `}`,
		"nested lists":     nested("[", "x", "]", 650),
		"nested dicts":     nested(`{"":`, "x", "}", 650),
		"nested tuples":    nested(`{" t":[`, `\n`, "]}", 320),
		"nested escapes":   nested(`{" di":{" di__":`, `\n`, "}}", 320),
		"deeper lists":     strings.Repeat("[", n/2) + strings.Repeat("]", n/2),
		"one long string":  `"` + strings.Repeat(`\u0041`, (n-2)/6) + `"`,
		"one long number":  strings.Repeat("9", n),
	}
}

// Allocated returns how many bytes of memory f allocates, also those that it frees again.
func Allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
