package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xeipuuv/gojsonschema"
)

// sbomSchema is CycloneDX's own, with those that it refers to. Its library
// carries all three along.
func sbomSchema(t *testing.T) *gojsonschema.Schema {
	t.Helper()
	dir, err := run(t.Context(), ".", nil, "go", "list", "-m", "-f", "{{.Dir}}", "github.com/CycloneDX/cyclonedx-go")
	if err != nil {
		t.Fatal(err)
	}
	load := func(name string) gojsonschema.JSONLoader {
		text, err := os.ReadFile(filepath.Join(dir, "schema", name))
		if err != nil {
			t.Fatal(err)
		}
		return gojsonschema.NewBytesLoader(text)
	}
	schemas := gojsonschema.NewSchemaLoader()
	for address, name := range map[string]string{"spdx.schema.json": "spdx.schema.json", "jsf-0.82.schema.json": "jsf-0.82.schemax.json"} {
		if err := schemas.AddSchema("http://cyclonedx.org/schema/"+address, load(name)); err != nil {
			t.Fatal(err)
		}
	}
	schema, err := schemas.Compile(load("bom-1.6.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func TestAnSBOMFollowsTheSchemaOfCycloneDX(t *testing.T) {
	schema := sbomSchema(t)
	r := &rehearsal{Version: "v0.1.0"}
	p := program{Module: module{Dir: "cmd/wafer"}, Platform: "windows/amd64", File: "wafer.exe", Sum: strings.Repeat("0f", 32)}
	good := []part{
		{Path: corePath + "/cmd/wafer", Version: "v0.1.0", Licences: []string{"BSD-3-Clause"}, Needs: []string{"modernc.org/sqlite"}},
		{Path: "modernc.org/sqlite", Version: "v1.61.1", Sum: "h1:AAAA=", Licences: []string{"MIT", "public domain (SQLite)"}},
	}
	wrong := []part{good[0], {Path: "example.org/x", Version: "v1.0.0", Licences: []string{"No-Such-Licence"}}}
	for _, c := range []struct {
		parts []part
		want  bool
	}{{good, true}, {wrong, false}} {
		text, err := writeSBOM(r, p, c.parts)
		if err != nil {
			t.Fatal(err)
		}
		result, err := schema.Validate(gojsonschema.NewBytesLoader(text))
		if err != nil {
			t.Fatal(err)
		}
		if result.Valid() != c.want {
			t.Errorf("valid is %t, want %t: %v\n%s", result.Valid(), c.want, result.Errors(), text)
		}
	}
}
