package stores

import (
	"errors"
	"net/url"
	"strings"
	"testing"
)

func TestLocation_StringHasNoPassword(t *testing.T) {
	for text, want := range map[string]string{
		"sqlite:a%20b.db?table=x":                       "sqlite:a b.db",
		"postgres://ada:hunter2@h/app?table=x":          "postgres://ada:xxxxx@h/app?table=x",
		"postgres://ada@h/app?password=hunter2":         "postgres://ada@h/app?password=xxxxx",
		"mysql://ada:hunter2@h/app":                     "mysql://ada:xxxxx@h/app",
		"redis://:hunter2@h:6379/0":                     "redis://:xxxxx@h:6379/0",
		"rediss://:hunter2@h?addr=i:1":                  "rediss://:xxxxx@h?addr=i:1",
		"redis://ada:hunter2@h?master_name=m&db=0":      "redis://ada:xxxxx@h?master_name=m&db=0",
		"memcache://h1:11211?addr=h2:11211&prefix=shop": "memcache://h1:11211?addr=h2:11211&prefix=shop",
	} {
		l, err := Parse(text)
		if err != nil {
			t.Errorf("Parse(%q): %v", text, err)
		} else if l.String() != want {
			t.Errorf("Parse(%q) is shown as %q, want %q", text, l, want)
		}
	}
}

// TestLocation_RedactHidesThePassword has each spelling of a password, and words that contain it.
func TestLocation_RedactHidesThePassword(t *testing.T) {
	for _, c := range []struct{ escaped, text, want string }{
		{"p%40ss%20w%2Frd", "no <p@ss w/rd>, <p%40ss%20w%2Frd> or <p%40ss+w%2Frd>", "no <xxxxx>, <xxxxx> or <xxxxx>"},
		{"p", "dial tcp h:3306 (p)", "dial tcp h:3306 (xxxxx)"},
		{"p", "p", "xxxxx"},
		{"p", "pp p-p: p", "pp xxxxx-xxxxx: xxxxx"},
	} {
		l, err := Parse("mysql://ada:" + c.escaped + "@h/app")
		if err != nil {
			t.Fatal(err)
		}
		if got := l.Redact(c.text); got != c.want {
			t.Errorf("Redact(%q) = %q, want %q", c.text, got, c.want)
		}
	}
}

func TestRedact_TextThatWasNeverParsed(t *testing.T) {
	for text, want := range map[string]string{
		`unknown "postgres://ada:hunt@er2@h/app"`: `unknown "postgres://ada:xxxxx@h/app"`,
		"redis://:hunter2@h":                      "redis://:xxxxx@h",
		"postgres://h/app?password=hunter2&a=b":   "postgres://h/app?password=xxxxx&a=b",
		"postgres://h/app":                        "postgres://h/app",
		"at 10:30 ada@example.org":                "at 10:30 ada@example.org",
	} {
		if got := Redact(text); got != want {
			t.Errorf("Redact(%q) = %q, want %q", text, got, want)
		}
	}
}

// TestParse_ShowsNoPartOfAPassword has passwords with each character that means something in a URL,
// written without escapes, and the data source names of drivers.
func TestParse_ShowsNoPartOfAPassword(t *testing.T) {
	for _, char := range strings.Split("/ ? # @ : % [ ] \\ \" ' & = ; + , ! $ ( ) * ~ ^ | < > { } \t \n é", " ") {
		for _, password := range []string{"12" + char + "hunter2", "hunt" + char + "hunter2", char + "hunter2", "hunter2" + char} {
			for _, text := range []string{
				"postgres://ada:" + password + "@h/app",
				"mysql://ada:" + password + "@h/app",
				"redis://:" + password + "@h",
				"memcache://ada:" + password + "@h",
				"nosuch://ada:" + password + "@h/app",
				"ada:" + password + "@tcp(h)/app",
				"host=h user=ada password=" + password,
				"host=h user=ada password='" + password + "'",
			} {
				l, err := Parse(text)
				shown := Shown(text)
				if err != nil {
					shown += err.Error()
				} else {
					shown += l.String() + l.Redact(text)
				}
				if strings.Contains(shown, "hunt") {
					t.Errorf("Parse(%q) shows a part of the password: %s, %v", text, shown, err)
				}
			}
		}
	}
}

func TestCutOption_DriversDoNotSeeIt(t *testing.T) {
	u, err := url.Parse("postgres://h/app?table=shop&application_name=a%20b")
	if err != nil {
		t.Fatal(err)
	}
	if table, err := cutOption(u, "table"); table != "shop" || err != nil {
		t.Errorf("cutOption = %q, %v", table, err)
	}
	if want := "application_name=a%20b"; u.RawQuery != want {
		t.Errorf("%q is left, want %q", u.RawQuery, want)
	}
}

// FuzzParse gives each URL a password, and looks for it in all that is shown.
func FuzzParse(f *testing.F) {
	const password = "hunter2"
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(strings.ToLower(text), password) {
			return
		}
		for _, address := range []string{text, strings.Replace(text, "://", "://ada:"+password+"@", 1)} {
			l, err := Parse(address)
			if err != nil {
				if !errors.As(err, new(UsageError)) {
					t.Errorf("Parse(%q) fails with %v, which is not a UsageError", address, err)
				}
				if strings.Contains(address, "://ada:"+password+"@") && !strings.ContainsAny(address, " \t\r\n\"") && strings.Contains(Redact(err.Error()), password) {
					t.Errorf("Parse(%q) shows the password: %v", address, err)
				}
				continue
			}
			if l.Engine() != "SQLite" && strings.Contains(l.String(), password) {
				t.Errorf("the password is shown in %q", l)
			}
		}
	})
}
