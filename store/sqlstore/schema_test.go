package sqlstore

import (
	"strings"
	"testing"
)

func TestATableIsNamedSoThatEveryEngineTakesIt(t *testing.T) {
	for name, ok := range map[string]bool{
		"wafer_sessions":        true,
		"_s2":                   true,
		"az_09":                 true,
		"a/":                    false,
		"a:":                    false,
		"a{":                    false,
		"select":                true,
		strings.Repeat("a", 48): true,
		strings.Repeat("a", 49): false,
		"2s":                    false,
		"Sessions":              false, // PostgreSQL would fold it unless quoted
		"app.sessions":          false,
		"a b":                   false,
		"a-b":                   false,
		`a"b`:                   false,
		"a`b":                   false,
		"a;drop":                false,
		"a?":                    false,
		"ä":                     false,
		"a\x00":                 false,
		"":                      false,
	} {
		_, schema := SQLite.Schema(name)
		if (schema == nil) != ok {
			t.Errorf("Schema of %q: error %v", name, schema)
		}
		if name == "" {
			continue // the default
		}
		if _, err := (&Options{Table: name}).withDefaults(); (err == nil) != ok {
			t.Errorf("a table %q: error %v", name, err)
		}
	}
}

func TestTheSchemaIsCompleteInEveryDialect(t *testing.T) {
	for _, d := range []Dialect{SQLite, PostgreSQL, MySQL} {
		for i, step := range steps {
			if len(step[d]) == 0 {
				t.Errorf("%v: there are no statements that make version %d", d, i+1)
			}
		}
		statements, err := d.Schema("s")
		if err != nil {
			t.Fatal(err)
		}
		text := strings.Join(statements, "\n")
		for _, column := range strings.Split(columns, ", ") {
			if !strings.Contains(text, "\t"+column+" ") {
				t.Errorf("%v: there is no column %s in\n%s", d, column, text)
			}
		}
		if strings.ContainsAny(text, "{}?$%") {
			t.Errorf("%v: something was not filled in:\n%s", d, text)
		}
	}
}

func TestEveryStatementIsWrittenOutForItsDialect(t *testing.T) {
	for _, d := range []Dialect{SQLite, PostgreSQL, MySQL} {
		var s statements
		for _, text := range s.texts(d) {
			text = d.write("s", text)
			if strings.ContainsAny(strings.ReplaceAll(text, "'%s'", ""), "{}%") {
				t.Errorf("%v: something was not filled in: %s", d, text)
			}
			if d == PostgreSQL && strings.Contains(text, "?") || d != PostgreSQL && strings.Contains(text, "$") {
				t.Errorf("%v: arguments of another dialect: %s", d, text)
			}
			if d == MySQL && strings.Contains(text, `"`) {
				t.Errorf("%v: quotation marks of another dialect: %s", d, text)
			}
		}
	}
}

func TestWrite_NumbersArgumentsForPostgreSQLAlone(t *testing.T) {
	for d, want := range map[Dialect]string{
		SQLite: `"s" ? "s_schema" ? ?`, PostgreSQL: `"s" $1 "s_schema" $2 $3`, MySQL: "`s` ? `s_schema` ? ?",
	} {
		if got := d.write("s", "{t} ? {schema} ? ?"); got != want {
			t.Errorf("%v: written as %s; it should be %s", d, got, want)
		}
	}
}

func TestAnUnknownDialectIsAnError(t *testing.T) {
	_, db := newFake(t)
	for _, d := range []Dialect{0, 4, -1} {
		if _, err := d.Schema("s"); err == nil || !strings.Contains(err.Error(), "use SQLite, PostgreSQL or MySQL") {
			t.Errorf("Schema of %v: %v", d, err)
		}
		if _, err := New(t.Context(), db, d, nil); err == nil {
			t.Errorf("New of %v succeeded", d)
		}
		if err := Migrate(t.Context(), db, d, nil); err == nil {
			t.Errorf("Migrate of %v succeeded", d)
		}
	}
}
