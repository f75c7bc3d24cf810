package main

import (
	"context"
	"fmt"
	"go/types"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/exp/apidiff"
	"golang.org/x/mod/semver"
	"golang.org/x/tools/go/packages"
)

// An apiChange is what a module's packages have changed since its last tag.
type apiChange struct {
	Module module
	Last   string // empty where the module was never released
	Breaks []string
	Adds   []string
}

// checkAPI holds the version to what the packages have changed.
func checkAPI(ctx context.Context, c *checks) (string, error) {
	changes, err := c.apiChanges(ctx)
	if err != nil {
		return "", err
	}
	if err := validVersion(c.Version); err != nil {
		return "", err
	}
	var wrong failures
	var fresh, compared []string
	breaks, adds := 0, 0
	for _, change := range changes {
		if change.Last == "" {
			fresh = append(fresh, change.Module.Dir)
			continue
		}
		compared = append(compared, change.Module.Dir+" with "+change.Last)
		breaks += len(change.Breaks)
		adds += len(change.Adds)
		if semver.Compare(c.Version, change.Last) <= 0 {
			wrong.add("%s is not newer than %s, the last tag of %s; choose %s or later", c.Version, change.Last, change.Module.Dir, next(change.Last, patch))
			continue
		}
		s := needed(change.Last, len(change.Breaks) > 0, len(change.Adds) > 0)
		if least := next(change.Last, s); semver.Compare(strings.TrimSuffix(c.Version, semver.Prerelease(c.Version)), least) < 0 {
			why := append(slices.Clone(change.Breaks), change.Adds...)
			if len(change.Breaks) > 0 {
				why = change.Breaks
			}
			wrong.add("%s has changed since %s so that %s is too small a step; take the change back, or release %s (a %s step):\n  %s",
				change.Module.Dir, change.Last, c.Version, least, s, strings.Join(why, "\n  "))
		}
	}
	if len(compared) == 0 {
		return fmt.Sprintf("nothing to compare with: no module has a tag yet (%s)", strings.Join(fresh, ", ")), wrong.err()
	}
	found := fmt.Sprintf("%s is step enough for %d changes that break code and %d that add, comparing %s", c.Version, breaks, adds, strings.Join(compared, ", "))
	if len(fresh) > 0 {
		found += "; new: " + strings.Join(fresh, ", ")
	}
	return found, wrong.err()
}

// proposed is the smallest version that the changes allow.
func proposed(changes []apiChange) string {
	version := firstVersion
	for _, change := range changes {
		if change.Last == "" {
			continue
		}
		least := next(change.Last, needed(change.Last, len(change.Breaks) > 0, len(change.Adds) > 0))
		if semver.Compare(least, version) > 0 {
			version = least
		}
	}
	return version
}

// apiChanges compares every released module with its last tag, once.
func (c *checks) apiChanges(ctx context.Context) ([]apiChange, error) {
	if c.changes != nil {
		return c.changes, nil
	}
	var found []apiChange
	for _, m := range c.tree.Released() {
		last, err := lastTag(ctx, c.tree.Root, m)
		if err != nil {
			return nil, err
		}
		change := apiChange{Module: m, Last: last}
		if last != "" {
			if change.Breaks, change.Adds, err = c.compare(ctx, m, last); err != nil {
				return nil, fmt.Errorf("%s cannot be compared with %s: %w", m.Dir, last, err)
			}
		}
		found = append(found, change)
	}
	c.changes = found
	return found, nil
}

// compare tells what a module's packages have changed since a version.
func (c *checks) compare(ctx context.Context, m module, last string) (breaks, adds []string, err error) {
	was, err := c.cloneTag(ctx, m.Tag(last))
	if err != nil {
		return nil, nil, err
	}
	env, err := servedFrom(ctx, c.tree.Root, c.modules())
	if err != nil {
		return nil, nil, err
	}
	before, err := loadAPI(ctx, filepath.Join(was, filepath.FromSlash(m.Dir)), env)
	if err != nil {
		return nil, nil, err
	}
	after, err := loadAPI(ctx, c.tree.Folder(m), plainGo)
	if err != nil {
		return nil, nil, err
	}
	for path, old := range before {
		now, ok := after[path]
		if !ok {
			breaks = append(breaks, "the package "+path+" is gone")
			continue
		}
		for _, change := range apidiff.Changes(old, now).Changes {
			text := path + ": " + change.Message
			if change.Compatible {
				adds = append(adds, text)
			} else {
				breaks = append(breaks, text)
			}
		}
	}
	for path := range after {
		if before[path] == nil {
			adds = append(adds, "the package "+path+" is new")
		}
	}
	slices.Sort(breaks)
	slices.Sort(adds)
	return breaks, adds, nil
}

// cloneTag checks a tag out, once, and returns the folder.
func (c *checks) cloneTag(ctx context.Context, tag string) (string, error) {
	commit, err := git(ctx, c.tree.Root, "rev-parse", "--verify", tag+"^{commit}")
	if err != nil {
		return "", err
	}
	dir := filepath.Join(c.tmp, "tag-"+commit)
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	return dir, cloneCommit(ctx, c.tree.Root, commit, dir)
}

// loadAPI type-checks the packages that others import, by their paths.
func loadAPI(ctx context.Context, dir string, env []string) (map[string]*types.Package, error) {
	all, err := listPackages(ctx, dir, env, "./...")
	if err != nil {
		return nil, err
	}
	var paths []string
	for _, p := range all {
		if p.isAPI() {
			paths = append(paths, p.ImportPath)
		}
	}
	api := make(map[string]*types.Package)
	if len(paths) == 0 {
		return api, nil // a program, whose packages need not be compiled
	}
	found, err := packages.Load(&packages.Config{
		Context: ctx, Dir: dir, Env: append(os.Environ(), env...),
		Mode: packages.NeedName | packages.NeedTypes | packages.NeedImports | packages.NeedDeps | packages.NeedExportFile,
	}, paths...)
	if err != nil {
		return nil, err
	}
	for _, p := range found {
		if len(p.Errors) > 0 {
			return nil, fmt.Errorf("%s does not compile: %w", p.PkgPath, p.Errors[0])
		}
		api[p.PkgPath] = p.Types
	}
	return api, nil
}
