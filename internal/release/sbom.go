package main

import (
	"bytes"
	"context"
	"debug/buildinfo"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// checkSBOM writes a bill of materials for every program, from the packages
// that it is built of, and holds it to what the go command wrote into the
// program itself.
func checkSBOM(ctx context.Context, c *checks) (string, error) {
	r, err := c.rehearsed(ctx)
	if err != nil {
		return "", err
	}
	if len(c.programs) == 0 {
		return "", fmt.Errorf("no program was built; run the check reproducible in the same run")
	}
	var wrong failures
	fewest, most := 0, 0
	for _, p := range c.programs {
		parts, err := partsOf(ctx, r, p)
		if err != nil {
			return "", err
		}
		text, err := writeSBOM(r, p, parts)
		if err != nil {
			return "", err
		}
		for _, m := range missing(text, p.File) {
			wrong.add("the SBOM of %s: %s", p.Name(r.Version), m)
		}
		c.sboms = append(c.sboms, text)
		if n := len(parts); fewest == 0 || n < fewest {
			fewest = n
		}
		most = max(most, len(parts))
	}
	return fmt.Sprintf("CycloneDX 1.6 for %d programs lists the %d to %d modules that go version -m finds in them", len(c.programs), fewest, most), wrong.err()
}

// A part is a module that a program contains.
type part struct {
	Path, Version, Sum string
	Licences           []string
	Needs              []string // paths of the modules that its packages import
}

// Ref is the part's package URL (https://github.com/package-url/purl-spec), which
// is its name in the SBOM too.
func (p part) Ref() string { return "pkg:golang/" + p.Path + "@" + p.Version }

// partsOf lists the modules of a program by its packages and their imports. The
// program's own is the first.
func partsOf(ctx context.Context, r *rehearsal, p program) ([]part, error) {
	goos, goarch, _ := strings.Cut(p.Platform, "/")
	dir := r.Tree.Folder(p.Module)
	env := append(append([]string{"GOOS=" + goos, "GOARCH=" + goarch}, r.Env...), sameEverywhere...)
	out, err := listPackages(ctx, dir, env, "-deps", ".")
	if err != nil {
		return nil, err
	}
	sums, err := os.ReadFile(filepath.Join(dir, "go.sum"))
	if err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	found := make(map[string]*part)
	owner := make(map[string]string) // a package's module
	for _, pkg := range out {
		if pkg.Module == nil {
			continue
		}
		owner[pkg.ImportPath] = pkg.Module.Path
		if found[pkg.Module.Path] == nil {
			if found[pkg.Module.Path], err = partOf(r, pkg.Module, string(sums)); err != nil {
				return nil, err
			}
		}
	}
	for _, pkg := range out {
		if pkg.Module == nil {
			continue
		}
		for _, path := range pkg.Imports {
			if needs := owner[path]; needs != "" && needs != pkg.Module.Path {
				found[pkg.Module.Path].Needs = append(found[pkg.Module.Path].Needs, needs)
			}
		}
	}
	parts := []part{*found[p.Module.Path()]}
	for _, path := range slices.Sorted(maps.Keys(found)) {
		slices.Sort(found[path].Needs)
		found[path].Needs = slices.Compact(found[path].Needs)
		if path != p.Module.Path() {
			parts = append(parts, *found[path])
		}
	}
	parts[0].Needs = found[p.Module.Path()].Needs
	return parts, nil
}

func partOf(r *rehearsal, m *listedModule, sums string) (*part, error) {
	p := &part{Path: m.Path, Version: m.Version}
	if m.Main {
		p.Version = r.Version
	}
	for line := range strings.Lines(sums) {
		if sum, ok := strings.CutPrefix(line, p.Path+" "+p.Version+" "); ok {
			p.Sum = strings.TrimSpace(sum)
		}
	}
	dir := m.Dir
	if m.Main {
		dir = r.Tree.Root // whose LICENSE is that of all our modules
	}
	files, err := licenceFiles(dir)
	if err != nil {
		return nil, err
	}
	if p.Licences, err = licencesOf(files); err != nil {
		return nil, fmt.Errorf("%s: %w", m.Path, err)
	}
	return p, nil
}

// writeSBOM makes a CycloneDX document of a program's parts. It has no date and
// no serial number, so it is the same whoever makes it.
func writeSBOM(r *rehearsal, p program, parts []part) ([]byte, error) {
	bom := cdx.NewBOM()
	main := component(parts[0], cdx.ComponentTypeApplication)
	main.Hashes = &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: p.Sum}}
	main.Properties = &[]cdx.Property{{Name: "wafer:platform", Value: p.Platform}, {Name: "wafer:file", Value: p.Name(r.Version)}}
	bom.Metadata = &cdx.Metadata{Component: &main}
	version := strings.TrimPrefix(runtime.Version(), "go")
	std := part{Path: "std", Version: version, Licences: []string{"BSD-3-Clause"}}
	components := []cdx.Component{component(std, cdx.ComponentTypeLibrary)}
	refs := make(map[string]string)
	for _, p := range parts {
		refs[p.Path] = p.Ref()
	}
	var graph []cdx.Dependency
	for i, p := range parts {
		if i > 0 {
			components = append(components, component(p, cdx.ComponentTypeLibrary))
		}
		needs := []string{std.Ref()}
		for _, path := range p.Needs {
			needs = append(needs, refs[path])
		}
		graph = append(graph, cdx.Dependency{Ref: p.Ref(), Dependencies: &needs})
	}
	bom.Components, bom.Dependencies = &components, &graph
	var b bytes.Buffer
	err := cdx.NewBOMEncoder(&b, cdx.BOMFileFormatJSON).SetPretty(true).SetEscapeHTML(false).EncodeVersion(bom, cdx.SpecVersion1_6)
	return b.Bytes(), err
}

func component(p part, kind cdx.ComponentType) cdx.Component {
	found := cdx.Component{BOMRef: p.Ref(), Type: kind, Name: p.Path, Version: p.Version, PackageURL: p.Ref()}
	var licences cdx.Licenses
	for _, name := range p.Licences {
		licence := &cdx.License{ID: name}
		if strings.Contains(name, " ") {
			licence = &cdx.License{Name: name}
		}
		licences = append(licences, cdx.LicenseChoice{License: licence})
	}
	if len(licences) > 0 {
		found.Licenses = &licences
	}
	if p.Sum != "" {
		// The hash of a go.sum is over a list of files, not over one.
		found.Properties = &[]cdx.Property{{Name: "wafer:go.sum", Value: p.Sum}}
	}
	return found
}

// missing compares an SBOM with what the go command wrote into a program, and
// tells what either has and the other has not.
func missing(sbom []byte, file string) []string {
	info, err := buildinfo.ReadFile(file)
	if err != nil {
		return []string{err.Error()}
	}
	want := map[string]bool{"pkg:golang/std@" + strings.TrimPrefix(info.GoVersion, "go"): true}
	want[part{Path: info.Main.Path, Version: info.Main.Version}.Ref()] = true
	for _, d := range info.Deps {
		if d.Replace != nil {
			d = d.Replace
		}
		want[part{Path: d.Path, Version: d.Version}.Ref()+" "+d.Sum] = true
	}
	var bom cdx.BOM
	if err := cdx.NewBOMDecoder(bytes.NewReader(sbom), cdx.BOMFileFormatJSON).Decode(&bom); err != nil {
		return []string{err.Error()}
	}
	got := map[string]bool{bom.Metadata.Component.PackageURL: true}
	for _, found := range *bom.Components {
		name := found.PackageURL
		if found.Properties != nil {
			name += " " + (*found.Properties)[0].Value
		}
		got[name] = true
	}
	var wrong []string
	for name := range want {
		if !got[name] {
			wrong = append(wrong, "it lacks "+name+", which the program contains")
		}
	}
	for name := range got {
		if !want[name] {
			wrong = append(wrong, "it has "+name+", which the program does not contain")
		}
	}
	slices.Sort(wrong)
	return wrong
}
