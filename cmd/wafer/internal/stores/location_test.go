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

func TestLocation_RedactKnowsEachSpelling(t *testing.T) {
	l, err := Parse("postgres://ada:p%40ss%20w%2Frd@h/app")
	if err != nil {
		t.Fatal(err)
	}
	for _, spelled := range []string{"p@ss w/rd", "p%40ss%20w%2Frd", "p%40ss+w%2Frd"} {
		if got := l.Redact("no <" + spelled + ">"); got != "no <xxxxx>" {
			t.Errorf("Redact leaves %q of %q", got, spelled)
		}
	}
}

func TestRedact_LeavesWordsThatContainAShortPassword(t *testing.T) {
	l, err := Parse("mysql://ada:p@h/app")
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"dial tcp h:3306 (p)": "dial tcp h:3306 (xxxxx)",
		"p":                   "xxxxx",
		"pp p-p: p":           "pp xxxxx-xxxxx: xxxxx",
	} {
		if got := l.Redact(text); got != want {
			t.Errorf("Redact(%q) = %q, want %q", text, got, want)
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
	table, given, err := cutOption(u, "table")
	if table != "shop" || !given || err != nil {
		t.Errorf("cutOption = %q, %v, %v", table, given, err)
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
				if !errors.Is(err, ErrUsage) {
					t.Errorf("Parse(%q) fails with %v, which is no ErrUsage", address, err)
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
