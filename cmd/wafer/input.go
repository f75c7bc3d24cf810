package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

const (
	// maxInput limits in bytes what is read from standard input or an argument: far more than the
	// headers of any request, and as much as a session's payload may have.
	maxInput = 1 << 20

	// maxNames is how many cookie names an error lists.
	maxNames = 10

	// blank may be around names and values, and at the end of a line.
	blank = " \t\r"
)

// A cookie is a name and a value as a header has them. The name is empty for a bare token.
type cookie struct{ name, value string }

// readCookie reads the cookie with the name, or else the most likely one, from the argument or
// from standard input.
func readCookie(cmd *cobra.Command, args []string, name string, isFlask, first bool) (cookie, error) {
	text, err := readInput(cmd, args, "paste the cookie's value or a line with it")
	if err != nil {
		return cookie{}, err
	}
	cookies, err := parseInput(text)
	if err != nil {
		return cookie{}, err
	}
	return choose(cookies, name, defaultCookie(isFlask), first)
}

// readInput returns the argument, or standard input if that is absent or -. At a terminal it says
// what to do there.
func readInput(cmd *cobra.Command, args []string, request string) (string, error) {
	input := cmd.InOrStdin()
	if len(args) == 1 && args[0] != "-" {
		input = strings.NewReader(args[0])
	} else if isTerminal(input) {
		fmt.Fprintf(cmd.ErrOrStderr(), "wafer: %s, then press Ctrl-D\n", request)
	}
	text, err := io.ReadAll(io.LimitReader(input, maxInput+1))
	if err != nil {
		return "", fmt.Errorf("cannot read standard input: %w", err)
	}
	if len(text) > maxInput {
		return "", fmt.Errorf("the input is longer than %d bytes, and no cookie is; is this the right text?", maxInput)
	}
	// What Windows shells put in front of text in a pipe.
	return string(bytes.TrimPrefix(text, []byte("\ufeff"))), nil
}

// parseInput finds the cookies in what a user pasted:
//
//   - a bare token;
//   - name=value, or several pairs with semicolons between them;
//   - a Cookie or Set-Cookie line, its name in any case;
//   - several lines, as from curl -si, of which only those with a Cookie or Set-Cookie header
//     count.
//
// The mark that curl -v puts before a line does not count. The same is true for the line end
// between a header's name and value in what some browsers copy.
func parseInput(text string) ([]cookie, error) {
	var (
		cookies []cookie
		other   []string
		header  bool   // a header was found
		pending string // the header's name on the line before
	)
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.Trim(line, blank)
		if mark, rest, ok := strings.Cut(line, " "); ok && (mark == "<" || mark == ">") {
			line = strings.Trim(rest, blank)
		}
		if line == "" {
			continue
		}
		name, rest, _ := strings.Cut(line, ":")
		name = strings.Trim(name, blank)
		isHeader := strings.EqualFold(name, "cookie") || strings.EqualFold(name, "set-cookie")
		switch rest = strings.Trim(rest, blank); {
		case isHeader && rest == "":
			header, pending = true, name
			continue
		case isHeader:
			header = true
			cookies = append(cookies, parsePairs(rest, strings.EqualFold(name, "set-cookie"))...)
		case pending != "":
			cookies = append(cookies, parsePairs(line, strings.EqualFold(pending, "set-cookie"))...)
		default:
			other = append(other, line)
		}
		pending = ""
	}
	switch {
	case header && len(cookies) == 0:
		return nil, errNoCookie
	case header:
		return cookies, nil
	case len(other) == 0:
		return nil, errors.New("no token given; give one as the argument or on standard input")
	case len(other) > 1:
		return nil, errors.New("there are several lines, and none begins with Cookie: or Set-Cookie:; give one token, or the line of a header")
	}
	if !looksLikePairs(other[0]) {
		return []cookie{{value: other[0]}}, nil
	}
	if cookies = parsePairs(other[0], hasAttributes(other[0])); len(cookies) == 0 {
		return nil, errNoCookie
	}
	return cookies, nil
}

var errNoCookie = errors.New("the line has no cookie in it")

// parsePairs reads a Cookie header, or, if first, only the pair before the attributes of a
// Set-Cookie header. A program would not find a pair without a name.
func parsePairs(text string, first bool) []cookie {
	var cookies []cookie
	for pair := range strings.SplitSeq(text, ";") {
		name, value, found := strings.Cut(pair, "=")
		if name = strings.Trim(name, blank); found && name != "" {
			cookies = append(cookies, cookie{name, strings.Trim(value, blank)})
		}
		if first {
			break
		}
	}
	return cookies
}

// looksLikePairs tells name=value from a bare token. No token has an equals sign, but one that was
// padded does: at its end.
func looksLikePairs(line string) bool {
	name, value, found := strings.Cut(line, "=")
	switch {
	case strings.Contains(line, ";"):
		return true
	case !found:
		return false
	}
	return strings.Trim(value, "=") != "" || strings.Count(name, ".") < 2
}

// hasAttributes reports whether what follows the first pair of a line can only be the attributes of
// a Set-Cookie header.
func hasAttributes(line string) bool {
	attributes := []string{"domain", "expires", "max-age", "secure", "httponly", "path", "samesite", "partitioned", "priority", ""}
	_, rest, _ := strings.Cut(line, ";")
	for part := range strings.SplitSeq(rest, ";") {
		name, _, _ := strings.Cut(part, "=")
		if !slices.Contains(attributes, strings.ToLower(strings.Trim(name, blank))) {
			return false
		}
	}
	return true
}

// choose picks the cookie to look into: the one with the given name, or the only one, or the one of
// the default name. Of two with one name Flask uses the first; our own backends trust neither
// unless exactly one is valid, so neither is picked here.
func choose(cookies []cookie, given, byDefault string, first bool) (cookie, error) {
	if len(cookies) == 1 && cookies[0].name == "" {
		return cookies[0], nil
	}
	var names []string // each once
	named := make(map[string][]cookie)
	for _, c := range cookies {
		if named[c.name] = append(named[c.name], c); len(named[c.name]) == 1 {
			names = append(names, word(c.name))
		}
	}
	name := given
	if name == "" {
		if name = byDefault; len(names) == 1 {
			name = cookies[0].name
		}
	}
	found := named[name]
	switch {
	case len(found) == 1, len(found) > 1 && first:
		return found[0], nil
	case len(found) > 1:
		return cookie{}, fmt.Errorf("there are %d cookies called %s, and programs trust one only if exactly one is valid; give the token of one alone, with --cookie %[2]s", len(found), word(name))
	}
	list := strings.Join(names, ", ")
	if len(names) > maxNames {
		list = fmt.Sprintf("%s and %d more", strings.Join(names[:maxNames], ", "), len(names)-maxNames)
	}
	if given != "" {
		return cookie{}, fmt.Errorf("cookie %s not found; the cookies are %s", word(given), list)
	}
	return cookie{}, fmt.Errorf("several cookies were given; choose one with --cookie: %s", list)
}
