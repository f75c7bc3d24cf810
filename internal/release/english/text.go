package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strconv"
	"strings"
)

var (
	fence   = regexp.MustCompile("^ *(```|~~~)")
	code    = regexp.MustCompile("``.*?``|`[^`]*`|\\]\\([^)\\s]*\\)|https?://\\S+|<[^>]*>")
	newItem = regexp.MustCompile(`^\s*([-*|#>]|\d+\.)\s`)
	comment = regexp.MustCompile(`(?m)^(//|/\*)`)

	notProse = regexp.MustCompile(`^//(\t|go:| #nosec)`)
)

// mask replaces what a pattern matches, byte for byte, and keeps the line breaks.
func mask(pattern *regexp.Regexp, text, with string) string {
	return pattern.ReplaceAllStringFunc(text, func(m string) string {
		lines := strings.Split(m, "\n")
		for i, line := range lines {
			lines[i] = strings.Repeat(with, len(line))
		}
		return strings.Join(lines, "\n")
	})
}

// readPage returns the paragraphs, items and rows of a Markdown page, without its blocks of code.
func readPage(path, text string) (found []*passage, err error) {
	var p *passage
	inCode := false
	for i, line := range strings.Split(text, "\n") {
		if fence.MatchString(line) {
			inCode, p = !inCode, nil
			continue
		}
		if inCode || p == nil && strings.HasPrefix(line, "    ") || strings.TrimSpace(line) == "" {
			p = nil
			continue
		}
		if p == nil || newItem.MatchString(line) {
			p = &passage{path: path, line: i + 1, rules: rules}
			found = append(found, p)
		} else {
			p.text += "\n"
		}
		p.text += line
		trimmed := strings.TrimSpace(line)
		if strings.ContainsRune("|<#", rune(trimmed[0])) || !strings.Contains(trimmed, " ") {
			line = "" // a row, a tag, a heading and a link alone cannot be wrapped
		}
		p.lines = append(p.lines, line)
	}
	for _, p := range found {
		p.prose = mask(newItem, mask(code, p.text, "x"), " ")
	}
	return found, nil
}

// readGo returns the comments and the texts of a Go file.
func readGo(path, text string) (found []*passage, err error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, text, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	ofBool := make(map[*ast.CommentGroup]bool) // the comments of functions that return a bool
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.FuncDecl:
			results := text[files.Position(n.Type.Params.End()).Offset:files.Position(n.Type.End()).Offset]
			ofBool[n.Doc] = strings.HasSuffix(strings.TrimSuffix(results, ")"), " bool")
		case *ast.BasicLit:
			value, err := strconv.Unquote(n.Value)
			// What has no space is a name or a code, not prose.
			if err == nil && n.Kind == token.STRING && strings.Contains(strings.TrimSpace(value), " ") {
				line := files.Position(n.Pos()).Line
				found = append(found, &passage{path: path, line: line, text: value, prose: mask(code, value, "x"), rules: rules})
			}
		}
		return true
	})
	lines := strings.Split(text, "\n")
	for _, group := range file.Comments {
		p := &passage{path: path, line: files.Position(group.Pos()).Line, rules: rules}
		if ofBool[group] {
			p.rules = append([]rule{saysWhether}, rules...)
		}
		var all []string
		for _, c := range group.List {
			all = append(all, strings.Split(c.Text, "\n")...)
		}
		for i, words := range all {
			line := lines[p.line-1+i]
			if notProse.MatchString(words) {
				words = "//"
			}
			if strings.TrimSpace(line) != strings.TrimSpace(words) {
				line = "" // code, or behind code and as long as that makes it
			}
			p.text += words + "\n"
			p.lines = append(p.lines, line)
		}
		p.prose = mask(code, mask(comment, p.text, " "), "x")
		found = append(found, p)
	}
	return found, nil
}
