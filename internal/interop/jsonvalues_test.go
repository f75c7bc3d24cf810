package interop

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
)

// jsonValue is a value that plain JSON has, and encoding/json spells as Python
// does, but for fractions.
func (r *random) jsonValue(depth int) description {
	switch r.IntN(10 - 3*depth/2) {
	case 0, 1:
		return description{Kind: "int", Text: r.integer()}
	case 2:
		return description{Kind: "none"}
	case 3:
		return description{Kind: "bool", Text: pick(r, "true", "false")}
	case 4:
		if f := r.float(); f != math.Trunc(f) && !math.IsNaN(f) { // a whole one would come back as an int
			return describeFloat(f)
		}
		return describeFloat(0.5)
	case 5:
		return description{Kind: "list", Items: r.jsonValues(depth - 1)}
	case 6:
		d := description{Kind: "dict"}
		for _, item := range r.jsonValues(depth - 1) {
			d = d.with(escape(r.validText()), item)
		}
		return d
	}
	return description{Kind: "str", Text: escape(r.validText())}
}

func (r *random) jsonValues(depth int) []description {
	var items []description
	for range r.IntN(4) {
		if depth < 0 {
			items = append(items, description{Kind: "str", Text: escape(r.validText())})
			continue
		}
		items = append(items, r.jsonValue(depth))
	}
	return items
}

// plainJSON is a value in the types that encoding/json spells as Python does.
func plainJSON(d description) any {
	switch d.Kind {
	case "float":
		bits, _ := strconv.ParseUint(d.Text, 16, 64)
		return math.Float64frombits(bits)
	case "list":
		items := []any{}
		for _, item := range d.Items {
			items = append(items, plainJSON(item))
		}
		return items
	case "dict":
		m := map[string]any{}
		for i, name := range d.Names {
			m[unescape(name.Text)] = plainJSON(d.Items[i])
		}
		return m
	case "int":
		return json.Number(d.Text)
	case "bool":
		return d.Text == "true"
	case "none":
		return nil
	}
	return unescape(d.Text)
}

func hasFraction(d description) bool {
	return d.Kind == "float" || slices.ContainsFunc(d.Items, hasFraction)
}
